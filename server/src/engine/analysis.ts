import type { AccessAnswer, Finding, Location, MapFacts } from "../../../common/src/finding.ts";
import type { Files } from "../base/files.ts";
import { dirname } from "../base/paths.ts";
import type { Positions } from "../base/positions.ts";
import type { Conflict, InferredGuard } from "../checks/conflict.ts";
import { Detector, keysOf, UseCache } from "../checks/detect.ts";
import { functionName, report, type Sources } from "../checks/report.ts";
import { type DirectiveRemark, suppress } from "../checks/suppression.ts";
import { whySilent } from "../checks/why.ts";
import { extendModels } from "../knowledge/library.ts";
import type { Models } from "../knowledge/models.ts";
import type { BuildContext } from "../packages/constraints.ts";
import { type GoFile, loadDirectory, loadFile, type PackageFiles } from "../packages/load.ts";
import { expand } from "../packages/patterns.ts";
import { type Problem, type Toolchain, Workspace } from "../packages/workspace.ts";
import type { PackageFacts, Unit } from "../summaries/effects.ts";
import { guardedMaps, keysAt, type LockSite, lockSites } from "../summaries/guards.ts";
import { Locksets } from "../summaries/locks.ts";
import { PackageLowering, sameTable } from "../summaries/lower.ts";
import { moved } from "../summaries/moved.ts";
import { Order } from "../summaries/order.ts";
import type { Place } from "../summaries/place.ts";
import { Program } from "../summaries/program.ts";
import { Reaching } from "../summaries/reach.ts";
import { type CacheNeighbour, cacheNeighbours } from "../summaries/sharing.ts";
import { fieldAt, mapDeclarations } from "../syntax/fields.ts";
import { changedAtoms, inferredAtoms, mentions, surfaceOf } from "../syntax/surface.ts";
import type { Tree } from "../syntax/tree.ts";
import { Package } from "../types/package.ts";
import type { PackageSummary } from "./facts.ts";
import { Imports } from "./imports.ts";
import { toolchainProblems } from "./problems.ts";
import { SourceFiles } from "./sources.ts";

export interface AnalysisOptions {
  readonly files: Files;
  readonly toolchain: Toolchain;
  readonly build: BuildContext;
  readonly tests: boolean;
  /** The user's own lines of the table of known functions, and where they stand. */
  readonly library?: { readonly lines: readonly string[]; readonly place: string };
  /** Packages of the workspace count as sources although they are not loaded: their facts are linked later. */
  readonly apart?: boolean;
  /** Files parsed ahead, by path. */
  readonly ready?: ReadonlyMap<string, GoFile | undefined>;
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
  readonly #dirs = new Map<string, PackageFiles[]>();
  readonly #packages = new Map<string, Package>();
  readonly #imports: Imports;
  readonly #sources: SourceFiles;
  readonly #models: Models;
  readonly #globals = new Map<string, Place>();
  readonly #program = new Program();
  readonly #cwd: string;
  /** Conflicts by map key, as of the last `findings`. */
  #found: Map<string, Conflict[]> | undefined;
  /** Findings that directives hold back, and what is wrong with directives; as of the last `findings`. */
  suppressed: readonly Finding[] = [];
  remarks: readonly DirectiveRemark[] = [];
  #uses = new UseCache();
  /** Functions replaced since. */
  readonly #touched = new Set<string>();
  readonly #touchedKeys = new Set<string>();
  /** Declarations changed since: everything is looked at again. */
  #stale = false;

