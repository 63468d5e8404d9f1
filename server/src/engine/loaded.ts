import type { Files } from "../base/files.ts";
import { dirname } from "../base/paths.ts";
import type { BuildContext } from "../packages/constraints.ts";
import { type GoFile, loadDirectory, type PackageFiles } from "../packages/load.ts";
import type { Problem, Workspace } from "../packages/workspace.ts";
import type { Tree } from "../syntax/tree.ts";
import { Package } from "../types/package.ts";
import { aboutFile } from "./about.ts";
import { Adopted, type Difference, difference } from "./adopted.ts";
import type { ReadDirectory } from "./ahead.ts";
import type { PackageSummary } from "./facts.ts";
import { Imports } from "./imports.ts";
import type { SourceFiles } from "./sources.ts";

export interface LoadedOptions {
  readonly files: Files;
  readonly build: BuildContext;
  readonly tests: boolean;
  /** Packages of the workspace count as sources although they are not loaded: their facts are linked later. */
  readonly apart?: boolean;
}

/** What of a directory was read. */
export type ReadPackages = Pick<LoadedPackages, "whole" | "imported">;

/** The packages of a workspace: those whose sources were read, and those of which only facts are known. */
export class LoadedPackages {
  readonly #options: LoadedOptions;
  readonly #workspace: Workspace;
  readonly #problems: Problem[];
  readonly #sources: SourceFiles;
  readonly #guardsChanged: () => void;
  readonly #imports: Imports;
  readonly #dirs = new Map<string, readonly PackageFiles[]>();
  readonly #packages = new Map<string, Package>();
  /** Directories not all files of which could be read. */
  readonly #partly = new Set<string>();
  readonly #adopted = new Adopted();
  /** Directories whose packages were declared with others that have changed since. */
  readonly #outdated = new Set<string>();
  /** Directories that somebody else reads; who cannot wait for one reads it himself. */
  readonly #awaited = new Set<string>();
  #demand: (dir: string) => void = () => undefined;
  /** Import paths of packages that count as sources whether or not they are loaded yet. */
  readonly #planned = new Set<string>();

  /** `guardsChanged` is called where files declare other guards of maps than before. */
  constructor(
    options: LoadedOptions,
    workspace: Workspace,
    problems: Problem[],
    sources: SourceFiles,
    guardsChanged: () => void,
  ) {
    this.#options = options;
    this.#workspace = workspace;
    this.#problems = problems;
    this.#sources = sources;
    this.#guardsChanged = guardsChanged;
    this.#imports = new Imports(options, workspace, problems, (dir) => this.#first(dir));
  }

  /** What is imported of a directory: asked for at each name that is looked up in it. */
  #first(dir: string): Package | undefined {
    if (this.#awaited.has(dir)) this.#demand(dir);
    this.#renew(dir);
    const first = this.#dirs.get(dir)?.[0];
    return first === undefined ? undefined : this.#packages.get(first.path);
  }

  /** Packages of these directories are going to be read or adopted. */
  plan(dirs: Iterable<string>): void {
    for (const dir of dirs) this.#planned.add(this.#workspace.importPath(dir) ?? dir);
  }

  /** These directories are being read elsewhere; `demand` reads one that is asked for before it is taken. */
  await(dirs: Iterable<string>, demand: (dir: string) => void): void {
    for (const dir of dirs) this.#awaited.add(dir);
    this.#demand = demand;
  }

  /** Is it still to be taken? Declarations of what is only imported are at once. */
  awaits({ dir, packages, imported }: ReadDirectory): boolean {
    const [first] = packages;
    if (imported && first !== undefined) this.#imports.take(dir, first);
    return !imported && this.#awaited.has(dir);
  }

