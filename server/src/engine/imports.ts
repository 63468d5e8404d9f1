import type { Files } from "../base/files.ts";
import { stubs } from "../knowledge/stubs.ts";
import type { BuildContext } from "../packages/constraints.ts";
import { loadDirectory, type PackageFiles, packageClause } from "../packages/load.ts";
import type { Problem, Workspace } from "../packages/workspace.ts";
import { parse } from "../syntax/parser.ts";
import { importName } from "../syntax/surface.ts";
import type { Importer } from "../types/names.ts";
import { Package } from "../types/package.ts";

/** Said once by each analysis that comes to know of the import. */
export const notFound = "package not found; its types stay unknown";

/** Packages by import path: those of the workspace, and the declarations of all others, read when they are asked for. */
export class Imports implements Importer {
  readonly #options: { readonly files: Files; readonly build: BuildContext };
  readonly #workspace: Workspace;
  readonly #problems: Problem[];
  readonly #own: (dir: string) => Package | undefined;
  readonly #dependencies = new Map<string, Package | undefined>();
  /** Directories that asked for a directory's package, by that directory. */
  readonly #importers = new Map<string, Set<string>>();
  #asked = "";
  #asking = "";

  /** Declarations of dependencies that were read before somebody asked for them, by directory. */
  readonly #read = new Map<string, PackageFiles>();
  /** Names of dependencies that were told without reading them, by directory. */
  readonly #names = new Map<string, string>();
  readonly #told = new Set<string>();
  #revision = 0;

  constructor(
    options: { readonly files: Files; readonly build: BuildContext },
    workspace: Workspace,
    problems: Problem[],
    /** The package of the workspace in a directory. */
    own: (dir: string) => Package | undefined,
  ) {
    this.#options = options;
    this.#workspace = workspace;
    this.#problems = problems;
    this.#own = own;
  }

  find(path: string, from: string): Package | undefined {
    if (path === "unsafe" || path === "C") return undefined;
    const dir = this.#workspace.resolve(path, from);
    const own = dir === undefined ? undefined : this.#ownFor(dir, from);
    if (own !== undefined) return own;
    const key = dir ?? path;
    if (this.#dependencies.has(key)) return this.#dependencies.get(key);
    this.#dependencies.set(key, undefined);
    const made = this.#dependency(path, dir);
    this.#dependencies.set(key, made);
    return made;
  }

  /**
   * Each file asks for the names of all that it imports as soon as it uses a name that none of them suggests, a `string`.
   * One file that is called as the path suggests is enough to tell; others have the whole package read.
   */
  nameOf(path: string, from: string): string | undefined {
    if (path === "unsafe" || path === "C") return undefined;
    const dir = this.#workspace.resolve(path, from);
    const own = dir === undefined ? undefined : this.#ownFor(dir, from);
    if (own !== undefined) return own.name;
    if (dir === undefined || this.#dependencies.has(dir)) return this.find(path, from)?.name;
    let name = this.#read.get(dir)?.name ?? this.#names.get(dir);
    if (name === undefined) {
      name = this.#suggested(path, dir) ?? this.find(path, from)?.name;
      if (name !== undefined) this.#names.set(dir, name);
    }
    return name;
  }

  #ownFor(dir: string, from: string): Package | undefined {
    this.#noteImporter(dir, from);
    return this.#own(dir);
  }

  /** The name that an import path suggests, where the first file of the package has it. */
  #suggested(path: string, dir: string): string | undefined {
    const { files, build } = this.#options;
    const name = packageClause(files, build, dir);
    return name === importName(path) ? name : undefined;
  }

  /** Takes the declarations of a dependency that were read elsewhere. */
  take(dir: string, files: PackageFiles): void {
    if (!this.#dependencies.has(dir)) this.#read.set(dir, files);
  }

  /** Declarations of a dependency, if they were read. */
  known(dir: string): PackageFiles | undefined {
    return this.#dependencies.get(dir) ?? this.#read.get(dir);
  }

  #noteImporter(dir: string, from: string): void {
    // One file asks for the same package again and again.
    if (dir === this.#asked && from === this.#asking) return;
    this.#asked = dir;
    this.#asking = from;
    const importers = this.#importers.get(dir);
    if (importers === undefined) this.#importers.set(dir, new Set([from]));
    else importers.add(from);
  }

  /** Notes what files of a directory import, and says once of each path where no package is found by it. */
  note(paths: Iterable<string>, from: string): void {
    for (const path of paths) {
      if (path === "unsafe" || path === "C") continue;
      const dir = this.#workspace.resolve(path, from);
      if (dir !== undefined) this.#noteImporter(dir, from);
      if (dir !== undefined || this.#told.has(path) || stubs.has(path)) continue;
      this.#told.add(path);
      this.#problems.push({ place: path, message: notFound });
    }
  }

  /** A directory's declarations are others from now on, or it belongs to the workspace. */
  forget(dir: string): void {
    this.#dependencies.delete(dir);
    this.#names.delete(dir);
    this.changed();
  }

  /** The package of a directory is there from now on. Where nobody came to ask for it, no answer was another before. */
  added(dir: string): void {
    if (this.#dependencies.has(dir)) this.changed();
  }

  /** A package of the workspace is another from now on. */
  changed(): void {
    this.#revision++;
  }

  get revision(): number {
    return this.#revision;
  }

  /** Directories that import one of the workspace, directly or not, as far as they ever asked for it. */
  importersOf(dir: string): Set<string> {
    const found = new Set([dir]);
    for (const one of found) for (const importer of this.#importers.get(one) ?? []) found.add(importer);
    found.delete(dir);
    return found;
  }

  #dependency(path: string, dir: string | undefined): Package | undefined {
    const { files, build } = this.#options;
    if (dir !== undefined) {
      const loaded =
        this.#read.get(dir) ?? loadDirectory(files, build, dir, path, { bodies: false, tests: false }, [])[0];
      this.#read.delete(dir);
      if (loaded !== undefined) return new Package(loaded, this);
    }
    const stub = stubs.get(path);
    if (stub === undefined) return undefined;
    const tree = parse(new TextEncoder().encode(stub), { bodies: false });
    const name = tree.name(tree.child(tree.root));
    return new Package({ path, dir: "", name, files: [{ path, tree, test: false, generated: false }] }, this);
  }
}
