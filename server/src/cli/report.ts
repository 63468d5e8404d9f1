import { readFileSync } from "node:fs";
import { type Match, matchOf } from "../../../common/src/evidence/reports/join.ts";
import { ReportParser } from "../../../common/src/evidence/reports/parse.ts";
import { isMapRace, type Report, type StackFrame, siteOf } from "../../../common/src/evidence/reports/report.ts";
import type { Finding } from "../../../common/src/finding.ts";
import { join, relative } from "../base/paths.ts";
import { disk, InputError } from "../host/disk.ts";

import { type Output, type ScanOptions, scan } from "./scan.ts";

/** A report and where it was read. */
interface Entry {
  readonly file: string;
  readonly report: Report;
  readonly match: Match | undefined;
}

const chunk = 1 << 20;

/** `maprace report`: 1 where a log holds a race or crash of a map, 0 where none does. Throws `InputError`. */
export async function runReport(
  files: readonly string[],
  patterns: readonly string[] | undefined,
  options: ScanOptions,
  output: Output,
): Promise<number> {
  const cwd = join(options.dir);
  const found = files.flatMap((file) => read(file, cwd).map((report) => ({ file, report })));
  const findings = patterns === undefined || found.length === 0 ? [] : await findingsOf(cwd, patterns, options);
  const entries: Entry[] = found.map((one) => ({ ...one, match: matchOf(one.report, findings) }));
  const ofMaps = entries.filter(
    ({ report, match }) => report.kind === "crash" || isMapRace(report) || match !== undefined,
  );
  if (options.format === "json")
    output.out(`${JSON.stringify(entries.map((one) => plain(one, ofMaps.includes(one))))}\n`);
  else output.out(text(ofMaps, entries.length - ofMaps.length, patterns !== undefined, cwd));
  return ofMaps.length > 0 ? 1 : 0;
}

function read(file: string, cwd: string): readonly Report[] {
  const bytes = file === "-" ? readFileSync(0) : disk.read(file.startsWith("/") ? file : join(cwd, file));
  if (bytes === undefined) throw new InputError(`${file}: cannot be read`);
  const parser = new ReportParser();
  const decoder = new TextDecoder();
  for (let at = 0; at < bytes.length; at += chunk)
    parser.push(decoder.decode(bytes.subarray(at, at + chunk), { stream: true }));
  parser.push(decoder.decode());
  return parser.end();
}

async function findingsOf(cwd: string, patterns: readonly string[], options: ScanOptions): Promise<readonly Finding[]> {
  const { tags, tests, jobs, library } = options;
  const { findings } = await scan(cwd, patterns, { tags, tests, jobs, library }, () => {});
  return findings;
}

function plain({ file, report, match }: Entry, ofMap: boolean): unknown {
  const finding = match === undefined ? null : { rule: match.finding.rule, fingerprint: match.finding.fingerprint };
  return { file, ...report, map: ofMap, finding, how: match?.how ?? null };
}

function text(entries: readonly Entry[], others: number, joined: boolean, cwd: string): string {
  const parts = entries.map((entry) => one(entry, joined, cwd));
  const races = `${entries.length} ${entries.length === 1 ? "report" : "reports"} of maps`;
  const rest = others === 0 ? "" : `, ${others} of other memory left out (all in --format json)`;
  return printable(`${[...parts, `${races}${rest}`].join("\n")}\n`);
}

function one({ file, report, match }: Entry, joined: boolean, cwd: string): string {
  const out: string[] = [];
  if (report.kind === "crash") {
    out.push(`fatal error: ${report.message} (${file}:${report.line})`);
    const [first, ...rest] = report.goroutines;
    if (first === undefined) out.push("  no stack was printed: set GOTRACEBACK=all");
    else {
      out.push(`  goroutine ${first.id}, which noticed:`, ...stack(first.frames));
      if (first.creation !== undefined) out.push("    started by:", ...stack([first.creation.frame]));
      const second = rest.find(({ frames }) => frames === match?.second);
      if (second !== undefined) out.push(`  goroutine ${second.id}, at the other line:`, ...stack(second.frames));
      else if (rest.length === 0) out.push("  the other goroutine was not printed: set GOTRACEBACK=all");
      else out.push(`  ${rest.length} other goroutines were printed`);
    }
  } else {
    out.push(`data race (${file}:${report.line})${report.cut ? ", cut off" : ""}`);
    for (const access of report.accesses) {
      const who = access.goroutine === "main" ? "the main goroutine" : `goroutine ${access.goroutine}`;
      const what = access.operation === undefined ? access.kind : `map ${access.operation}`;
      out.push(`  ${access.previous ? "before, " : ""}${what} by ${who}:`);
      out.push(...(access.frames.length === 0 ? ["    its stack could not be restored"] : stack(access.frames)));
      const creation = report.creations.find(({ goroutine }) => goroutine === access.goroutine);
      if (creation !== undefined) out.push("    started by:", ...stack(creation.frames));
    }
  }
  if (match !== undefined) {
    const { rule, primary, message } = match.finding;
    const at = `${relative(cwd, primary.location.path)}:${primary.location.line}`;
    const how =
      match.how === "sites" ? "the same two lines" : match.how === "caller" ? "by a caller" : "one of its lines";
    out.push(`  finding: ${rule} at ${at} (${how}): ${message}`);
  } else if (joined) out.push("  finding: none at these lines");
  return `${out.join("\n")}\n`;
}

/** A stack without what the runtime does in it, and without what runs tests. */
function stack(frames: readonly StackFrame[]): string[] {
  const site = siteOf(frames);
  const own = site === undefined ? frames : frames.slice(frames.indexOf(site));
  const shown = own.filter(({ function: name, file }) => !name.startsWith("testing.") && file !== "_testmain.go");
  return (shown.length === 0 ? own : shown).map(({ function: name, file, line }) => `    ${name} ${file}:${line}`);
}

/** Logs are anybody's text: what would steer a terminal is left out. */
function printable(value: string): string {
  return value.replace(/[^\P{Cc}\n]/gu, "");
}
