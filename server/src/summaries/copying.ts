import { none } from "../base/lists.ts";
import { Tok } from "../syntax/token.ts";
import { Kind, type Node, type Tree } from "../syntax/tree.ts";

/**
 * Variables that get a copy before the first write: `if !copied { m = maps.Clone(m); copied = true }`. Behind it they hold
 * what the body gave them, whichever way led there, for nothing else sets the flag. `whole`: the declaration around it.
 */
export function copiedFirst(tree: Tree, whole: Node, condition: Node, body: Node): readonly Node[] {
  const negation = tree.unparen(condition);
  if (tree.kind(negation) !== Kind.UnaryExpr || tree.tok(negation) !== Tok.Not) return none;
  const flag = tree.unparen(tree.child(negation));
  if (tree.kind(flag) !== Kind.Ident) return none;
  const given = assigned(tree, body);
  if (!given.some((one) => isFlag(tree, one, flag) && isWord(tree, one.value, "true"))) return none;
  const variables = given.filter((one) => !isFlag(tree, one, flag)).map(({ target }) => target);
  if (variables.length === 0) return none;
  return new Flagged(tree, flag, variables).holds(whole) ? variables : none;
}

interface Assigned {
  /** An identifier. */
  readonly target: Node;
  /** 0 where several values come from one call. */
  readonly value: Node;
}

/** What the statements of a block give to variables, those of blocks within left out. */
function assigned(tree: Tree, block: Node): readonly Assigned[] {
  const found: Assigned[] = [];
  for (const statement of tree.children(block)) found.push(...targets(tree, statement, Tok.Assign));
  return found;
}

function targets(tree: Tree, statement: Node, op: Tok): readonly Assigned[] {
  if (tree.kind(statement) !== Kind.AssignStmt || (tree.flags(statement) & 0xff) !== op) return none;
  const count = tree.flags(statement) >> 8;
  const all = tree.children(statement);
  return all
    .slice(0, count)
    .map((target, index) => ({ target, value: all.length === 2 * count ? (all[count + index] ?? 0) : 0 }))
    .filter(({ target }) => tree.kind(target) === Kind.Ident);
}

function isFlag(tree: Tree, { target }: Assigned, flag: Node): boolean {
  return tree.atom(target) === tree.atom(flag);
}

function isWord(tree: Tree, node: Node, word: string): boolean {
  return node !== 0 && tree.kind(node) === Kind.Ident && tree.name(node) === word;
}

/** Looks whether a flag is set where variables are given their copies, and nowhere else, and those nothing else. */
class Flagged {
  readonly #tree: Tree;
  readonly #flag: number;
  /** How often each name is declared: twice may be two variables. */
  readonly #declared = new Map<number, number>();
  #assignments = 0;
  /** Of these, those in blocks that give all of them a value, the flag true. */
  #together = 0;

  constructor(tree: Tree, flag: Node, variables: readonly Node[]) {
    this.#tree = tree;
    this.#flag = tree.atom(flag);
    for (const one of [flag, ...variables]) this.#declared.set(tree.atom(one), 0);
  }

  holds(whole: Node): boolean {
    if (!this.#isKept(whole) || this.#assignments > this.#together) return false;
    for (const [name, times] of this.#declared) if (times > 1 || (times === 0 && name === this.#flag)) return false;
    return true;
  }

  #isKept(node: Node): boolean {
    const tree = this.#tree;
    switch (tree.kind(node)) {
      case Kind.BlockStmt:
      case Kind.CaseClause:
        this.#together += this.#countTogether(node);
        break;
      case Kind.AssignStmt:
        this.#assignments += targets(tree, node, Tok.Assign).filter((one) => this.#isOurs(one.target)).length;
        for (const one of targets(tree, node, Tok.Define)) if (!this.#declare(one.target, one.value)) return false;
        break;
      case Kind.ValueSpec:
        if (!this.#declareAll(node)) return false;
        break;
      case Kind.UnaryExpr:
        // Who has the address may set it.
        if (tree.tok(node) === Tok.And && this.#isOurs(tree.unparen(tree.child(node)))) return false;
        break;
      case Kind.RangeStmt:
        if (this.#isOurs(tree.child(node)) || this.#isOurs(tree.next(tree.child(node)))) return false;
        break;
      default:
    }
    for (let child = tree.child(node); child !== 0; child = tree.next(child)) if (!this.#isKept(child)) return false;
    return true;
  }

  #isOurs(node: Node): boolean {
    return this.#declared.has(this.#tree.atom(node));
  }

  #countTogether(block: Node): number {
    const tree = this.#tree;
    const ours = assigned(tree, block).filter(({ target }) => this.#isOurs(target));
    const flag = ours.find(({ target }) => tree.atom(target) === this.#flag);
    const all = ours.length === this.#declared.size && flag !== undefined && isWord(tree, flag.value, "true");
    return all ? ours.length : 0;
  }

  #declareAll(spec: Node): boolean {
    const tree = this.#tree;
    const names = tree.flags(spec) >> 1;
    const values = names + (tree.flags(spec) & 1);
    for (let i = 0; i < names; i++) {
      const value = tree.nth(spec, values + i);
      if (!this.#declare(tree.nth(spec, i), value)) return false;
    }
    return true;
  }

  /** `value`: 0 for none, which is false. */
  #declare(name: Node, value: Node): boolean {
    const atom = this.#tree.atom(name);
    const times = this.#declared.get(atom);
    if (times === undefined) return true;
    this.#declared.set(atom, times + 1);
    return atom !== this.#flag || value === 0 || isWord(this.#tree, value, "false");
  }
}
