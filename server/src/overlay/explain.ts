import type { AccessReport, Finding, GoroutineStart, MapFacts } from "../../../common/src/finding.ts";
import { checks } from "../checks/registry.ts";

/** How a location becomes a link of the surface that shows the text. */
export type Link = (path: string, line: number, column: number) => string;

const fatal: Record<string, string> = {
  iterate: "fatal error: concurrent map iteration and map write",
  clone: "fatal error: concurrent map clone and map write",
  reflect: "fatal error: concurrent map iteration and map write",
  read: "fatal error: concurrent map read and map write",
  len: "a data race: `len` reads a count that a write changes",
};

/** What the runtime does when the two accesses collide. */
export function fatalText(finding: Finding): string {
  const reading = [finding.primary.kind, finding.other.kind].find((kind) => fatal[kind] !== undefined);
  return reading === undefined ? "fatal error: concurrent map writes" : (fatal[reading] ?? "");
}

/** The hover card: verdict, guard and starts, other access, consequence. */
export function hoverCard(finding: Finding, link: Link): string {
  const { primary, other, guard } = finding;
  const lines = [
    `**${badge(finding)}** ${finding.rule} · ${escapeMarkdown(finding.message)}`,
    "",
    `${guard === undefined ? "No lock is common to both accesses" : `Guard \`${guard.name}\`, held at ${guard.held} of ${guard.total} accesses`}; ${escapeMarkdown(finding.reason)}.`,
    "",
    `- here: ${access(primary, link)}`,
    isSelf(finding) ? "- against itself, run by another goroutine" : `- against: ${access(other, link)}`,
    ...starts(finding, link).map((text) => `- ${text}`),
    "",
    consequence(finding),
    ...evidenceOf(finding).flatMap((line) => ["", line]),
  ];
  return lines.join("\n");
}

/** Accesses that a card lists; the rest is counted. */
const listed = 12;

/** The hover on a map's declaration: its guard, and every access with or without it. */
export function mapCard({ name, guard, accesses }: MapFacts, link: Link): string {
  const shared = accesses.filter((one) => one.guarded !== "owned");
  const held = shared.filter((one) => one.guarded === "held").length;
  const head =
    guard === undefined
      ? "no access holds a lock"
      : `guarded by \`${guard}\`, held at ${held} of ${shared.length} accesses`;
  const lines = shared.slice(0, listed).map((one) => {
    const lock = guard === undefined ? "" : one.guarded === "held" ? ", held" : ", **not held**";
    return `- ${one.kind} in \`${one.function}\` at ${place(one.location, link)}${lock}`;
  });
  const rest = shared.length - lines.length;
  const owned = accesses.length - shared.length;
  if (rest > 0) lines.push(`- and ${rest} more`);
  if (owned > 0) lines.push(`- ${owned} before anybody else has the value`);
  return [`**Map** \`${name}\` · ${head}`, "", ...lines].join("\n");
}

/** The explain page: everything that is known about a finding. */
export function explainPage(finding: Finding, link: Link): string {
  const check = checks.find((one) => one.rule === finding.rule);
  const out = [
    `# ${finding.rule}: ${check?.doc.title ?? ""}`,
    "",
    `**${badge(finding)}**: ${escapeMarkdown(finding.message)}.`,
    "",
    "## Why",
    "",
    `Nothing keeps the two accesses apart: ${escapeMarkdown(finding.reason)}. Confidence rests on this: ${finding.evidence}.`,
    finding.guard === undefined
      ? ""
      : `\nThe guard is \`${finding.guard.name}\`, held at ${finding.guard.held} of ${finding.guard.total} accesses.`,
    "",
    ...evidencePart(finding),
    "## The two accesses",
    "",
    ...section("This access", finding.primary, link),
    ...(isSelf(finding)
      ? ["### The other access", "", "The same line, run by another goroutine.", ""]
      : section("The other access", finding.other, link)),
    ...(finding.more.length === 0
      ? []
      : ["## Other accesses of the map", "", ...finding.more.map((one) => `- ${access(one, link)}`), ""]),
    "## What happens",
    "",
    consequence(finding),
    "",
    check?.doc.why ?? "",
    "",
    "## How it is written safely",
    "",
    "```go",
    check?.doc.good.trimEnd() ?? "",
    "```",
    "",
  ];
  return out.join("\n");
}

