import type { Files } from "../base/files.ts";
import { digest } from "../base/fingerprint.ts";
import { basename } from "../base/paths.ts";
import { finish } from "../base/steps.ts";
import { stubs } from "../knowledge/stubs.ts";
import type { BuildContext } from "../packages/constraints.ts";
import { type GoFile, loadDirectory, type PackageFiles } from "../packages/load.ts";
import type { Problem, Workspace } from "../packages/workspace.ts";
import { aboutFile, shownBy } from "./about.ts";
import type { ReadPackages } from "./loaded.ts";

/** What packages are looked at, and how. */
export interface KeyOptions {
  readonly files: Files;
  readonly workspace: Workspace;
  readonly build: BuildContext;
  readonly tests: boolean;
  /** Tells versions of this program apart. */
  readonly program: string;
  /** The user's own lines of the table of known functions. */
  readonly library: readonly string[];
  /** Directories whose functions are lowered. */
  readonly sources: ReadonlySet<string>;
  /** What was read of these and others already. */
  readonly packages: ReadPackages;
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
  readonly #keys = new Map<string, string | undefined>();
  /** Nothing that never changes is lowered: what others show of it is known by its name. */
  readonly #byName: boolean;

  constructor(options: KeyOptions) {
    this.#options = options;
    const { sources, workspace } = options;
    this.#byName = ![...sources].some((dir) => workspace.released.holds(dir));
  }

  /** The key of a directory's facts; undefined where they are not to be kept. */
  of(dir: string): string | undefined {
    return finish(this.making(dir));
  }

  /** As `of`, a directory read in each step. */
  *making(dir: string): Generator<void, string | undefined> {
    if (!this.#keys.has(dir)) this.#keys.set(dir, yield* this.#made(dir));
    return this.#keys.get(dir);
  }

  *#made(dir: string): Generator<void, string | undefined> {
    const { workspace, build, program, library } = this.#options;
    const { loaded, broken } = yield* this.#look(dir, workspace.importPath(dir) ?? dir);
    const files = loaded.flatMap((one) => one.files);
    const imports = yield* this.#imported(files, dir);
    if (broken || imports.includes(undefined)) return undefined;
    const contents = files.map((file) => [basename(file.path), aboutFile(file).hash]);
    const paths = loaded.map(({ path }) => path);
    const context = [program, build, library];
    return digestOf([context, workspace.languageVersion(dir), paths, contents, imports]);
  }

  *#look(dir: string, path: string): Generator<void, Seen> {
    const known = this.#seen.get(dir);
    if (known !== undefined) return known;
    const own = this.#options.sources.has(dir);
    const problems: Problem[] = [];
    const { packages } = this.#options;
    const imported = own ? undefined : packages.imported(dir);
    const there = own ? packages.whole(dir) : imported && [imported];
    const loaded = there ?? this.#read(dir, path, own, problems);
    // What is wrong with a file is said at each scan: such packages are read each time.
    const errors = loaded.some((one) => one.files.some(({ tree }) => tree.errors.length > 0));
    const broken = loaded.length === 0 || (own && (errors || problems.length > 0));
    this.#running.add(dir);
    const shown = loaded[0]?.files ?? [];
    // Nobody comes to see what the tests of what he imports import.
    yield;
    const imports = yield* this.#imported(
      shown.filter(({ test }) => !test),
      dir,
    );
    this.#running.delete(dir);
    const declared = loaded[0] === undefined ? "" : shownBy(loaded[0]);
    const surface = broken || imports.includes(undefined) ? undefined : digestOf([path, own, declared, imports]);
    const seen = { loaded, surface, broken };
    this.#seen.set(dir, seen);
    return seen;
  }

  #read(dir: string, path: string, own: boolean, problems: Problem[]): readonly PackageFiles[] {
    const { files, build, tests } = this.#options;
    return loadDirectory(files, build, dir, path, { bodies: false, tests: own && tests }, problems);
  }

  /** What the imports of some files of a directory may show; undefined for those that lead back to who asks. */
  *#imported(files: readonly GoFile[], dir: string): Generator<void, (string | undefined)[]> {
    const { workspace } = this.#options;
    const paths = new Set(files.flatMap((file) => aboutFile(file).imports));
    const shown: (string | undefined)[] = [];
    for (const path of [...paths].sort()) {
      const found = path === "unsafe" || path === "C" ? undefined : workspace.resolve(path, dir);
      const name = found === undefined || !this.#byName ? undefined : workspace.released.nameOf(found);
      if (found === undefined) shown.push(`${stubs.has(path) ? "stub" : "missing"} ${path}`);
      else if (name !== undefined) shown.push(`released ${path} ${name}`);
      else shown.push(this.#running.has(found) ? undefined : (yield* this.#look(found, path)).surface);
    }
    return shown;
  }
}

function digestOf(parts: readonly unknown[]): string {
  return digest(Buffer.from(JSON.stringify(parts)));
}