  constructor(options: AnalysisOptions, cwd: string) {
    this.#options = options;
    this.#cwd = cwd;
    this.#sources = new SourceFiles(options.files, this.problems);
    const { models, problems } = extendModels(options.library?.lines ?? []);
    this.#models = models;
    for (const { line, message } of problems)
      this.problems.push({ place: `${options.library?.place ?? ""}:${line}`, message });
    this.workspace = new Workspace(options.files, options.toolchain, cwd);
    this.problems.push(...this.workspace.problems);
    this.#imports = new Imports(options, this.workspace, this.problems, (dir) => {
      const own = this.#dirs.get(dir)?.[0];
      return own === undefined ? undefined : this.#packages.get(own.path);
    });
    this.problems.push(...toolchainProblems(options.toolchain, options.build, this.workspace));
  }

  /** Directories the patterns name. */
  expand(patterns: readonly string[]): string[] {
    return expand(this.#options.files, this.workspace, this.#cwd, patterns, this.problems);
  }

  /** Reads the packages of a directory; findings are up to date after `lower` and `findings`. */
  load(dir: string): void {
    this.#stale = true;
    for (const { path } of this.#dirs.get(dir) ?? []) this.#program.remove(path);
    this.#read(dir);
  }

  #read(dir: string): void {
    const { files, build, tests, ready } = this.#options;
    for (const known of this.#dirs.get(dir) ?? []) this.#packages.delete(known.path);
    const path = this.workspace.importPath(dir) ?? dir;
    const loaded = loadDirectory(
      files,
      build,
      dir,
      path,
      { bodies: true, tests, ...(ready === undefined ? {} : { ready }) },
      this.problems,
    );
    this.#dirs.set(dir, loaded);
    for (const one of loaded) {
      this.counts.packages++;
      for (const file of one.files) {
        this.counts.files++;
        this.counts.bytes += file.tree.src.length;
        this.#keep(file);
        const first = file.tree.errors[0];
        if (first !== undefined) {
          const at = this.location(file.path, first.offset, first.offset);
          this.problems.push({ place: `${file.path}:${at.line}:${at.column}`, message: first.message });
        }
      }
      this.#packages.set(one.path, new Package(one, (wanted, from) => this.#imports.import(wanted, from)));
    }
  }

  #keep(file: GoFile): void {
    const pkg = this.workspace.importPath(dirname(file.path)) ?? dirname(file.path);
    // Which lock guards a map decides about all its accesses.
    if (this.#sources.keep(file, pkg)) this.#stale = true;
  }

  /** Lowers every loaded package of a directory. */
  lower(dir: string): void {
    for (const facts of this.#lowered(dir)) {
      for (const unit of facts.units.values()) this.counts.functions += unit.functions.length;
      this.#program.add(facts);
    }
  }

  #lowered(dir: string): PackageFacts[] {
    return (this.#dirs.get(dir) ?? []).flatMap(({ path }) => {
      const pkg = this.#packages.get(path);
      return pkg === undefined ? [] : [this.#lowering(pkg).facts()];
    });
  }

  /** Lowers a directory that was lowered before: what says the same as then stays, the rest is looked at again. */
  #relower(dir: string, before: readonly string[]): void {
    const lowered = this.#lowered(dir);
    const same =
      before.length === lowered.length &&
      lowered.every(({ path, methods }) => {
        const known = this.#program.package(path);
        return known !== undefined && sameTable(known.methods, methods);
      });
    if (!same) {
      this.#stale = true;
      for (const path of before) this.#program.remove(path);
      for (const facts of lowered) this.#program.add(facts);
      return;
    }
    for (const { path, units } of lowered) {
      const known = this.#program.package(path)?.units ?? new Map<string, Unit>();
      for (const id of known.keys()) if (!units.has(id)) this.#replace(path, id, undefined);
      for (const [id, unit] of units) {
        const old = known.get(id);
        if (old === undefined || !moved(old, unit)) this.#replace(path, id, unit);
      }
    }
  }

  #lowering(pkg: Package): PackageLowering {
    return new PackageLowering(
      pkg,
      this.#globals,
      this.#models,
      (path) => this.#packages.has(path) || (this.#options.apart === true && this.workspace.owns(path)),
      (id, error) => this.problems.push({ place: id, message: left(error) }),
    );
  }

  /**
   * Takes the new content of one file. Where only bodies changed, the changed functions alone are lowered again;
   * else the package is read anew. Answers false when the file is no part of what was loaded.
   */
  update(path: string): boolean {
    const { files, build } = this.#options;
    const old = this.#sources.get(path);
    const dir = dirname(path);
    const loaded = this.#dirs.get(dir);
    if (loaded === undefined) return false;
    const next = old === undefined ? undefined : loadFile(files, build, path, old.test, true, []);
    const pkg =
      old === undefined
        ? undefined
        : [...loaded.values()].map((one) => this.#packages.get(one.path)).find((one) => one?.files.includes(old));
    if (old === undefined || next === undefined || pkg === undefined || !this.#updateBodies(pkg, old, next)) {
      this.#reload(dir);
    }
    return true;
  }

  /** Reads a package anew, and with it those that name what changed in its declarations. */
  #reload(dir: string): void {
    const trees = (one: string) => (this.#dirs.get(one) ?? []).flatMap(({ files }) => files.map(({ tree }) => tree));
    const paths = (one: string) => (this.#dirs.get(one) ?? []).map(({ path }) => path);
    const before = surfaceOf(trees(dir));
    const lowered = new Map([[dir, paths(dir)]]);
    this.#read(dir);
    const changed = changedAtoms(before, surfaceOf(trees(dir)));
    const reloaded = new Set([dir]);
    for (let known = 0; changed.size > 0 && known !== reloaded.size; ) {
      known = reloaded.size;
      for (const other of this.#dirs.keys()) {
        if (reloaded.has(other) || !trees(other).some((tree) => mentions(tree, changed))) continue;
        reloaded.add(other);
        for (const atom of inferredAtoms(surfaceOf(trees(other)), changed)) changed.add(atom);
      }
    }
    for (const other of reloaded) {
      if (other === dir) continue;
      lowered.set(other, paths(other));
      this.#read(other);
    }
    for (const [other, known] of lowered) this.#relower(other, known);
  }

  #updateBodies(pkg: Package, old: GoFile, next: GoFile): boolean {
    const texts = new Map(pkg.functions.filter((one) => one.file === old).map((one) => [one, old.tree.text(one.node)]));
    // Of functions declared twice the last one counts, which a change of one of them does not tell.
    if (new Set(pkg.functions.map(({ id }) => id)).size !== pkg.functions.length) return false;
    if (!pkg.updateBodies(old, next)) return false;
    this.#keep(next);
    const lowering = this.#lowering(pkg);
    const facts = this.#program.package(pkg.path);
    for (const [declaration, text] of texts) {
      const unit = facts?.units.get(declaration.id);
      if (unit !== undefined && next.tree.text(declaration.node) === text)
        unit.anchor.base = next.tree.start(declaration.node);
      else {
        const lowered = lowering.declaration(declaration);
        // Most keys that are pressed change nothing that an analysis could see.
        if (unit === undefined || lowered === undefined || !moved(unit, lowered))
          this.#replace(pkg.path, declaration.id, lowered);
      }
    }
    for (const [id, base] of lowering.initializerPlaces(next)) {
      const unit = facts?.units.get(id);
      if (unit !== undefined) unit.anchor.base = base;
    }
    return true;
  }

  #replace(path: string, id: string, unit: Unit | undefined): void {
    for (const one of this.#program.package(path)?.units.get(id)?.functions ?? []) {
      this.#touched.add(one.id);
      for (const callee of this.#program.callees(one)) this.#touched.add(callee);
      // A caller's own edges may hang on how this function runs what it is given.
      for (const { caller } of this.#program.callers(one.id)) {
        for (const callee of this.#program.callees(caller)) this.#touched.add(callee);
      }
      // Maps that the old text used may have lost their conflict with it.
      for (const key of keysOf(one, this.#uses)) this.#touchedKeys.add(key);
    }
    for (const one of unit?.functions ?? []) this.#touched.add(one.id);
    this.#program.replace(path, id, unit);
  }

  /** Findings of the whole workspace. After `update` only the maps that the changed functions can affect are looked at again. */
  findings(): Finding[] {
    if (this.#stale) this.#uses = new UseCache();
    const detector = this.#detector();
    const fresh = this.#found === undefined || this.#stale;
    const keys = fresh ? undefined : new Set([...detector.affected(this.#touched), ...this.#touchedKeys]);
    const found = fresh ? new Map<string, Conflict[]>() : (this.#found ?? new Map<string, Conflict[]>());
    for (const key of keys ?? []) found.delete(key);
    const groups = keys === undefined ? detector.uses(this.#program.functions.values()) : detector.usesOf(keys);
    for (const [key, uses] of groups) {
      const conflicts = detector.conflicts(key, uses);
      if (conflicts.length > 0) found.set(key, conflicts);
    }
    this.#found = found;
    this.#stale = false;
    this.#touched.clear();
    this.#touchedKeys.clear();
    // Places are told anew: an edit moves what it does not change.
    const all = [...found.values()].flat().map((conflict) => report(conflict, this));
    const { kept, suppressed, remarks } = suppress(all.sort(byPlace), this.#sources.directives);
    this.suppressed = suppressed;
    this.remarks = remarks;
    return kept;
  }

  /** What `adopt` needs of the packages loaded here. */
  summaries(): PackageSummary[] {
    return [...this.#dirs.values()].flat().flatMap(({ path, files }) => {
      const facts = this.#program.package(path);
      if (facts === undefined) return [];
      return {
        facts,
        files: files.map((file) => this.#sources.summary(file)),
      };
    });
  }

  /** Takes facts for a package that is not read here; its files are looked at where a finding names them. */
  adopt({ facts, files }: PackageSummary): void {
    this.#stale = true;
    this.#program.add(facts);
    this.counts.packages++;
    for (const unit of facts.units.values()) this.counts.functions += unit.functions.length;
    for (const file of files) {
      this.counts.files++;
      this.counts.bytes += file.bytes;
      this.#sources.adopt(file);
    }
  }

  /** Places of package variables, one map for all facts. */
  get globals(): Map<string, Place> {
    return this.#globals;
  }

  #detector(): Detector {
    const order = new Order(this.#program);
    const locksets = new Locksets(this.#program);
    const declared = new Map([...this.#sources.guards.values()].flat());
    return new Detector(this.#program, new Reaching(this.#program, locksets, order), order, this.#uses, declared);
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
    const key = `${this.workspace.importPath(dirname(path)) ?? ""}.${name}`;
    const detector = this.#detector();
    const uses = detector.usesOf(new Set([key])).get(key);
    if (uses === undefined) return undefined;
    const { guard, held, reached } = detector.guarding(key, uses);
    return {
      name,
      guard: guard?.sample.held.place.text(),
      accesses: uses.map((use) => ({
        location: this.location(
          use.facts.anchor.path,
          use.facts.anchor.base + use.access.start,
          use.facts.anchor.base + use.access.end,
        ),
        kind: use.access.kind,
        function: functionName(use.facts),
        guarded: held.has(use) ? "held" : reached.has(use) ? "not held" : "owned",
      })),
    };
  }

  /** Declarations of maps in a file, by the byte offset of their end, with the lock that guards each. */
  guards(path: string): { readonly end: number; readonly guard: string }[] {
    const tree = this.tree(path);
    const pkg = this.workspace.importPath(dirname(path)) ?? "";
    const declared = tree === undefined ? [] : mapDeclarations(tree);
    const detector = this.#detector();
    const groups = detector.usesOf(new Set(declared.map(({ name }) => `${pkg}.${name}`)));
    return declared.flatMap(({ name, end }) => {
      const uses = groups.get(`${pkg}.${name}`);
      const guard = uses === undefined ? undefined : detector.guarding(`${pkg}.${name}`, uses).guard;
      return guard === undefined ? [] : [{ end, guard: guardLabel(guard) }];
    });
  }

  /** For each map access on a line (from 1): why nothing likely is reported of it. */
  whySilent(path: string, line: number): AccessAnswer[] {
    const detector = this.#detector();
    const groups = detector.uses(this.#program.functions.values());
    const answers: AccessAnswer[] = [];
    for (const facts of this.#program.functions.values()) {
      if (facts.anchor.path !== path) continue;
      for (const block of facts.blocks) {
        for (const effect of block.effects) {
          if (effect.op !== "access" || effect.kind === "load") continue;
          const location = this.location(path, facts.anchor.base + effect.start, facts.anchor.base + effect.end);
          if (location.line !== line) continue;
          const map = effect.place.text();
          answers.push({ location, map, kind: effect.kind, answer: whySilent(detector, effect, groups) });
        }
      }
    }
    return answers.sort((a, b) => a.location.start - b.location.start);
  }

  /** Fields that others change in the cache line of a lock, `import/path.Type.field`. */
  cacheNeighbours(lock: string): CacheNeighbour[] {
    const [, path = "", type = "", field = ""] = /^(.*)\.(\w+)\.(\w+)$/.exec(lock) ?? [];
    const pkg = this.#packages.get(path);
    const { toolchain, build } = this.#options;
    // Sizes of the library's types come from its sources.
    return pkg === undefined || toolchain.goroot === "" ? [] : cacheNeighbours(pkg, type, field, build.goarch);
  }

  /** Maps accessed under each lock, by the functions of a package's directory. */
  guardedMaps(dir: string): Map<string, Set<string>> {
    const functions = (this.#dirs.get(dir) ?? []).flatMap(({ path }) =>
      [...(this.#program.package(path)?.units.values() ?? [])].flatMap((unit) => unit.functions),
    );
    return guardedMaps(this.#program, functions);
  }

  knows(path: string): boolean {
    return this.#sources.get(path) !== undefined;
  }

  isGenerated(path: string): boolean {
    return this.#sources.get(path)?.generated === true;
  }

  /** Where the local variable that a finding's object names is declared; undefined for fields and package variables. */
  declared(object: string): Location | undefined {
    const [, id = "", name = "", number = ""] = /^(.+)\/(\w+)@(\d+)$/.exec(object) ?? [];
    const facts = this.#program.functions.get(id);
    const offset = facts?.offsets[Number(number)];
    if (facts === undefined || offset === undefined) return undefined;
    const start = facts.anchor.base + offset;
    return this.location(facts.anchor.path, start, start + name.length);
  }

  /** Files of the packages in a directory. */
  paths(dir: string): string[] {
    return (this.#dirs.get(dir) ?? []).flatMap(({ files }) => files.map(({ path }) => path));
  }

  /** A loaded file's syntax. */
  tree(path: string): Tree | undefined {
    return this.#sources.get(path)?.tree;
  }

  /** Line and column translation of a loaded file. */
  positions(path: string): Positions | undefined {
    return this.#sources.positions(path);
  }

  location(path: string, start: number, end: number): Location {
    return this.#sources.location(path, start, end);
  }

  line(path: string, line: number): string {
    return this.#sources.line(path, line);
  }
}

/** The lock's own name: `mu` of `s.mu`. */
function guardLabel({ sample }: InferredGuard): string {
  return sample.held.place.text().replace(/^.*\.(?=\w)/, "");
}

/** Why a function is not part of the analysis. */
function left(error: unknown): string {
  if (error instanceof RangeError) return "is nested too deeply to be analysed, left out";
  return `internal error, function left out: ${String(error)}`;
}

function byPlace(a: Finding, b: Finding): number {
  const one = a.primary.location;
  const two = b.primary.location;
  return one.path < two.path ? -1 : one.path > two.path ? 1 : one.start - two.start || (a.rule < b.rule ? -1 : 1);
}
