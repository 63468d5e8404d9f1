import { Tok } from "../syntax/token.ts";
import { Kind, type Node, type Tree } from "../syntax/tree.ts";

/** What a condition tells of a flag that lets one goroutine run at a time. */
export interface Latch {
  /** Atom of the field that is to be set before the start: `if !s.running`. 0 where asking sets it: `if s.busy.CompareAndSwap(...)`. */
  readonly field: number;
  /** The identifier that leads to it. */
  readonly base: Node;
  /** The condition holds where the goroutine may be started. */
  readonly open: boolean;
}

/** What only one caller gets true from until it is undone; a `tryNext` of one's own may answer so every time. */
const taking = /^(CompareAndSwap|TryLock)$/;

/** Of the condition of an `if`; undefined for most. */
export function latchOf(tree: Tree, condition: Node): Latch | undefined {
  let node = tree.unparen(condition);
  let holds = true;
  while (tree.kind(node) === Kind.UnaryExpr && tree.tok(node) === Tok.Not) {
    holds = !holds;
    node = tree.unparen(tree.child(node));
  }
  if (tree.kind(node) === Kind.SelectorExpr)
    return { field: fieldAtom(tree, node), base: tree.unparen(tree.child(node)), open: !holds };
  if (tree.kind(node) !== Kind.CallExpr) return undefined;
  const callee = tree.unparen(tree.child(node));
  if (tree.kind(callee) !== Kind.SelectorExpr || !taking.test(tree.name(tree.next(tree.child(callee)))))
    return undefined;
  const owner = tree.unparen(tree.child(callee));
  return {
    field: 0,
    base: tree.kind(owner) === Kind.SelectorExpr ? tree.unparen(tree.child(owner)) : owner,
    open: holds,
  };
}

/** Atom of the field that is set by `s.running = true`; 0 for other assignments. */
export function setField(tree: Tree, target: Node, source: Node): number {
  if (tree.kind(target) !== Kind.SelectorExpr || tree.kind(source) !== Kind.Ident) return 0;
  return tree.name(source) === "true" ? fieldAtom(tree, target) : 0;
}

function fieldAtom(tree: Tree, selector: Node): number {
  return tree.atom(tree.next(tree.child(selector)));
}
