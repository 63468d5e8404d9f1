import type { AccessAnswer, Finding, Location, MapFacts } from "../../../common/src/finding.ts";
import { dirname } from "../base/paths.ts";
import type { Positions } from "../base/positions.ts";
import { finish } from "../base/steps.ts";
import { guardLabel, mapFacts } from "../checks/maps.ts";
import { byPlace, report, type Sources } from "../checks/report.ts";
import { type DirectiveRemark, suppress } from "../checks/suppression.ts";
import { answersOn } from "../checks/why.ts";
import { extendModels } from "../knowledge/library.ts";
import type { Models } from "../knowledge/models.ts";
import { type GoFile, openFile, parsed } from "../packages/load.ts";
import { expand } from "../packages/patterns.ts";
import { type Problem, type Toolchain, Workspace } from "../packages/workspace.ts";
import type { PackageFacts, Unit } from "../summaries/effects.ts";
import { guardedMaps, keysAt, type LockSite, lockSites } from "../summaries/guards.ts";
import { initializersOf, type LoweringStep, PackageLowering, sameTable } from "../summaries/lower.ts";
import { moved } from "../summaries/moved.ts";
import type { Place } from "../summaries/place.ts";
import { Program } from "../summaries/program.ts";
import { type CacheNeighbour, cacheNeighbours } from "../summaries/sharing.ts";
import { fieldAt, mapDeclarations } from "../syntax/fields.ts";
import { changesOf, surfaceOf } from "../syntax/surface.ts";
import type { Tree } from "../syntax/tree.ts";
import type { Package } from "../types/package.ts";
import type { ReadDirectory } from "./ahead.ts";
import { Conflicts } from "./conflicts.ts";
import type { PackageSummary } from "./facts.ts";
import { notFound } from "./imports.ts";
import { type LoadedOptions, LoadedPackages, type ReadPackages } from "./loaded.ts";
import { Postponed, textOf } from "./postponed.ts";
import { leftOut, toolchainProblems } from "./problems.ts";
import { SourceFiles } from "./sources.ts";
import { anything, Spreading } from "./spreading.ts";

export interface AnalysisOptions extends LoadedOptions {
  readonly toolchain: Toolchain;
  /** The user's own lines of the table of known functions, and where they stand. */
  readonly library?: { readonly lines: readonly string[]; readonly place: string };
  /** It is asked once: what findings follow from is not written down, and each change has everything looked at again. */
  readonly once?: boolean;
}

/** What was looked at. */
export interface Counts {
  files: number;
  packages: number;
  functions: number;
  bytes: number;
}

/** One workspace: its packages, their facts and the findings that follow from them. */
export class Analysis implements Sources {
  readonly workspace: Workspace;
  readonly problems: Problem[] = [];
  readonly counts: Counts = { files: 0, packages: 0, functions: 0, bytes: 0 };
  readonly #options: AnalysisOptions;
  readonly #loaded: LoadedPackages;
  readonly #spreading = new Spreading();
  /** Packages some function of which could not be lowered. */
  readonly #flawed = new Set<string>();
  readonly sources: SourceFiles;
  readonly #models: Models;
  readonly #globals = new Map<string, Place>();
  readonly #program = new Program();
  readonly #cwd: string;
  readonly #conflicts = new Conflicts(this.#program, () => new Map([...this.sources.guards.values()].flat()));
  /** Directories read anew that are still to be lowered. */
  readonly #pending = new Map<string, Postponed>();
  /** Directories of the workspace, where one came up that is not loaded. */
  #members: ReadonlySet<string> | undefined;
  /** Findings that directives hold back, and what is wrong with directives; as of the last `findings`. */
  suppressed: readonly Finding[] = [];
  remarks: readonly DirectiveRemark[] = [];

  constructor(options: AnalysisOptions, cwd: string) {
    this.#options = options;
    this.#cwd = cwd;
    this.#program.seen.ignored = options.once === true;
    this.sources = new SourceFiles(options.files, this.problems);
    const { models, problems } = extendModels(options.library?.lines ?? []);
    this.#models = models;
    for (const { line, message } of problems)
      this.problems.push({ place: `${options.library?.place ?? ""}:${line}`, message });
    this.workspace = new Workspace(options.files, options.toolchain, cwd);
    this.problems.push(...this.workspace.problems);
    // Which lock guards a map decides about all its accesses.
    const guardsChanged = () => this.#conflicts.invalidate();
    this.#loaded = new LoadedPackages(options, this.workspace, this.problems, this.sources, guardsChanged);
    this.problems.push(...toolchainProblems(options.toolchain, options.build, this.workspace));
  }

