import type { Location } from "../../../common/src/finding.ts";
import type { Files } from "../base/files.ts";
import { contentDigest } from "../base/fingerprint.ts";
import { lineStarts, Positions } from "../base/positions.ts";
import type { Sources } from "../checks/report.ts";
import type { Directive } from "../checks/suppression.ts";
import type { GoFile } from "../packages/load.ts";
import type { Problem } from "../packages/workspace.ts";
import { aboutFile } from "./about.ts";
import type { FileSummary } from "./facts.ts";

/** As much of a digest as it takes: nobody gains by two versions of a file that pass for one, and nothing packs it. */
const digits = 14;

/** The files of an analysis: their syntax, what their comments say, and where offsets are in them. */
export class SourceFiles implements Sources {
  readonly #files: Files;
  readonly #problems: Problem[];
  readonly #fileOf = new Map<string, GoFile>();
  readonly #positions = new Map<string, Positions>();
  /** Files whose facts were adopted, and their hashes. */
  readonly #adopted = new Map<string, Pick<FileSummary, "hash" | "generated">>();
  /** Files that say of some findings that they are intended. */
  readonly directives = new Map<string, readonly Directive[]>();
  /** Maps and the locks that comments declare for them, by file. */
  readonly guards = new Map<string, readonly (readonly [map: string, lock: string])[]>();

  constructor(files: Files, problems: Problem[]) {
    this.#files = files;
    this.#problems = problems;
  }

  get(path: string): GoFile | undefined {
    return this.#fileOf.get(path);
  }

  knows(path: string): boolean {
    return this.#fileOf.has(path) || this.#adopted.has(path);
  }

  /** Takes a file of the package `pkg`; answers whether the guards it declares are other ones than before. */
  keep(file: GoFile, pkg: string): boolean {
    this.#fileOf.set(file.path, file);
    this.#adopted.delete(file.path);
    this.#positions.delete(file.path);
    const { directives, guards: declared } = aboutFile(file);
    if (directives.length === 0) this.directives.delete(file.path);
    else this.directives.set(file.path, directives);
    const guards = declared.map(({ name, lock }): [string, string] => [`${pkg}.${name}`, lock]);
    if (String(this.guards.get(file.path) ?? "") === String(guards)) return false;
    if (guards.length === 0) this.guards.delete(file.path);
    else this.guards.set(file.path, guards);
    return true;
  }

  summary(file: GoFile): FileSummary {
    const { path, tree, generated } = file;
    const { hash, declared, imports } = aboutFile(file);
    return {
      path,
      hash: hash.slice(0, digits),
      declared: declared.slice(0, digits),
      bytes: tree.src.length,
      generated,
      imports,
      directives: this.directives.get(path) ?? [],
      guards: this.guards.get(path) ?? [],
    };
  }

  /** Takes what is known of a file that is read only where a finding names it. */
  adopt({ path, hash, generated, directives, guards }: FileSummary): void {
    if (directives.length > 0) this.directives.set(path, directives);
    if (guards.length > 0) this.guards.set(path, guards);
    this.#adopted.set(path, { hash, generated });
  }

  isGenerated(path: string): boolean {
    return (this.#fileOf.get(path) ?? this.#adopted.get(path))?.generated === true;
  }

  positions(path: string): Positions | undefined {
    let positions = this.#positions.get(path);
    if (positions === undefined) {
      const file = this.#fileOf.get(path);
      positions = file === undefined ? this.#adoptedPositions(path) : new Positions(file.tree.src, file.tree.lines);
      if (positions === undefined) return undefined;
      this.#positions.set(path, positions);
    }
    return positions;
  }

  #adoptedPositions(path: string): Positions | undefined {
    const hash = this.#adopted.get(path)?.hash;
    if (hash === undefined) return undefined;
    const src = this.#files.read(path);
    if (src === undefined) {
      this.#problems.push({ place: path, message: "cannot be read; its lines are not known" });
      return undefined;
    }
    if (!contentDigest(src).startsWith(hash))
      this.#problems.push({ place: path, message: "has changed since it was summarised; its lines may be wrong" });
    return new Positions(src, lineStarts(src));
  }

  location(path: string, start: number, end: number): Location {
    const nowhere = { path, start, end, line: 1, column: 1, endLine: 1, endColumn: 1 };
    return this.positions(path)?.location(path, start, end) ?? nowhere;
  }

  line(path: string, line: number): string {
    return this.positions(path)?.lineText(line - 1) ?? "";
  }
}
