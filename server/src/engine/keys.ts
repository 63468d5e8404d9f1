import type { Files } from "../base/files.ts";
import { digest } from "../base/fingerprint.ts";
import { finish } from "../base/steps.ts";
import { stubs } from "../knowledge/stubs.ts";
import type { BuildContext } from "../packages/constraints.ts";
import { loadDirectory } from "../packages/load.ts";
import type { Problem, Workspace } from "../packages/workspace.ts";
import { type Head, type Heads, headOf } from "./heads.ts";
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
  /** What is known of directories that are as they were. */
  readonly heads?: Heads;
}

/** What a directory's packages show to those that import them, and all that they themselves can see. */
interface Seen {
  readonly head: Head;
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
    const { head, broken } = yield* this.#look(dir, workspace.importPath(dir) ?? dir);
    const { files, paths } = head;
    const imports = yield* this.#imported(files, dir);
    if (broken || imports.includes(undefined)) return undefined;
    const contents = files.map(({ name, hash }) => [name, hash]);
    const context = [program, build, library];
    return digestOf([context, workspace.languageVersion(dir), paths, contents, imports]);
  }

  *#look(dir: string, path: string): Generator<void, Seen> {
    const known = this.#seen.get(dir);
    if (known !== undefined) return known;
    const own = this.#options.sources.has(dir);
    const head = this.#head(dir, path, own);
    // What is wrong with a file is said at each scan: such packages are read each time.
    const broken = head.paths.length === 0 || (own && head.errors);
    this.#running.add(dir);
    yield;
    // Nobody comes to see what the tests of what he imports import.
    const imports = yield* this.#imported(
      head.files.filter(({ shown }) => shown),
      dir,
    );
    this.#running.delete(dir);
    const surface = broken || imports.includes(undefined) ? undefined : digestOf([path, own, head.shown, imports]);
    const seen = { head, surface, broken };
    this.#seen.set(dir, seen);
    return seen;
  }

  #head(dir: string, path: string, own: boolean): Head {
    const { packages, heads } = this.#options;
    const tests = own && this.#options.tests;
    const imported = own ? undefined : packages.imported(dir);
    const there = own ? packages.whole(dir) : imported && [imported];
    const known = there === undefined ? heads?.find(dir, path, tests) : undefined;
    if (known !== undefined) return known;
    const head = there === undefined ? this.#read(dir, path, tests) : headOf(there, 0);
    heads?.note(dir, path, tests, head);
    return head;
  }

  #read(dir: string, path: string, tests: boolean): Head {
    const { files, build } = this.#options;
    const problems: Problem[] = [];
    const loaded = loadDirectory(files, build, dir, path, { bodies: false, tests }, problems);
    return headOf(loaded, problems.length);
  }

  /** What the imports of some files of a directory may show; undefined for those that lead back to who asks. */
  *#imported(files: Head["files"], dir: string): Generator<void, (string | undefined)[]> {
    const { workspace } = this.#options;
    const paths = new Set(files.flatMap(({ imports }) => imports));
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
