import type { Finding, Location } from "../../../common/src/finding.ts";
import type { Files } from "../base/files.ts";
import { Positions } from "../base/positions.ts";
import { Detector } from "../checks/detect.ts";
import { report, type Sources } from "../checks/report.ts";
import { stubs } from "../knowledge/stubs.ts";
import type { BuildContext } from "../packages/constraints.ts";
import { type GoFile, loadDirectory, type PackageFiles } from "../packages/load.ts";
import { expand } from "../packages/patterns.ts";
import { type Problem, type Toolchain, Workspace } from "../packages/workspace.ts";
import { Locksets } from "../summaries/locks.ts";
import { lowerPackage } from "../summaries/lower.ts";
import { Order } from "../summaries/order.ts";
import { Program } from "../summaries/program.ts";
import { Reaching } from "../summaries/reach.ts";
import { parse } from "../syntax/parser.ts";
import { Package } from "../types/package.ts";

export interface AnalysisOptions {
  readonly files: Files;
  readonly toolchain: Toolchain;
  readonly build: BuildContext;
  readonly tests: boolean;
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
  readonly #dependencies = new Map<string, Package | undefined>();
  readonly #fileOf = new Map<string, GoFile>();
  readonly #positions = new Map<string, Positions>();
  readonly #program = new Program();
  readonly #cwd: string;

  constructor(options: AnalysisOptions, cwd: string) {
    this.#options = options;
    this.#cwd = cwd;
    this.workspace = new Workspace(options.files, options.toolchain, cwd);
    this.problems.push(...this.workspace.problems);
  }

  /** Directories the patterns name. */
  expand(patterns: readonly string[]): string[] {
    return expand(this.#options.files, this.workspace, this.#cwd, patterns, this.problems);
  }

  /** Reads the packages of a directory; findings are up to date after `lower` and `findings`. */
  load(dir: string): void {
    const { files, build, tests } = this.#options;
    for (const known of this.#dirs.get(dir) ?? []) {
      this.#packages.delete(known.path);
      this.#program.remove(known.path);
    }
    const path = this.workspace.importPath(dir) ?? dir;
    const loaded = loadDirectory(files, build, dir, path, { bodies: true, tests }, this.problems);
    this.#dirs.set(dir, loaded);
    for (const one of loaded) {
      this.counts.packages++;
      for (const file of one.files) {
        this.counts.files++;
        this.counts.bytes += file.tree.src.length;
        this.#fileOf.set(file.path, file);
        this.#positions.delete(file.path);
        const first = file.tree.errors[0];
        if (first !== undefined) {
          const at = this.location(file.path, first.offset, first.offset);
          this.problems.push({ place: `${file.path}:${at.line}:${at.column}`, message: first.message });
        }
      }
      this.#packages.set(one.path, new Package(one, (wanted, from) => this.#import(wanted, from)));
    }
  }

  /** Lowers every loaded package of a directory. */
  lower(dir: string): void {
    for (const one of this.#dirs.get(dir) ?? []) {
      const pkg = this.#packages.get(one.path);
      if (pkg === undefined) continue;
      const facts = lowerPackage(
        pkg,
        (path) => this.#packages.has(path),
        (id, error) => this.problems.push({ place: id, message: `internal error, function left out: ${String(error)}` }),
      );
      this.counts.functions += facts.functions.length;
      this.#program.add(facts);
    }
  }

  /** Findings of the whole workspace, or of some packages' maps only. */
  findings(): Finding[] {
    const order = new Order(this.#program);
    const locksets = new Locksets(this.#program);
    const detector = new Detector(this.#program, new Reaching(this.#program, locksets, order), order);
    for (const facts of this.#program.functions.values()) locksets.annotate(facts);
    const found: Finding[] = [];
    for (const [key, uses] of detector.uses(this.#program.functions.values())) {
      for (const conflict of detector.conflicts(key, uses)) found.push(report(conflict, this));
    }
    return found.sort(byPlace);
  }

  location(path: string, start: number, end: number): Location {
    return this.#position(path)?.location(path, start, end) ?? { path, start, end, line: 1, column: 1, endLine: 1, endColumn: 1 };
  }

  line(path: string, line: number): string {
    return this.#position(path)?.lineText(line - 1) ?? "";
  }

  #position(path: string): Positions | undefined {
    let positions = this.#positions.get(path);
    if (positions === undefined) {
      const file = this.#fileOf.get(path);
      if (file === undefined) return undefined;
      positions = new Positions(file.tree.src, file.tree.lines);
      this.#positions.set(path, positions);
    }
    return positions;
  }

  #import(path: string, from: string): Package | undefined {
    if (path === "unsafe" || path === "C") return undefined;
    const dir = this.workspace.resolve(path, from);
    if (dir !== undefined) {
      const own = this.#dirs.get(dir)?.[0];
      if (own !== undefined) return this.#packages.get(own.path);
    }
    const key = dir ?? path;
    if (this.#dependencies.has(key)) return this.#dependencies.get(key);
    this.#dependencies.set(key, undefined);
    const made = this.#dependency(path, dir);
    this.#dependencies.set(key, made);
    return made;
  }

  #dependency(path: string, dir: string | undefined): Package | undefined {
    const { files, build } = this.#options;
    const importer = (wanted: string, from: string) => this.#import(wanted, from);
    if (dir !== undefined) {
      const loaded = loadDirectory(files, build, dir, path, { bodies: false, tests: false }, [])[0];
      if (loaded !== undefined) return new Package(loaded, importer);
    }
    const stub = stubs.get(path);
    if (stub === undefined) {
      this.problems.push({ place: path, message: "package not found; its types stay unknown" });
      return undefined;
    }
    const tree = parse(new TextEncoder().encode(stub), { bodies: false });
    const name = tree.name(tree.child(tree.root));
    return new Package({ path, dir: "", name, files: [{ path, tree, test: false, generated: false }] }, importer);
  }
}

function byPlace(a: Finding, b: Finding): number {
  const one = a.primary.location;
  const two = b.primary.location;
  return one.path < two.path ? -1 : one.path > two.path ? 1 : one.start - two.start || (a.rule < b.rule ? -1 : 1);
}
