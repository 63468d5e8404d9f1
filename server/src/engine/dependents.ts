import type { Files } from "../base/files.ts";
import { join } from "../base/paths.ts";
import { importsOf } from "../packages/header.ts";
import type { Workspace } from "../packages/workspace.ts";

/** Who imports whom in a workspace, told from the heads of its files alone. */
export class Dependents {
  /** Directories that import a directory's package. */
  readonly #importers = new Map<string, Set<string>>();

  /** Reads the heads of a directory's files. */
  read(files: Files, workspace: Workspace, dir: string): void {
    for (const { name } of files.list(dir) ?? []) {
      if (!name.endsWith(".go")) continue;
      const path = join(dir, name);
      const src = files.kind(path) === "file" ? files.read(path) : undefined;
      if (src === undefined) continue;
      for (const wanted of importsOf(src)) this.#add(workspace.resolve(wanted, dir), dir);
    }
  }

  #add(imported: string | undefined, by: string): void {
    if (imported === undefined) return;
    const known = this.#importers.get(imported);
    if (known === undefined) this.#importers.set(imported, new Set([by]));
    else known.add(by);
  }

  /** Directories and all that import them, directly or not. */
  with(dirs: Iterable<string>): Set<string> {
    const found = new Set(dirs);
    for (const one of found) for (const importer of this.#importers.get(one) ?? []) found.add(importer);
    return found;
  }
}
