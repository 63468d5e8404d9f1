import type { Finding } from "../../../common/src/finding.ts";
import { join } from "../base/paths.ts";
import { disk } from "../host/disk.ts";
import { type Output, scan } from "./scan.ts";

/** A labelled piece of code: a file, or one function of a file. */
interface Case {
  readonly id: string;
  readonly file: string;
  /** Empty: the whole file. */
  readonly function: string;
  readonly racy: boolean;
  /** Empty where every finding inside counts. */
  readonly lines: readonly number[];
}

export interface Score {
  readonly found: number;
  readonly missed: readonly string[];
  readonly falseAlarms: readonly string[];
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/** `maprace eval`: precision, recall and F1 on labelled cases. */
export async function runEval(
  dir: string,
  labels: string | undefined,
  format: "text" | "json",
  output: Output,
): Promise<number> {
  const cwd = join(dir);
  const cases = readCases(cwd, labels);
  if (typeof cases === "string") {
    output.err(`maprace: ${cases}\n`);
    return 2;
  }
  const patterns = cases.byFile ? ["./..."] : ["."];
  const outcome = await scan(cwd, patterns, { tags: [], tests: true, jobs: 1 }, () => undefined);
  const likely = outcome.findings.filter((finding) => finding.confidence !== "possible");
  const score = evaluate(cases.list.length > 0 ? cases.list : casesByName(cwd), likely);
  output.out(format === "json" ? `${JSON.stringify(score, undefined, 2)}\n` : text(score));
  return 0;
}

export function evaluate(cases: readonly Case[], findings: readonly Finding[]): Score {
  const missed: string[] = [];
  const falseAlarms: string[] = [];
  let found = 0;
  for (const one of cases) {
    const mine = findings.filter((finding) => touches(finding, one));
    if (!one.racy) {
      if (mine.length > 0)
        falseAlarms.push(
          `${one.id}: ${mine.map((finding) => `${finding.rule} line ${finding.primary.location.line}`).join(", ")}`,
        );
      continue;
    }
    const hit = mine.some(
      (finding) => one.lines.length === 0 || linesOf(finding, one).some((line) => one.lines.includes(line)),
    );
    if (hit) found++;
    else missed.push(`${one.id}${one.lines.length > 0 ? `: lines ${one.lines.join(", ")}` : ""}`);
  }
  const racy = found + missed.length;
  const precision = found + falseAlarms.length === 0 ? 1 : found / (found + falseAlarms.length);
  const recall = racy === 0 ? 1 : found / racy;
  return {
    found,
    missed,
    falseAlarms,
    precision,
    recall,
    f1: precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall),
  };
}

function touches(finding: Finding, one: Case): boolean {
  return [finding.primary, finding.other].some(
    (access) => access.location.path.endsWith(`/${one.file}`) && inFunction(access.function, one.function),
  );
}

function inFunction(name: string, wanted: string): boolean {
  return wanted === "" || name === wanted || name.startsWith(`${wanted}.`);
}

function linesOf(finding: Finding, one: Case): number[] {
  return [finding.primary, finding.other, ...finding.more]
    .filter((access) => access.location.path.endsWith(`/${one.file}`))
    .map((access) => access.location.line);
}

function text(score: Score): string {
  const list = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? "" : `${title}\n${lines.map((line) => `  ${line}\n`).join("")}`;
  const racy = score.found + score.missed.length;
  return `${list("missed:", score.missed)}${list("false alarms:", score.falseAlarms)}found ${score.found} of ${racy} racy cases, ${score.falseAlarms.length} false alarms\nprecision ${score.precision.toFixed(3)}  recall ${score.recall.toFixed(3)}  F1 ${score.f1.toFixed(3)}\n`;
}

/** Reads `cases.json`, or a list of labelled functions; a directory without either is labelled by its test names. */
function readCases(cwd: string, labels: string | undefined): { list: Case[]; byFile: boolean } | string {
  if (disk.kind(cwd) !== "directory") return `${cwd}: not a directory`;
  const path = labels ?? join(cwd, "cases.json");
  const bytes = disk.read(path);
  if (bytes === undefined) return labels === undefined ? { list: [], byFile: false } : `${path}: cannot be read`;
  let raw: unknown;
  try {
    raw = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    return `${path}: ${error instanceof Error ? error.message : "not JSON"}`;
  }
  if (!Array.isArray(raw)) return `${path}: expected a list of cases`;
  const list = raw.flatMap((entry) => toCase(entry) ?? []);
  return { list, byFile: list.some((one) => one.function === "") };
}

function toCase(entry: unknown): Case | undefined {
  if (typeof entry !== "object" || entry === null) return undefined;
  const record = entry as Record<string, unknown>;
  const file = record["file"];
  const verdict = record["verdict"];
  if (typeof file !== "string" || typeof verdict !== "string") return undefined;
  const name = typeof record["func"] === "string" ? record["func"] : "";
  const lines = record["expected_lines"];
  const id = typeof record["id"] === "string" ? record["id"] : name || file;
  return {
    id,
    file,
    function: name,
    racy: verdict === "racy",
    lines: Array.isArray(lines) ? lines.filter((line) => typeof line === "number") : [],
  };
}

/** Go's own convention: `TestRaceX` races, `TestNoRaceX` does not. Only map tests can be found, so only they can be missed. */
function casesByName(cwd: string): Case[] {
  const cases: Case[] = [];
  for (const entry of disk.list(cwd) ?? []) {
    if (!entry.name.endsWith("_test.go")) continue;
    const path = join(cwd, entry.name);
    const source = new TextDecoder().decode(disk.read(path) ?? new Uint8Array());
    for (const match of source.matchAll(/^func (Test(No)?Race(\w*))\(/gm)) {
      const racy = match[2] === undefined;
      if (racy && match[3]?.startsWith("Map") !== true) continue;
      cases.push({ id: `${entry.name} ${match[1]}`, file: entry.name, function: match[1] ?? "", racy, lines: [] });
    }
  }
  return cases;
}
