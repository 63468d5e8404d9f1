import type { Finding, Location } from "../../../../common/src/finding.ts";
import { type Report, type StackFrame, siteOf } from "./report.ts";

/** A finding that a report bears out, and how. */
export interface Match {
  readonly finding: Finding;
  /** `sites`: the lines of the two accesses; `caller`: one of them deeper in the stack; `site`: the one stack there is. */
  readonly how: "sites" | "caller" | "site";
}

/** The finding at the lines of a report. Other lines are another race: they match nothing. */
export function matchOf(report: Report, findings: readonly Finding[]): Match | undefined {
  const found = stacks(report);
  const [one, two] = found;
  if (one === undefined) return undefined;
  for (const deep of [false, true]) {
    const at = (frames: readonly StackFrame[], location: Location) =>
      deep ? within(frames, location) : tops(frames, location);
    for (const finding of findings) {
      const locations = [finding.primary, finding.other, ...finding.more].map(({ location }) => location);
      if (two === undefined) {
        if (!deep && locations.slice(0, 2).some((location) => at(one, location))) return { finding, how: "site" };
      } else {
        const [first, ...rest] = locations;
        const pair = first === undefined ? [] : [first, ...rest];
        // The access that should change, and any other one of the map.
        const joined =
          first !== undefined &&
          pair.some((other) => (at(one, first) && at(two, other)) || (at(two, first) && at(one, other)));
        if (joined) return { finding, how: deep ? "caller" : "sites" };
      }
    }
  }
  return undefined;
}

/** The stacks of the two accesses; of a crash the one that noticed, and none of those that may be the other. */
function stacks(report: Report): readonly (readonly StackFrame[])[] {
  if (report.kind === "race") return report.accesses.map(({ frames }) => frames).filter((frames) => frames.length > 0);
  const first = report.goroutines[0];
  return first === undefined ? [] : [first.frames];
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
  if (line !== location.line || file === "") return false;
  const one = file.replaceAll("\\", "/").split("/").reverse();
  const two = location.path.split("/").reverse();
  return one[0] === two[0] && (one[1] === undefined || two[1] === undefined || one[1] === two[1]);
}