function badge(finding: Finding): string {
  return finding.judgement?.badge ?? finding.confidence.charAt(0).toUpperCase() + finding.confidence.slice(1);
}

/** What runs showed of a finding, and what that changed. */
function evidenceOf({ judgement }: Finding): string[] {
  if (judgement === undefined) return [];
  const { verdict, notes } = judgement;
  const told =
    verdict === undefined
      ? []
      : [
          `Verified ${new Date(verdict.time).toISOString().slice(0, 10)}: **${verdict.outcome}**, ${escapeMarkdown(verdict.evidence)} (${verdict.runs} ${verdict.runs === 1 ? "run" : "runs"}, ${verdict.seconds.toFixed(1)} s${verdict.toolchain === "" ? "" : `, ${escapeMarkdown(verdict.toolchain)}`}).`,
        ];
  return [...told, ...notes.map((note) => `${escapeMarkdown(note)}.`)];
}

/** The explain page's part on run-time evidence. */
function evidencePart(finding: Finding): string[] {
  const { judgement } = finding;
  if (judgement === undefined) return [];
  const told = evidenceOf(finding);
  const ran = (judgement.verdict?.command ?? "").split("\n").filter((line) => line !== "");
  return [
    "## Evidence from runs",
    "",
    ...(told.length === 0
      ? ["None yet: *Maprace: Verify Finding* runs your tests and programs."]
      : told.flatMap((line) => [line, ""])),
    ...(ran.length === 0 ? [] : ["```text", ...ran.map((line) => line.replaceAll("`", "'")), "```"]),
    `What to do: ${judgement.action}.`,
    "",
  ];
}

function isSelf(finding: Finding): boolean {
  const one = finding.primary.location;
  const two = finding.other.location;
  return one.path === two.path && one.start === two.start;
}

function consequence(finding: Finding): string {
  const text = fatalText(finding);
  return text.startsWith("fatal")
    ? `The runtime stops the program: \`${text}\`. It cannot be recovered.`
    : `This is ${text}.`;
}

function access(report: AccessReport, link: Link): string {
  const locks =
    report.locks.length === 0 ? "no lock held" : `holding ${report.locks.map((lock) => `\`${lock}\``).join(", ")}`;
  return `${report.kind} in \`${report.function}\` at ${place(report.location, link)}, ${locks}`;
}

function starts(finding: Finding, link: Link): string[] {
  const texts: string[] = [];
  for (const [index, report] of [finding.primary, finding.other].entries()) {
    if (report.start !== undefined)
      texts.push(`${index === 0 ? "first" : "second"} goroutine: ${startText(report.start, link)}`);
  }
  return texts[0]?.slice(5) === texts[1]?.slice(6) ? texts.slice(0, 1) : texts;
}

function startText(start: GoroutineStart, link: Link): string {
  return `${start.label} in \`${start.function}\` at ${place(start.location, link)}`;
}

function section(title: string, report: AccessReport, link: Link): string[] {
  const out = [`### ${title}`, "", `- ${access(report, link)}`];
  if (report.start !== undefined) out.push(`- goroutine: ${startText(report.start, link)}`);
  for (const step of report.path) out.push(`- \`${step.function}\` ${step.text} at ${place(step.location, link)}`);
  return [...out, ""];
}

function place(at: { path: string; line: number; column: number }, link: Link): string {
  const name = at.path.slice(at.path.lastIndexOf("/") + 1);
  return `[${escapeMarkdown(name)}:${at.line}](${link(at.path, at.line, at.column)})`;
}

/** Text from source never becomes markup. */
export function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_{}[\]<>()#+!|]/g, "\\$&");
}