  isSource(path: string): boolean {
    if (this.#packages.has(path) || this.#planned.has(path)) return true;
    return this.#options.apart === true && this.#workspace.owns(path);
  }

  /** What was read of a directory, undefined where nothing was or not all of it could be. */
  whole(dir: string): readonly PackageFiles[] | undefined {
    return this.#partly.has(dir) ? undefined : this.#dirs.get(dir);
  }

  /** Declarations of a directory that is only imported, if they were read. */
  imported(dir: string): PackageFiles | undefined {
    return this.#imports.known(dir);
  }

  /** Was the directory read? */
  has(dir: string): boolean {
    return this.#dirs.has(dir);
  }

  /** Directories whose packages are read or adopted. */
  get directories(): string[] {
    return [...this.#dirs.keys(), ...this.#adopted.directories];
  }

  /** What was read of a directory. */
  in(dir: string): readonly PackageFiles[] {
    return this.#dirs.get(dir) ?? [];
  }

  /** Packages of a directory that was read. */
  packages(dir: string): Package[] {
    this.#renew(dir);
    return this.in(dir).flatMap(({ path }) => this.#packages.get(path) ?? []);
  }

  package(path: string): Package | undefined {
    this.#renew(this.#packages.get(path)?.dir ?? "");
    return this.#packages.get(path);
  }

  trees(dir: string): Tree[] {
    return this.in(dir).flatMap(({ files }) => files.map(({ tree }) => tree));
  }

  /** Files of a directory that was read or adopted. */
  files(dir: string): string[] {
    return [...this.in(dir).flatMap(({ files }) => files.map(({ path }) => path)), ...this.#adopted.files(dir)];
  }

  /** Import paths of the packages of a directory that was read or adopted. */
  paths(dir: string): string[] {
    return [...this.in(dir).map(({ path }) => path), ...this.#adopted.packages(dir)];
  }

  read(dir: string): readonly PackageFiles[] {
    const { files, build, tests } = this.#options;
    const path = this.#workspace.importPath(dir) ?? dir;
    const known = (file: string) => this.#sources.get(file);
    const problems: Problem[] = [];
    const packages = loadDirectory(files, build, dir, path, { bodies: true, tests, known }, problems);
    return this.take({ dir, packages, problems });
  }

  /** Takes what was read of a directory. */
  take({ dir, packages, problems }: Pick<ReadDirectory, "dir" | "packages" | "problems">): readonly PackageFiles[] {
    this.#awaited.delete(dir);
    const first = !this.#dirs.has(dir) && !this.#adopted.has(dir);
    for (const known of this.in(dir)) this.#packages.delete(known.path);
    if (problems.length > 0) this.#partly.add(dir);
    else this.#partly.delete(dir);
    this.#problems.push(...problems);
    this.#dirs.set(dir, packages);
    this.#adopted.take(dir);
    for (const file of packages.flatMap((one) => one.files)) this.#keep(file, dir);
    this.#declare(dir, first);
    return packages;
  }

  /** What the packages of these directories import was read anew: they are declared again when somebody asks for them. */
  outdate(dirs: Iterable<string>): void {
    for (const dir of dirs) this.#outdated.add(dir);
    this.#imports.changed();
  }

  #renew(dir: string): void {
    if (this.#outdated.has(dir)) this.#declare(dir);
  }

  /** Declarations of a directory's packages, as of now. */
  #declare(dir: string, first = false): void {
    this.#outdated.delete(dir);
    for (const one of this.in(dir)) this.#packages.set(one.path, new Package(one, this.#imports));
    if (first) this.#imports.added(dir);
    else this.#imports.changed();
  }

  /** A file of a package has a new text, of which the package knows. */
  replace({ path, files }: Package, next: GoFile): void {
    const dir = dirname(next.path);
    this.#dirs.set(
      dir,
      this.in(dir).map((one) => (one.path === path ? { ...one, files } : one)),
    );
    this.#keep(next, dir);
  }

  #keep(file: GoFile, dir: string): void {
    if (this.#sources.keep(file, this.#workspace.importPath(dir) ?? dir)) this.#guardsChanged();
    this.#imports.note(aboutFile(file).imports, dir);
  }

  adopt(summary: PackageSummary): void {
    this.#planned.add(summary.facts.path);
    const dir = this.#adopted.add(summary);
    for (const file of summary.files) {
      this.#sources.adopt(file);
      // Who only links need not have what the packages import.
      if (dir !== undefined && this.#options.apart !== true) this.#imports.note(file.imports, dir);
    }
  }

  isAdopted(dir: string): boolean {
    return this.#adopted.has(dir);
  }

  /** Reads the sources of an adopted directory; answers how they differ from what was adopted. */
  open(dir: string): Difference {
    const adopted = this.#adopted.take(dir);
    if (adopted === undefined) return "none";
    this.#imports.forget(dir);
    const now = this.read(dir).map(({ files }) => ({ files: files.map((file) => this.#sources.summary(file)) }));
    return difference(adopted, now);
  }

  /** A directory of the workspace that is about to be read for the first time. */
  begin(dir: string): void {
    this.#imports.forget(dir);
    this.#dirs.set(dir, []);
  }

  /** Directories that import one of the workspace, directly or not. What others see of them is to be read anew. */
  importersOf(dir: string): ReadonlySet<string> {
    const importers = this.#imports.importersOf(dir);
    for (const one of importers) this.#imports.forget(one);
    return importers;
  }
}