  /** Directories the patterns name. */
  expand(patterns: readonly string[]): string[] {
    return expand(this.#options.files, this.workspace, this.#cwd, patterns, this.problems);
  }

  /** Packages of these directories are going to be loaded or adopted. */
  plan(dirs: Iterable<string>): void {
    this.#loaded.plan(dirs);
  }

  /** Takes what others found wrong while they worked out facts for this analysis. */
  remark(problems: readonly Problem[]): void {
    this.problems.push(...problems.filter(({ message }) => message !== notFound));
  }

  /** These directories are read elsewhere and come to `take`. */
  await(dirs: Iterable<string>): void {
    this.#loaded.await(dirs, (dir) => this.load(dir));
  }

  take(read: ReadDirectory): void {
    if (this.#loaded.awaits(read)) this.load(read.dir, read);
  }

  /** Reads the packages of a directory, or takes what others read of it; findings are up to date after `lowering` and `findings`. */
  load(dir: string, read?: ReadDirectory): void {
    this.#conflicts.invalidate();
    for (const path of this.#loaded.paths(dir)) this.#program.remove(path);
    for (const { files } of read === undefined ? this.#loaded.read(dir) : this.#loaded.take(read)) {
      this.counts.packages++;
      for (const file of files) this.#count(file);
    }
  }

  #count({ path, tree }: GoFile): void {
    this.counts.files++;
    this.counts.bytes += tree.src.length;
    const first = tree.errors[0];
    if (first === undefined) return;
    const at = this.location(path, first.offset, first.offset);
    this.problems.push({ place: `${path}:${at.line}:${at.column}`, message: first.message });
  }

  /** Lowers every loaded package of a directory, in steps of some milliseconds. */
  *lowering(dir: string): Generator<LoweringStep, void> {
    this.add(yield* this.lowered(dir));
  }

  /** From now on these take part in findings. */
  add(lowered: readonly PackageFacts[]): void {
    for (const facts of lowered) {
      for (const unit of facts.units.values()) this.counts.functions += unit.functions.length;
      this.#program.add(facts);
    }
  }

  /** Facts of a loaded directory, in steps. */
  *lowered(dir: string, known?: Postponed): Generator<LoweringStep, readonly PackageFacts[]> {
    const lowered: PackageFacts[] = [];
    for (const pkg of this.#loaded.packages(dir)) {
      const { path } = pkg;
      const unchanged = known?.unchanged(pkg);
      const facts = this.#lowering(pkg).facts((declaration) => {
        if (unchanged?.(declaration) !== true) return undefined;
        const unit = this.#program.package(path)?.units.get(declaration.id);
        if (unit === undefined || known?.laidOutAnew(unit.layout) === true) return undefined;
        unit.anchor.base = declaration.file.tree.start(declaration.node);
        return unit;
      });
      lowered.push(yield* facts);
    }
    return lowered;
  }

