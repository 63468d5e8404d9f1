import type { Files } from "../base/files.ts";
import { digest } from "../base/fingerprint.ts";
import { basename } from "../base/paths.ts";
import { stubs } from "../knowledge/stubs.ts";
import type { BuildContext } from "../packages/constraints.ts";
import { importPaths } from "../packages/header.ts";
import { type GoFile, loadDirectory, type PackageFiles } from "../packages/load.ts";
import type { Problem, Workspace } from "../packages/workspace.ts";
import { declarationBytes } from "../syntax/surface.ts";

/** What packages are looked at, and how. */
export interface KeyOptions {
  readonly files: Files;
  readonly workspace: Workspace;
  readonly build: BuildContext;
  readonly tests: boolean;
  /** Whatever else facts hang on: the program, its table of known functions. */
  readonly context: string;
  /** Directories whose functions are lowered. */
  readonly sources: ReadonlySet<string>;
}

/** What a directory's packages show to those that import them, and all that they themselves can see. */
interface Seen {
  readonly loaded: readonly PackageFiles[];
  /** Undefined where facts of importers are not to be kept: something in here is broken. */
  readonly surface: string | undefined;
  readonly broken: boolean;
}

/**
 * Names the facts of packages by all that they follow from: the contents of their files, and the declarations of all that
 * they import, directly or not. A changed body is seen by its own package alone.
 */
export class PackageKeys {
  readonly #options: KeyOptions;
  readonly #seen = new Map<string, Seen>();
  readonly #running = new Set<string>();

  constructor(options: KeyOptions) {
    this.#options = options;
  }

  /** The key of a directory's facts; undefined where they are not to be kept. */
  of(dir: string): string | undefined {
    const { workspace, context } = this.#options;
    const { loaded, broken } = this.#look(dir, workspace.importPath(dir) ?? dir);
    const files = loaded.flatMap((one) => one.files);
    const imports = this.#imported(files, dir);
    if (broken || imports.includes(undefined)) return undefined;
    const contents = files.map((file) => [basename(file.path), digest(file.tree.src)]);
    const paths = loaded.map(({ path }) => path);
    return digestOf([context, workspace.languageVersion(dir), paths, contents, imports]);
  }

  #look(dir: string, path: string): Seen {
    const known = this.#seen.get(dir);
    if (known !== undefined) return known;
    const { files, build, tests, sources } = this.#options;
    const own = sources.has(dir);
    const problems: Problem[] = [];
    const loaded = loadDirectory(files, build, dir, path, { bodies: false, tests: own && tests }, problems);
    // What is wrong with a file is said at each scan: such packages are read each time.
    const errors = loaded.some((one) => one.files.some(({ tree }) => tree.errors.length > 0));
    const broken = loaded.length === 0 || (own && (errors || problems.length > 0));
    this.#running.add(dir);
    const shown = loaded[0]?.files ?? [];
    // Nobody comes to see what the tests of what he imports import.
    const imports = this.#imported(
      shown.filter(({ test }) => !test),
      dir,
    );
    this.#running.delete(dir);
    const declared = shown.map(({ tree }) => digest(Buffer.concat(declarationBytes(tree))));
    const surface = broken || imports.includes(undefined) ? undefined : digestOf([path, own, declared, imports]);
    const seen = { loaded, surface, broken };
    this.#seen.set(dir, seen);
    return seen;
  }

  /** What the imports of some files of a directory may show; undefined for those that lead back to who asks. */
  #imported(files: readonly GoFile[], dir: string): (string | undefined)[] {
    const { workspace } = this.#options;
    const paths = new Set(files.flatMap(({ tree }) => importPaths(tree)));
    return [...paths].sort().map((path) => {
      if (path === "unsafe" || path === "C") return path;
      const found = workspace.resolve(path, dir);
      if (found === undefined) return `${stubs.has(path) ? "stub" : "missing"} ${path}`;
      return this.#running.has(found) ? undefined : this.#look(found, path).surface;
    });
  }
}

function digestOf(parts: readonly unknown[]): string {
  return digest(Buffer.from(JSON.stringify(parts)));
}
