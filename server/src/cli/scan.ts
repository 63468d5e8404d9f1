import type { Dossier } from "../../../common/src/dossier.ts";
import { type AccessAnswer, type Confidence, confidences, type Finding } from "../../../common/src/finding.ts";
import { judge } from "../../../common/src/verdicts/judge.ts";
import { readVerdicts, type Verdict, verdictsFile } from "../../../common/src/verdicts/verdict.ts";
import { join } from "../base/paths.ts";
import { Analysis } from "../engine/analysis.ts";
import { dossierOf } from "../engine/dossier.ts";
import { disk, InputError } from "../host/disk.ts";
import { parseAhead } from "../host/parsing.ts";
import { buildContext, findToolchain } from "../host/toolchain.ts";
import type { Problem } from "../packages/workspace.ts";
import { github, json, type Summary } from "./formats.ts";
import { relativeTo } from "./paths.ts";
import { sarif } from "./sarif.ts";
import { textReport } from "./text.ts";

export const formats = ["text", "json", "sarif", "github"] as const;

export interface ScanOptions {
  readonly dir: string;
  readonly patterns: readonly string[];
  readonly format: (typeof formats)[number];
  readonly minConfidence: Confidence;
  readonly failOn: Confidence | "never";
  readonly tags: readonly string[];
  readonly tests: boolean;
  /** Threads that parse. */
  readonly jobs: number;
  /** File with lines for the table of known functions. */
  readonly library: string | undefined;
  /** `FILE:LINE` to explain instead of listing findings. */
  readonly why: string | undefined;
  readonly quiet: boolean;
  readonly colour: boolean;
  readonly version: string;
}

/** Where a command writes. */
export interface Output {
  out(text: string): void;
  err(text: string): void;
  /** Standard error is a terminal. */
  readonly progress: boolean;
}

export interface ScanOutcome {
  readonly findings: readonly Finding[];
  readonly problems: readonly Problem[];
  readonly summary: Summary;
  readonly line: (path: string, line: number) => string;
  readonly why: (path: string, line: number) => readonly AccessAnswer[];
  readonly dossier: (finding: Finding) => Dossier;
}

/** Scans packages; nothing is executed. `cwd` is absolute. */
export async function scan(
  cwd: string,
  patterns: readonly string[],
  options: Pick<ScanOptions, "tags" | "tests" | "jobs"> & { readonly library?: string | undefined },
  progress: (done: number, all: number) => void,
): Promise<ScanOutcome> {
  const began = performance.now();
  const toolchain = findToolchain(disk, process.env);
  const build = buildContext(disk, toolchain, process.env, options.tags);
  const base = { files: disk, toolchain, build, tests: options.tests, ...readLibrary(options.library) };
  const dirs = new Analysis(base, cwd).expand(patterns);
  const remarks: Problem[] = [];
  const ready = await parseAhead(dirs, build, options.tests, options.jobs, remarks);
  const analysis = new Analysis({ ...base, ...(ready === undefined ? {} : { ready }) }, cwd);
  analysis.expand(patterns);
  analysis.problems.push(...remarks);
  for (const dir of dirs) analysis.load(dir);
  for (const [index, dir] of dirs.entries()) {
    analysis.lower(dir);
    progress(index + 1, dirs.length);
  }
  return outcomeOf(analysis, began, cwd);
}

