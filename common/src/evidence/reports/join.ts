import type { Finding, Location } from "../../finding.ts";
import { type Report, type StackFrame, siteOf } from "./report.ts";

/** A finding that a report bears out, and how. */
export interface Match {
  readonly finding: Finding;
  /** `sites`: the lines of the two accesses; `caller`: one of them deeper in a stack; `site`: one line, of a crash. */
  readonly how: "sites" | "caller" | "site";
  /** The second stack: of a crash the goroutine that was at the other line. */
  readonly second: readonly StackFrame[] | undefined;
}

type At = (frames: readonly StackFrame[], location: Location) => boolean;

/** The finding at the lines of a report. Other lines are another race: they match nothing. */
export function matchOf(report: Report, findings: readonly Finding[]): Match | undefined {
  const [first, ...others] = stacks(report);
  if (first === undefined) return undefined;
  for (const [how, at] of [["sites", tops] as const, ["caller", within] as const]) {
    for (const finding of findings) {
      const second = others.find((other) => joins(finding, first, other, at));
      if (second !== undefined) return { finding, how, second };
    }
  }
  if (report.kind === "race") return undefined;
  const finding = findings.find((one) => tops(first, one.primary.location) || tops(first, one.other.location));
  return finding === undefined ? undefined : { finding, how: "site", second: undefined };
}

/** Both stacks are at accesses of the finding's map. */
function joins(finding: Finding, a: readonly StackFrame[], b: readonly StackFrame[], at: At): boolean {
  const places = [finding.primary, finding.other, ...finding.more].map((one) => one.location);
  return places.some((one) => at(a, one)) && places.some((one) => at(b, one));
}

/** The stacks of the two accesses; of a crash the one that noticed, then those of all others. */
function stacks(report: Report): readonly (readonly StackFrame[])[] {
  const all = report.kind === "race" ? report.accesses : report.goroutines;
  return all.map(({ frames }) => frames).filter((frames) => frames.length > 0);
}

function tops(frames: readonly StackFrame[], location: Location): boolean {
  const site = siteOf(frames);
  return site !== undefined && isAt(site, location);
}

function within(frames: readonly StackFrame[], location: Location): boolean {
  return frames.some((frame) => isAt(frame, location));
}

/** The same line of the same file, as far as the shorter of the two paths tells: logs come from other machines. */
function isAt({ file, line }: StackFrame, location: Location): boolean {
  if (line < location.line || line > location.endLine || file === "") return false;
  const one = file.replaceAll("\\", "/").split("/").reverse();
  const two = location.path.split("/").reverse();
  return one[0] === two[0] && (one[1] === undefined || two[1] === undefined || one[1] === two[1]);
}
