import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { parseEscapes } from "../../evidence/compiler/escape.ts";
import type { Location } from "../../finding.ts";
import { escapeBuild } from "../../plan/verify.ts";
import { CollectError, runJob, type Toolbox } from "../collect.ts";

/**
 * Does the compiler prove that the maps made where a local variable is declared stay in their goroutine? A map that is
 * made elsewhere, or a package that does not build, proves nothing.
 */
export async function staysLocal(
  declared: Location | undefined,
  flags: { readonly tags: readonly string[] },
  tools: Toolbox,
): Promise<boolean> {
  if (declared === undefined) return false;
  const scratch = await mkdtemp(join(tmpdir(), "maprace-verify-"));
  try {
    tools.progress("asking the compiler whether the map escapes");
    const args = escapeBuild(declared.path.endsWith("_test.go"), join(scratch, "out"), flags);
    let said = "";
    const log = (text: string) => {
      said += text;
    };
    const built = await runJob({ args, cwd: dirname(declared.path), outputs: [] }, { ...tools, log });
    if (built.code !== 0) return false;
    const made = parseEscapes(said).filter(
      ({ file, line, expression }) =>
        basename(file) === basename(declared.path) && line === declared.line && /^(make\()?map\[/.test(expression),
    );
    return made.length > 0 && made.every(({ escapes }) => !escapes);
  } catch (error) {
    if (error instanceof CollectError) return false;
    throw error;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
