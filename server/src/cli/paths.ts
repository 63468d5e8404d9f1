import type { AccessReport, Finding, Location } from "../../../common/src/finding.ts";
import { relative } from "../base/paths.ts";

/** The finding with paths relative to `dir`, as every output format prints them. */
export function relativeTo(dir: string, finding: Finding): Finding {
  const location = (at: Location): Location => ({ ...at, path: relative(dir, at.path) });
  const access = (one: AccessReport): AccessReport => ({
    ...one,
    location: location(one.location),
    start: one.start === undefined ? undefined : { ...one.start, location: location(one.start.location) },
    path: one.path.map((step) => ({ ...step, location: location(step.location) })),
  });
  return {
    ...finding,
    primary: access(finding.primary),
    other: access(finding.other),
    more: finding.more.map(access),
    fetched: finding.fetched === undefined ? undefined : location(finding.fetched),
  };
}
