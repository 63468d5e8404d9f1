import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { StressTest } from "../../dossier.ts";
import type { Finding } from "../../finding.ts";
import { stressOverlay } from "../../plan/stress.ts";
import { roundFlags, testBuild } from "../../plan/verify.ts";
import { cutLog, subjectOf, type Verdict } from "../../verdicts/verdict.ts";
import { runJob, type Toolbox, toolText } from "../collect.ts";
import { Hunt } from "./hunt.ts";
import { preflight } from "./preflight.ts";

/**
 * Runs a generated stress test as part of its package, by an overlay: the tree is not touched. What it shows is that
 * the functions are unsafe when called concurrently, so it never confirms a finding. Throws as `verifyFinding` does.
 */
export async function runStress(
  finding: Finding,
  stress: StressTest,
  options: { readonly budget: number; readonly tags: readonly string[] },
  tools: Toolbox,
): Promise<Verdict> {
  const began = performance.now();
  const scratch = await mkdtemp(join(tmpdir(), "maprace-verify-"));
  try {
    const host = await preflight(stress.dir, tools);
    const race = host.raceless === "";
    const [source, overlay, binary] = ["stress_test.go", "overlay.json", "stress.bin"].map((name) =>
      join(scratch, name),
    );
    if (source === undefined || overlay === undefined || binary === undefined) throw new Error("no paths");
    await writeFile(source, stress.source);
    await writeFile(overlay, stressOverlay(stress, source));
    const hunt = new Hunt(finding, scratch, tools);
    tools.progress("building the stress test");
    const built = await runJob(
      { args: testBuild({ race, cover: [], overlay }, binary, options), cwd: stress.dir, outputs: [] },
      tools,
    );
    if (built.code === 0) {
      tools.progress("running the stress test");
      const args = roundFlags({ tests: [stress.test], benchmarks: [] }, 5, [2, 4], options.budget);
      await hunt.execute({ program: binary, args, cwd: stress.dir, race, runs: 10, seconds: options.budget });
    }
    const { proof } = hunt;
    const evidence =
      proof !== undefined
        ? "a generated stress test collided at both accesses: they are unsafe when called concurrently, which does not say that the program calls them so"
        : built.code === 0
          ? "a generated stress test did not collide at the two accesses: a silent run proves nothing"
          : "the generated stress test could not be built";
    return {
      ...subjectOf(finding),
      outcome: proof !== undefined ? "unprotected" : built.code === 0 ? "not-reproduced" : "build-failed",
      evidence,
      toolchain: host.toolchain,
      command: `go test -overlay of ${stress.test}`,
      runs: hunt.runs,
      seconds: Math.round((performance.now() - began) / 10) / 100,
      time: Date.now(),
      log: cutLog(proof?.text ?? (built.code === 0 ? "" : toolText(built, tools.go))),
    };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
