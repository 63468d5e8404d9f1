import type { MarkState } from "../../../common/src/contention.ts";
import { Kind, type Tree } from "../syntax/tree.ts";

/** Where a line stood, in terms that survive edits elsewhere: its function, its text, which of equal lines, its neighbours. */
export interface Anchor {
  /** `T.M` or `F`; empty outside of functions. */
  readonly function: string;
  /** The line without leading, trailing and doubled blanks. */
  readonly text: string;
  /** Which of the function's lines with this text, from 0, and how many there are. */
  readonly occurrence: number;
  readonly count: number;
  /** Texts of the nearest lines with content, the nearest first. */
  readonly before: readonly string[];
  readonly after: readonly string[];
  /** Line from 1 when the anchor was made. */
  readonly line: number;
}

interface Declared {
  readonly name: string;
  /** Lines from 0, the end included. */
  readonly from: number;
  readonly to: number;
}

const neighbours = 3;

/** The lines of one version of a file, for making and finding anchors. */
export class AnchoredFile {
  readonly #lines: readonly string[];
  /** In source order. */
  readonly #declared: readonly Declared[];
  readonly #byName = new Map<string, Declared>();

  constructor(tree: Tree) {
    this.#lines = new TextDecoder().decode(tree.src).split("\n").map(normalise);
    this.#declared = declarations(tree);
    for (const one of this.#declared) if (!this.#byName.has(one.name)) this.#byName.set(one.name, one);
  }

  /** The declaration that holds a line (from 1). */
  functionAt(line: number): Declared | undefined {
    let low = 0;
    let high = this.#declared.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const one = this.#declared[middle];
      if (one === undefined) return undefined;
      if (line - 1 < one.from) high = middle - 1;
      else if (line - 1 > one.to) low = middle + 1;
      else return one;
    }
    return undefined;
  }

  /** Line (from 1) at which a function is declared. */
  declaredAt(name: string): number | undefined {
    const found = this.#byName.get(name);
    return found === undefined ? undefined : found.from + 1;
  }

  anchor(line: number): Anchor | undefined {
    const text = this.#lines[line - 1];
    if (text === undefined || text === "") return undefined;
    const scope = this.#scope(this.functionAt(line)?.name ?? "");
    const same = this.#same(text, scope);
    return {
      function: scope.name,
      text,
      occurrence: same.indexOf(line - 1),
      count: same.length,
      before: this.#around(line - 1, -1, scope),
      after: this.#around(line - 1, 1, scope),
      line,
    };
  }

  /** Where an anchored line stands now; undefined where it was deleted. */
  locate(anchor: Anchor): { line: number; state: MarkState } | undefined {
    const scope = this.#scope(anchor.function);
    const same = this.#same(anchor.text, scope);
    const at = same.length === anchor.count ? same[anchor.occurrence] : this.#vote(same, anchor, scope);
    if (at !== undefined) return { line: at + 1, state: at + 1 === anchor.line ? "exact" : "moved" };
    const changed = this.#between(anchor, scope);
    return changed === undefined ? undefined : { line: changed + 1, state: "changed" };
  }

  /** The function's lines; the whole file's where there is no such function. */
  #scope(name: string): Declared {
    const whole = { name: "", from: 0, to: this.#lines.length - 1 };
    return name === "" ? whole : (this.#byName.get(name) ?? whole);
  }

  #same(text: string, { from, to }: Declared): number[] {
    const found: number[] = [];
    for (let line = from; line <= to; line++) if (this.#lines[line] === text) found.push(line);
    return found;
  }

  /** Of equal lines, the one whose neighbours are most alike; undefined where none is alike or two are alike the same. */
  #vote(candidates: readonly number[], anchor: Anchor, scope: Declared): number | undefined {
    let best: number | undefined;
    let most = 0;
    let tie = false;
    for (const line of candidates) {
      const score =
        alike(this.#around(line, -1, scope), anchor.before) + alike(this.#around(line, 1, scope), anchor.after);
      if (score === most) tie = true;
      if (score <= most) continue;
      [best, most, tie] = [line, score, false];
    }
    return tie ? undefined : best;
  }

  /** The one line that stands between the old neighbours: its text was changed. */
  #between(anchor: Anchor, scope: Declared): number | undefined {
    const [before, after] = [anchor.before[0], anchor.after[0]];
    if (before === undefined || after === undefined) return undefined;
    const found: number[] = [];
    for (const above of this.#same(before, scope)) {
      const line = this.#next(above, 1, scope);
      const below = line === undefined ? undefined : this.#next(line, 1, scope);
      if (line !== undefined && below !== undefined && this.#lines[below] === after) found.push(line);
    }
    return found.length === 1 ? found[0] : undefined;
  }

  #next(line: number, step: 1 | -1, { from, to }: Declared): number | undefined {
    for (let at = line + step; at >= from && at <= to; at += step) if (this.#lines[at] !== "") return at;
    return undefined;
  }

  #around(line: number, step: 1 | -1, scope: Declared): string[] {
    const texts: string[] = [];
    let at = this.#next(line, step, scope);
    while (at !== undefined && texts.length < neighbours) {
      texts.push(this.#lines[at] ?? "");
      at = this.#next(at, step, scope);
    }
    return texts;
  }
}

function normalise(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

function alike(a: readonly string[], b: readonly string[]): number {
  let score = 0;
  for (let i = 0; i < Math.min(a.length, b.length); i++) if (a[i] === b[i]) score += neighbours - i;
  return score;
}

function declarations(tree: Tree): Declared[] {
  const found: Declared[] = [];
  for (const node of tree.children(tree.root)) {
    if (tree.kind(node) !== Kind.FuncDecl) continue;
    const hasReceiver = (tree.flags(node) & 1) !== 0;
    const name = tree.name(tree.nth(node, hasReceiver ? 1 : 0));
    const receiver = hasReceiver ? receiverName(tree, tree.child(node)) : "";
    found.push({
      name: receiver === "" ? name : `${receiver}.${name}`,
      from: tree.line(tree.start(node)),
      to: tree.line(Math.max(tree.start(node), tree.end(node) - 1)),
    });
  }
  return found;
}

/** `T` of `(t *T[K, V])`. */
function receiverName(tree: Tree, list: number): string {
  const field = tree.child(list);
  let type = field === 0 ? 0 : tree.last(field);
  for (;;) {
    const kind = tree.kind(type);
    if (kind === Kind.Ident) return tree.name(type);
    if (kind !== Kind.StarExpr && kind !== Kind.ParenExpr && kind !== Kind.IndexExpr && kind !== Kind.IndexListExpr)
      return "";
    type = tree.child(type);
    if (type === 0) return "";
  }
}
