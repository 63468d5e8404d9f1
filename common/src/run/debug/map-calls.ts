import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { parseMapCalls } from "../../evidence/compiler/map-calls.ts";
import { assemblyBuild } from "../../plan/verify.ts";
import { CollectError, runJob, type Toolbox } from "../collect.ts";

/** The runtime's map functions that compiled code calls at a line; none where the package does not build. */
export async function mapFunctionsAt(
  place: { readonly path: string; readonly line: number },
  flags: { readonly tags: readonly string[] },
  tools: Toolbox,
): Promise<string[]> {
  const scratch = await mkdtemp(join(tmpdir(), "maprace-verify-"));
  try {
    let said = "";
    const log = (text: string) => {
      said += text;
    };
    const args = assemblyBuild(place.path.endsWith("_test.go"), join(scratch, "out"), flags);
    await runJob({ args, cwd: dirname(place.path), outputs: [] }, { ...tools, log });
    const calls = parseMapCalls(said).filter(
      ({ file, line }) => line === place.line && basename(file) === basename(place.path),
    );
    return [...new Set(calls.map((one) => one.function))];
  } catch (error) {
    if (error instanceof CollectError) return [];
    throw error;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
