import type { AccessReport, Finding } from "../../../common/src/finding.ts";

/** Reads a line of a source file, from 1. */
export type LineReader = (path: string, line: number) => string;

const width = 80;

/** Colours by meaning; the identity where colour is off. */
interface Paint {
  bold(text: string): string;
  dim(text: string): string;
  warn(text: string): string;
  mark(text: string): string;
}

const plain: Paint = { bold: same, dim: same, warn: same, mark: same };
const ansi: Paint = {
  bold: (text) => `\u001b[1m${text}\u001b[22m`,
  dim: (text) => `\u001b[2m${text}\u001b[22m`,
  warn: (text) => `\u001b[33m${text}\u001b[39m`,
  mark: (text) => `\u001b[31m${text}\u001b[39m`,
};

function same(text: string): string {
  return text;
}

/** Findings as a person reads them in a terminal of 80 columns. */
export function textReport(findings: readonly Finding[], line: LineReader, colour: boolean): string {
  const paint = colour ? ansi : plain;
  return findings.map((finding) => one(finding, line, paint)).join("\n");
}

function one(finding: Finding, line: LineReader, paint: Paint): string {
  const out: string[] = [];
  const head = `${finding.confidence} ${finding.rule}: ${finding.message}`;
  for (const [index, text] of wrap(head, width).entries())
    out.push(index === 0 ? paint.bold(text) : paint.bold(`  ${text}`));
  out.push(...access("", finding.primary, line, paint));
  const twice =
    finding.primary.location.path === finding.other.location.path &&
    finding.primary.location.start === finding.other.location.start;
  if (twice) out.push("  conflicts with itself, run by another goroutine");
  else out.push(...access("conflicts with ", finding.other, line, paint));
  const guard =
    finding.guard === undefined
      ? ""
      : `; guard ${finding.guard.name}, held at ${finding.guard.held} of ${finding.guard.total} accesses`;
  for (const [index, text] of wrap(`why: ${finding.reason}${guard}`, width - 4).entries())
    out.push(`${index === 0 ? "  " : "    "}${text}`);
  out.push(...starts(finding, twice).map((text) => paint.dim(text)));
  return `${out.join("\n")}\n`;
}

function access(lead: string, report: AccessReport, line: LineReader, paint: Paint): string[] {
  const { location } = report;
  const locks = report.locks.length === 0 ? "no lock held" : `holding ${report.locks.join(", ")}`;
  const out = wrap(`${lead}${report.kind} at ${place(location)} in ${report.function}, ${locks}`, width - 2).map(
    (text, index) => `${index === 0 ? "  " : "    "}${text}`,
  );
  return [...out, ...frame(report, line, paint)];
}

function place(location: AccessReport["location"]): string {
  return `${location.path}:${location.line}:${location.column}`;
}

/** The access's line between its neighbours, with the access underlined. */
function frame(report: AccessReport, line: LineReader, paint: Paint): string[] {
  const { location } = report;
  const digits = String(location.line + 1).length;
  const out: string[] = [];
  for (let number = Math.max(1, location.line - 1); number <= location.line + 1; number++) {
    const source = line(location.path, number);
    if (source === "" && number > location.line) continue;
    const shown = clip(expand(source), width - digits - 7);
    const hit = number === location.line;
    out.push(
      `  ${hit ? paint.warn(">") : " "} ${String(number).padStart(digits)} | ${hit ? shown : paint.dim(shown)}`.trimEnd(),
    );
    if (hit) out.push(underline(source, report, digits, shown, paint));
  }
  return out;
}

function underline(source: string, report: AccessReport, digits: number, shown: string, paint: Paint): string {
  const { location } = report;
  const from = expand(source.slice(0, location.column - 1)).length;
  const end =
    location.endLine === location.line ? expand(source.slice(0, location.endColumn - 1)).length : shown.length;
  const length = Math.max(1, Math.min(end, shown.length) - from);
  return `    ${" ".repeat(digits)} | ${" ".repeat(Math.min(from, shown.length))}${paint.mark("^".repeat(length))}`;
}

function starts(finding: Finding, twice: boolean): string[] {
  const out: string[] = [];
  const reports = twice ? [finding.primary] : [finding.primary, finding.other];
  for (const [index, report] of reports.entries()) {
    const { start } = report;
    if (start === undefined) continue;
    const who = twice ? "goroutine" : index === 0 ? "first goroutine" : "second goroutine";
    out.push(
      ...wrap(`${who}: ${start.label} in ${start.function}, ${place(start.location)}`, width - 2).map(
        (text) => `  ${text}`,
      ),
    );
  }
  return out;
}

function expand(text: string): string {
  return text.replaceAll("\t", "  ");
}

function clip(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

/** Breaks at spaces; a longer word stays whole. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let current = "";
  for (const word of text.split(" ")) {
    if (current !== "" && current.length + 1 + word.length > columns) {
      lines.push(current);
      current = word;
    } else {
      current = current === "" ? word : `${current} ${word}`;
    }
  }
  return [...lines, current];
}