/** Verdicts that the workspace shares; throws InputError where the file is broken. */
function sharedVerdicts(cwd: string): readonly Verdict[] {
  const bytes = disk.read(join(cwd, verdictsFile));
  if (bytes === undefined) return [];
  try {
    return readVerdicts(JSON.parse(new TextDecoder().decode(bytes)));
  } catch (error) {
    throw new InputError(`${join(cwd, verdictsFile)}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The lines of a library file, for an analysis; throws InputError where it cannot be read. */
export function readLibrary(path: string | undefined): { library?: { lines: readonly string[]; place: string } } {
  if (path === undefined) return {};
  const bytes = disk.read(path);
  if (bytes === undefined) throw new InputError(`${path}: cannot be read`);
  return { library: { lines: new TextDecoder().decode(bytes).split("\n"), place: path } };
}

/** The findings of an analysis, and what to say of them; `began` as of performance.now(). */
export function outcomeOf(analysis: Analysis, began: number, cwd: string): ScanOutcome {
  const found = analysis.findings();
  const evidence = { verdicts: sharedVerdicts(cwd), hot: new Set<string>(), now: Date.now() };
  const { shown: findings, silenced } = judge(found, analysis.suppressed, evidence);
  const intended = silenced.filter((one) => one.judgement?.verdict !== undefined).length;
  const seconds = Math.round(performance.now() - began) / 1000;
  return {
    findings,
    problems: [
      ...analysis.problems,
      ...analysis.remarks.map(({ path, line, message }) => ({ place: `${path}:${line}`, message })),
    ],
    summary: {
      ...analysis.counts,
      findings: findings.length,
      suppressed: silenced.length - intended,
      intended,
      seconds,
    },
    line: (path, line) => analysis.line(path, line),
    why: (path, line) => analysis.whySilent(path, line),
    dossier: (finding) => dossierOf(finding, analysis),
  };
}

/** `maprace scan`: 0 clean, 1 findings, 2 nothing could be scanned. */
export async function runScan(options: ScanOptions, output: Output): Promise<number> {
  const cwd = join(options.dir);
  if (disk.kind(cwd) !== "directory") {
    output.err(`maprace: ${options.dir}: not a directory\n`);
    return 2;
  }
  const show = output.progress && !options.quiet;
  const outcome = await scan(cwd, options.patterns, options, (done, all) => {
    if (show && (done % 20 === 0 || done === all)) output.err(`\rmaprace: ${done}/${all} directories`);
  });
  if (show) output.err("\r\u001b[K");
  return present(outcome, cwd, options, output);
}

/** Prints an outcome; answers the exit code. */
export function present(outcome: ScanOutcome, cwd: string, options: ScanOptions, output: Output): number {
  const shown = outcome.findings
    .filter((one) => atLeast(one.confidence, options.minConfidence))
    .map((one) => relativeTo(cwd, one));
  const summary = { ...outcome.summary, findings: shown.length };
  printProblems(outcome.problems, output, options.quiet);
  if (outcome.summary.files === 0) {
    output.err("maprace: nothing to scan: no Go files matched\n");
    return 2;
  }
  if (options.why !== undefined) return answer(options.why, cwd, outcome, output);
  output.out(render(options, shown, outcome, summary, cwd));
  if (options.format === "text" && !options.quiet) output.err(summaryLine(summary));
  const failing =
    options.failOn === "never" ? [] : shown.filter((one) => atLeast(one.confidence, options.failOn as Confidence));
  return failing.length > 0 ? 1 : 0;
}

/** `--why FILE:LINE`: 0 where some map is accessed there, 2 where none is. */
function answer(place: string, cwd: string, outcome: ScanOutcome, output: Output): number {
  const at = place.lastIndexOf(":");
  const [file, line] = [place.slice(0, at), Number(place.slice(at + 1))];
  const answers =
    at < 1 || !Number.isInteger(line) ? [] : outcome.why(file.startsWith("/") ? join(file) : join(cwd, file), line);
  if (answers.length === 0) {
    output.err(`maprace: ${place}: no map is accessed there (FILE:LINE, the file as seen from the directory)\n`);
    return 2;
  }
  for (const { location, map, kind, answer: text } of answers)
    output.out(`${file}:${line}:${location.column} ${kind} ${map}: ${text}\n`);
  return 0;
}

function render(
  options: ScanOptions,
  shown: readonly Finding[],
  outcome: ScanOutcome,
  summary: Summary,
  cwd: string,
): string {
  switch (options.format) {
    case "json":
      return json(shown, outcome.problems, summary);
    case "sarif":
      return sarif(shown, options.version);
    case "github":
      return github(shown);
    case "text":
      return textReport(
        shown,
        (path, line) => outcome.line(path.startsWith("/") ? path : join(cwd, path), line),
        options.colour,
      );
  }
}

/** Is `confidence` the wanted one or stronger? */
export function atLeast(confidence: Confidence, wanted: Confidence): boolean {
  return confidences.indexOf(confidence) >= confidences.indexOf(wanted);
}

function summaryLine(summary: Summary): string {
  const noun = summary.findings === 1 ? "finding" : "findings";
  const megabytes = (summary.bytes / 1e6).toFixed(1);
  const silent = [
    ...(summary.suppressed === 0 ? [] : [`${summary.suppressed} suppressed`]),
    ...(summary.intended === 0 ? [] : [`${summary.intended} silenced by ${verdictsFile}`]),
  ];
  const held = silent.length === 0 ? "" : ` (${silent.join(", ")})`;
  return `${summary.findings} ${noun}${held} in ${summary.packages} packages, ${summary.files} files (${megabytes} MB), ${summary.seconds.toFixed(1)} s\n`;
}

const shownProblems = 12;

export function printProblems(problems: readonly Problem[], output: Output, quiet: boolean): void {
  if (quiet) return;
  for (const problem of problems.slice(0, shownProblems)) output.err(`maprace: ${problem.place}: ${problem.message}\n`);
  if (problems.length > shownProblems)
    output.err(`maprace: and ${problems.length - shownProblems} more remarks (all in --format json)\n`);
}