  /** Lowers a directory that was lowered before: what says the same as then stays, the rest is looked at again. */
  *#relower(dir: string, postponed: Postponed): Generator<LoweringStep, void> {
    const { before } = postponed;
    const lowered = yield* this.lowered(dir, postponed);
    const same =
      before.length === lowered.length &&
      lowered.every(({ path, methods }) => {
        const known = this.#program.package(path);
        return known !== undefined && sameTable(known.methods, methods);
      });
    if (!same) {
      this.#conflicts.invalidate();
      for (const path of before) this.#program.remove(path);
      for (const facts of lowered) this.#program.add(facts);
      return;
    }
    for (const { path, units } of lowered) {
      const known = this.#unitsOf(path);
      const displaced = postponed.displaced(path, units);
      for (const id of known.keys()) if (!units.has(id)) this.#conflicts.replace(path, id, undefined);
      for (const [id, unit] of units) {
        const old = known.get(id);
        const same = old !== undefined && !displaced.has(id) && (old === unit || moved(old, unit));
        if (!same) this.#conflicts.replace(path, id, unit);
      }
    }
  }

  #lowering(pkg: Package): PackageLowering {
    return new PackageLowering(
      pkg,
      this.#globals,
      this.#models,
      (path) => this.#loaded.isSource(path),
      (id, error) => {
        this.#flawed.add(pkg.path);
        this.problems.push({ place: id, message: leftOut(error) });
      },
    );
  }

  /**
   * Takes the new content of one file. Where only bodies changed, the changed functions alone are lowered again;
   * else the package is read anew. Answers false when the file is no part of the workspace.
   */
  update(path: string): boolean {
    const { files, build } = this.#options;
    const dir = dirname(path);
    if (!this.#loaded.has(dir)) return this.updateDirectory(dir);
    const old = this.sources.get(path);
    const open = old && openFile(files, build, path, old.test, []);
    const pkg = old && this.#loaded.packages(dir).find((one) => one.files.includes(old));
    const known = old !== undefined && open !== undefined && pkg !== undefined && !this.#pending.has(dir);
    if (!known || !this.#updateBodies(pkg, old, parsed(open, { bodies: true }))) this.#reload(dir);
    return true;
  }

  /** Takes whatever changed in a directory, which may be new. Answers false when it is no part of the workspace. */
  updateDirectory(dir: string): boolean {
    if (this.#loaded.isAdopted(dir)) {
      this.#open(dir);
      return true;
    }
    if (!this.#loaded.has(dir)) {
      if (this.#members?.has(dir) !== true)
        this.#members = new Set(expand(this.#options.files, this.workspace, this.#cwd, ["./..."], []));
      if (!this.#members.has(dir)) return false;
      this.#loaded.begin(dir);
    }
    this.#reload(dir);
    return true;
  }

  /** Reads a package anew; it and those that import it and name what changed in its declarations are to be lowered. */
  #reload(dir: string): void {
    const before = surfaceOf(this.#loaded.trees(dir));
    const postponed = this.#postpone(dir);
    this.#loaded.read(dir);
    const after = surfaceOf(this.#loaded.trees(dir));
    const paths = [...postponed.before, ...this.#loaded.paths(dir)];
    postponed.concern(changesOf(before, after, true, paths));
    this.#spreading.add(dir, changesOf(before, after, false, paths));
  }

  /**
   * Reads the sources of a directory whose facts were adopted. Where they are others by now it is to be lowered again;
   * what changed in it is not known.
   */
  #open(dir: string): void {
    if (!this.#loaded.isAdopted(dir)) return;
    const paths = this.#loaded.paths(dir);
    const changed = this.#loaded.open(dir);
    if (changed !== "none") this.#pending.set(dir, new Postponed(paths, [], this.#unitsOf));
    if (changed === "declarations") this.#spreading.add(dir, anything);
  }

  /** Who imports what changed, and notices it, is to be lowered again, too. */
  *#spreadOut(): Generator<void, void> {
    for (const dir of this.#spreading.directories) {
      const importers = this.#loaded.importersOf(dir);
      for (const one of importers) {
        // The sources of what was adopted are read only where they have to be.
        if (this.#spreading.concerns(dir, this.#layouts(one))) this.#open(one);
        yield;
      }
      const trees = (one: string) => this.#loaded.trees(one);
      const concerned = this.#spreading.among(importers, dir, trees, (one) => this.#layouts(one));
      for (const [other, changes] of concerned) this.#postpone(other).concern(changes);
      this.#loaded.outdate(importers);
      this.#spreading.done(dir);
    }
  }

  /** All that functions of a directory hang on as a whole. */
  *#layouts(dir: string): Generator<ReadonlySet<string>> {
    for (const path of this.#loaded.paths(dir)) for (const { layout } of this.#unitsOf(path).values()) yield layout;
  }

  readonly #unitsOf = (path: string) => this.#program.package(path)?.units ?? new Map<string, Unit>();

  /** To be called while the packages of the directory are still those that were lowered. */
  #postpone(dir: string): Postponed {
    let postponed = this.#pending.get(dir);
    if (postponed === undefined) {
      const paths = this.#loaded.in(dir).map(({ path }) => path);
      postponed = new Postponed(paths, this.#loaded.packages(dir), this.#unitsOf);
      this.#pending.set(dir, postponed);
    }
    return postponed;
  }

  #updateBodies(pkg: Package, old: GoFile, next: GoFile): boolean {
    const texts = new Map(pkg.functions.filter((one) => one.file === old).map((one) => [one, textOf(one)]));
    const lowering = this.#lowering(pkg);
    const specs = initializersOf(pkg, old);
    // Of functions declared twice the last one counts, which a change of one of them does not tell.
    if (new Set(pkg.functions.map(({ id }) => id)).size !== pkg.functions.length) return false;
    if (!pkg.updateBodies(old, next)) return false;
    this.#loaded.replace(pkg, next);
    for (const [declaration, text] of texts) {
      const same = Buffer.compare(textOf(declaration), text) === 0;
      const base = next.tree.start(declaration.node);
      this.#renew(pkg.path, declaration.id, same ? base : undefined, () => lowering.declaration(declaration));
    }
    for (const [id, spec] of initializersOf(pkg, next)) {
      const same = old.tree.text(specs.get(id) ?? 0) === next.tree.text(spec);
      this.#renew(pkg.path, id, same ? next.tree.start(spec) : undefined, () => lowering.initializer(next, id, spec));
    }
    return true;
  }

  /** Moves what comes of a declaration to where it stands now, if its text is the same, and else lowers it again. */
  #renew(path: string, id: string, base: number | undefined, lower: () => Unit | undefined): void {
    const unit = this.#program.package(path)?.units.get(id);
    if (unit !== undefined && base !== undefined) {
      unit.anchor.base = base;
      return;
    }
    const lowered = lower();
    if (unit === undefined && lowered === undefined) return;
    // Most keys that are pressed change nothing that an analysis could see.
    if (unit === undefined || lowered === undefined || !moved(unit, lowered))
      this.#conflicts.replace(path, id, lowered);
  }

  /** Findings of the whole workspace. */
  findings(): Finding[] {
    finish(this.settling());
    return this.settled();
  }

  /** Brings findings up to date with all updates, in steps; it may be left at any of them and begun anew later. */
  *settling(): Generator<unknown, void> {
    yield* this.#spreadOut();
    for (const [dir, postponed] of this.#pending) {
      yield* this.#relower(dir, postponed);
      this.#pending.delete(dir);
    }
    yield* this.#conflicts.settle();
  }

  /** Findings as of the last time that they were up to date, at the places where they are now. */
  settled(): Finding[] {
    this.#members = undefined;
    const all = this.#conflicts.all().map((conflict) => report(conflict, this));
    const { kept, suppressed, remarks } = suppress(all.sort(byPlace), this.sources.directives);
    this.suppressed = suppressed;
    this.remarks = remarks;
    return kept;
  }

  /** What `adopt` needs of the packages of a directory that was lowered. */
  summariesOf(dir: string): PackageSummary[] {
    return this.#summaries(dir, (path) => this.#program.package(path));
  }

  /** As `summariesOf`, of a directory that takes no part in findings, or not yet. */
  summarize(dir: string, lowered = finish(this.lowered(dir))): PackageSummary[] {
    const known = new Map(lowered.map((facts) => [facts.path, facts]));
    return this.#summaries(dir, (path) => known.get(path));
  }

  #summaries(dir: string, factsOf: (path: string) => PackageFacts | undefined): PackageSummary[] {
    return this.#loaded.in(dir).flatMap(({ path, files }) => {
      const facts = factsOf(path);
      return facts === undefined ? [] : [{ facts, files: files.map((file) => this.sources.summary(file)) }];
    });
  }

  /** Was something of the directory left out because it could not be lowered? */
  isFlawed(dir: string): boolean {
    return this.#loaded.in(dir).some(({ path }) => this.#flawed.has(path));
  }

  /** Takes facts for packages that are not read here; their files are looked at where a finding names them. */
  adopt(summaries: readonly PackageSummary[]): void {
    this.#conflicts.invalidate();
    for (const summary of summaries) {
      const { facts, files } = summary;
      this.#program.add(facts);
      this.#loaded.adopt(summary);
      this.counts.packages++;
      for (const unit of facts.units.values()) this.counts.functions += unit.functions.length;
      for (const file of files) {
        this.counts.files++;
        this.counts.bytes += file.bytes;
      }
    }
  }

  /** Places of package variables, one map for all facts. */
  get globals(): Map<string, Place> {
    return this.#globals;
  }

  /** Lock and unlock calls of a file. */
  lockSites(path: string): LockSite[] {
    return lockSites(this.#program, path);
  }

  /** Keys of the locks and maps used or declared at a byte offset. */
  keysAt(path: string, offset: number): string[] {
    const tree = this.tree(path);
    const field = tree === undefined ? undefined : fieldAt(tree, offset);
    const pkg = this.workspace.importPath(dirname(path));
    const declared = field === undefined || pkg === undefined ? [] : [`${pkg}.${field}`];
    return [...declared, ...keysAt(this.#program, path, offset)];
  }

  /** What is known of the map that a field or package variable holds, at the byte offset of its declaration. */
  mapAt(path: string, offset: number): MapFacts | undefined {
    const tree = this.tree(path);
    const name = tree === undefined ? undefined : fieldAt(tree, offset);
    if (name === undefined) return undefined;
    return mapFacts(this.#conflicts.guarding(`${this.workspace.importPath(dirname(path)) ?? ""}.${name}`), name, this);
  }

  /** Declarations of maps in a file, by the byte offset of their end, with the lock that guards each. */
  guards(path: string): { readonly end: number; readonly guard: string }[] {
    const tree = this.tree(path);
    const pkg = this.workspace.importPath(dirname(path)) ?? "";
    return (tree === undefined ? [] : mapDeclarations(tree)).flatMap(({ name, end }) => {
      const guard = this.#conflicts.guarding(`${pkg}.${name}`)?.guard;
      return guard === undefined ? [] : [{ end, guard: guardLabel(guard) }];
    });
  }

  /** For each map access on a line (from 1): why nothing likely is reported of it. */
  whySilent(path: string, line: number): AccessAnswer[] {
    return answersOn(this.#conflicts.detector(), this.#program, this, path, line);
  }

  /** Fields that others change in the cache line of a lock, `import/path.Type.field`. */
  cacheNeighbours(lock: string): CacheNeighbour[] {
    const [, path = "", type = "", field = ""] = /^(.*)\.(\w+)\.(\w+)$/.exec(lock) ?? [];
    const dir = this.workspace.resolve(path, this.#cwd);
    if (dir !== undefined) this.#open(dir);
    const pkg = this.#loaded.package(path);
    const { toolchain, build } = this.#options;
    // Sizes of the library's types come from its sources.
    return pkg === undefined || toolchain.goroot === "" ? [] : cacheNeighbours(pkg, type, field, build.goarch);
  }

  /** Maps accessed under each lock, by the functions of a package's directory. */
  guardedMaps(dir: string): Map<string, Set<string>> {
    const paths = this.#loaded.paths(dir);
    const functions = paths.flatMap((path) => [...this.#unitsOf(path).values()].flatMap((unit) => unit.functions));
    return guardedMaps(this.#program, functions);
  }

  /** Where the local variable that a finding's object names is declared; undefined for fields and package variables. */
  declared(object: string): Location | undefined {
    const [, id = "", local = "", name = ""] = /^(.+)\/((\w+)@\d+)$/.exec(object) ?? [];
    const facts = this.#program.functions.get(id);
    const offset = facts?.offsets.get(local);
    if (facts === undefined || offset === undefined) return undefined;
    const start = facts.anchor.base + offset;
    return this.location(facts.anchor.path, start, start + name.length);
  }

  /** What was read. */
  get packages(): ReadPackages {
    return this.#loaded;
  }

  /** Directories whose packages are loaded or adopted. */
  get directories(): string[] {
    return this.#loaded.directories;
  }

  /** Files of the packages in a directory. */
  paths(dir: string): string[] {
    return this.#loaded.files(dir);
  }

  /** A file's syntax. */
  tree(path: string): Tree | undefined {
    this.#open(dirname(path));
    return this.sources.get(path)?.tree;
  }

  /** Line and column translation of a loaded file. */
  positions(path: string): Positions | undefined {
    return this.sources.positions(path);
  }

  location(path: string, start: number, end: number): Location {
    return this.sources.location(path, start, end);
  }

  line(path: string, line: number): string {
    return this.sources.line(path, line);
  }
}
