import type { Finding } from "../../../../common/src/finding.ts";
import { Kind, type Node, type Tree } from "../../syntax/tree.ts";
import { bytes, contains, type Edit, indent, lineEnd, lineStart, statementAt } from "./edits.ts";
import type { Repair, Trees } from "./repair.ts";

/** A lock's own call that stands as a statement. */
interface LockStatement {
  readonly node: Node;
  /** `Lock`, `RUnlock` ... */
  readonly method: string;
}

/** Moves `Unlock` down behind the access, or `Lock` up before it, where both stand in one list of statements. */
export function extendSection(finding: Finding, trees: Trees): Repair[] {
  const { guard, primary } = finding;
  const { path, start, end } = primary.location;
  const tree = trees.tree(path);
  const found = tree === undefined ? undefined : statementAt(tree, start, end);
  if (tree === undefined || found === undefined || guard === undefined || guard.text === "") return [];
  const all = tree.children(found.list);
  const at = all.indexOf(found.statement);
  if (contains(tree, found.statement, (node) => tree.kind(node) === Kind.FuncLit)) return [];
  const before = nearest(tree, all.slice(0, at).reverse(), guard.text, /^R?Unlock$/);
  const after = nearest(tree, all.slice(at + 1), guard.text, /^R?Lock$/);
  const reads = ["read", "len", "iterate", "clone", "reflect", "operand"].includes(primary.kind);
  if (before !== undefined && fits(before, reads) && isPlain(tree, all.slice(all.indexOf(before.node) + 1, at + 1)))
    return moved(tree, path, before.node, found.statement, "down", guard.text);
  if (after !== undefined && fits(after, reads) && isPlain(tree, all.slice(at, all.indexOf(after.node))))
    return moved(tree, path, after.node, found.statement, "up", guard.text);
  return [];
}

function nearest(tree: Tree, statements: readonly Node[], lock: string, method: RegExp): LockStatement | undefined {
  for (const node of statements) {
    const call = tree.kind(node) === Kind.ExprStmt ? tree.text(tree.child(node)) : "";
    const name = call.startsWith(`${lock}.`) && call.endsWith("()") ? call.slice(lock.length + 1, -2) : "";
    if (name === "") continue;
    return method.test(name) ? { node, method: name } : undefined;
  }
  return undefined;
}

/** A write needs more than the read lock. */
function fits({ method }: LockStatement, reads: boolean): boolean {
  return reads || !method.startsWith("R");
}

/** Nothing between that leaves, waits or calls something that may want the lock itself. */
function isPlain(tree: Tree, statements: readonly Node[]): boolean {
  return statements.every((statement) => {
    const kinds = [Kind.ReturnStmt, Kind.GoStmt, Kind.DeferStmt, Kind.BranchStmt, Kind.SelectStmt, Kind.SendStmt];
    const kind = tree.kind(statement);
    if (kinds.includes(kind) && !(kind === Kind.ReturnStmt && statement === statements[statements.length - 1]))
      return false;
    return !contains(tree, statement, (node) => kinds.includes(tree.kind(node)) || isForeignCall(tree, node));
  });
}

const harmless =
  /^(len|cap|append|make|new|copy|delete|clear|min|max|string|int|maps\.\w+|fmt\.Sprint\w*|errors\.New)$/;

function isForeignCall(tree: Tree, node: Node): boolean {
  return tree.kind(node) === Kind.CallExpr && !harmless.test(tree.text(tree.child(node)));
}

function moved(
  tree: Tree,
  path: string,
  lock: Node,
  statement: Node,
  direction: "up" | "down",
  guard: string,
): Repair[] {
  const own = lineStart(tree, tree.start(lock)) + indent(tree, tree.start(lock)).length === tree.start(lock);
  const text = bytes(tree, tree.start(lock), tree.end(lock));
  if (!own || lineEnd(tree, tree.start(lock)) !== tree.end(lock)) return [];
  const from = lineStart(tree, tree.start(lock));
  const removed: Edit = { path, start: from, end: lineEnd(tree, tree.end(lock)) + 1, text: "" };
  const space = indent(tree, tree.start(statement));
  if (direction === "down" && tree.kind(statement) === Kind.ReturnStmt) return [];
  const at = direction === "up" ? lineStart(tree, tree.start(statement)) : lineEnd(tree, tree.end(statement)) + 1;
  const added: Edit = { path, start: at, end: at, text: `${space}${text}\n` };
  const what = direction === "up" ? `Take ${guard} earlier` : `Hold ${guard} until here`;
  return [{ title: what, preferred: false, edits: [removed, added] }];
}
