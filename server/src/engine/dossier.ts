import type { Dossier } from "../../../common/src/dossier.ts";
import type { Finding, Location } from "../../../common/src/finding.ts";
import { type PackageTrees, stressTest } from "./stress.ts";
import { type WatchSources, watchPlan } from "./watch.ts";

/** What verifying a finding needs beyond the finding itself. */
export function dossierOf(
  finding: Finding,
  sources: PackageTrees & WatchSources & { declared(object: string): Location | undefined },
): Dossier {
  return {
    declared: sources.declared(finding.object),
    watch: watchPlan(finding, sources),
    stress: stressTest(finding, sources),
  };
}
