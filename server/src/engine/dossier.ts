import type { Dossier } from "../../../common/src/dossier.ts";
import type { Finding } from "../../../common/src/finding.ts";
import { type PackageTrees, stressTest } from "./stress.ts";
import { type WatchSources, watchPlan } from "./watch.ts";

/** What verifying a finding needs beyond the finding itself. */
export function dossierOf(finding: Finding, sources: PackageTrees & WatchSources): Dossier {
  return { watch: watchPlan(finding, sources), stress: stressTest(finding, sources) };
}
