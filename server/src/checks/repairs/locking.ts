import { Kind, type Node, type Tree } from "../../syntax/tree.ts";
import { bytes, contains, type Edit, functionAt, indent, lineEnd, lineStart, statementAt } from "./edits.ts";

/** The two calls that go around a statement. */
export interface LockCalls {
  /** The lock, `s.mu`. */
  readonly base: string;
  readonly lock: string;
  readonly unlock: string;
}

export function lockCalls(base: string, shared: boolean): LockCalls {
  return shared
    ? { base, lock: `${base}.RLock()`, unlock: `${base}.RUnlock()` }
    : { base, lock: `${base}.Lock()`, unlock: `${base}.Unlock()` };
}

/** Places a lock goes around, each with its calls. */
export interface Section {
  readonly start: number;
  readonly end: number;
  readonly calls: LockCalls;
}

/** Edits that put every range under its lock; undefined where one of them cannot be, without changing what the code does. */
export function lockSections(tree: Tree, path: string, sections: readonly Section[]): Edit[] | undefined {
  const targets = new Map<Node, { list: Node; calls: LockCalls }>();
  for (const section of sections) {
    const found = statementAt(tree, section.start, section.end);
    if (found === undefined) return undefined;
    targets.set(found.statement, { list: found.list, calls: section.calls });
  }
  const outer = [...targets].filter(
    ([node]) =>
      ![...targets.keys()].some(
        (other) => other !== node && tree.start(other) <= tree.start(node) && tree.end(other) >= tree.end(node),
      ),
  );
  // Blocks on one line are written anew, each as a whole.
  const lines = [...targets.values()].filter(({ list }) => isOneLine(tree, list)).map(({ list }) => list);
  if (lines.some((one) => lines.some((other) => other !== one && holds(tree, other, one)))) return undefined;
  if (new Set(lines).size < lines.length) return undefined;
  const edits: Edit[] = [];
  for (const [statement, { list, calls }] of outer) {
    const made = lockStatement(tree, path, statement, list, calls);
    if (made === undefined) return undefined;
    edits.push(...made);
  }
  return edits;
}

function holds(tree: Tree, outer: Node, inner: Node): boolean {
  return tree.start(outer) <= tree.start(inner) && tree.end(outer) >= tree.end(inner);
}

function lockStatement(tree: Tree, path: string, statement: Node, list: Node, calls: LockCalls): Edit[] | undefined {
  const inner = innerCalls(tree, statement, calls.base);
  if (inner === undefined) return undefined;
  const returns = tree.kind(statement) === Kind.ReturnStmt || contains(tree, statement, (node) => leaves(tree, node));
  if (returns && !mayDefer(tree, statement, list, calls)) return undefined;
  if (isOneLine(tree, list) && neighbours(tree, list)) return undefined;
  if (isOneLine(tree, list)) return rewriteBlock(tree, path, list, statement, calls, returns);
  if (lineStart(tree, tree.start(statement)) + indent(tree, tree.start(statement)).length !== tree.start(statement))
    return undefined;
  const space = indent(tree, tree.start(statement));
  const before = lineStart(tree, tree.start(statement));
  const removed = inner.map(
    (call): Edit => ({
      path,
      start: lineStart(tree, tree.start(call)),
      end: lineEnd(tree, tree.end(call)) + 1,
      text: "",
    }),
  );
  if (returns) {
    return [
      ...removed,
      { path, start: before, end: before, text: `${space}${calls.lock}\n${space}defer ${calls.unlock}\n` },
    ];
  }
  const after = lineEnd(tree, tree.end(statement));
  return [
    ...removed,
    { path, start: before, end: before, text: `${space}${calls.lock}\n` },
    { path, start: after, end: after, text: `\n${space}${calls.unlock}` },
  ];
}

/** The lock's own calls inside a statement, to be moved out; undefined where they cannot be. */
function innerCalls(tree: Tree, statement: Node, base: string): Node[] | undefined {
  const calls: Node[] = [];
  let plain = true;
  const visit = (node: Node) => {
    for (const child of tree.children(node)) {
      const text = tree.kind(child) === Kind.CallExpr ? tree.text(child) : "";
      if (
        text === `${base}.Lock()` ||
        text === `${base}.Unlock()` ||
        text === `${base}.RLock()` ||
        text === `${base}.RUnlock()`
      ) {
        if (tree.kind(node) === Kind.ExprStmt) calls.push(node);
        else plain = false;
      }
      visit(child);
    }
  };
  visit(statement);
  return plain && calls.length % 2 === 0 ? calls : undefined;
}

/** Leaves the statement early: an unlock behind it would be missed. */
function leaves(tree: Tree, node: Node): boolean {
  const kind = tree.kind(node);
  return (
    kind === Kind.ReturnStmt ||
    (kind === Kind.BranchStmt && tree.child(node) !== 0) ||
    tree.text(node).startsWith("panic(")
  );
}

/** May the lock be held until the function ends? */
function mayDefer(tree: Tree, statement: Node, list: Node, calls: LockCalls): boolean {
  const owner = functionAt(tree, tree.start(statement));
  const body = tree.last(owner);
  const last = tree.last(list) === statement;
  // Inside a loop a deferred unlock comes too late for the next round.
  const inLoop = contains(tree, body, (node) => {
    const kind = tree.kind(node);
    return (
      (kind === Kind.ForStmt || kind === Kind.RangeStmt) &&
      node !== statement &&
      tree.start(node) <= tree.start(statement) &&
      tree.end(node) >= tree.end(statement)
    );
  });
  if (inLoop && tree.kind(statement) !== Kind.ReturnStmt) return false;
  const rest = bytes(tree, tree.end(statement), tree.end(body));
  return last || tree.kind(statement) === Kind.ReturnStmt || !rest.includes(`${calls.base}.`);
}

function isOneLine(tree: Tree, list: Node): boolean {
  return tree.kind(list) === Kind.BlockStmt && tree.line(tree.start(list)) === tree.line(tree.end(list) - 1);
}

/** Functions on one line right above or below: gofmt aligns their bodies, and would move them. */
function neighbours(tree: Tree, list: Node): boolean {
  const owner = functionAt(tree, tree.start(list));
  if (tree.kind(owner) !== Kind.FuncDecl || tree.last(owner) !== list) return false;
  const from = lineStart(tree, tree.start(owner));
  const above = from === 0 ? "" : bytes(tree, lineStart(tree, from - 1), from - 1);
  const next = lineEnd(tree, tree.end(owner)) + 1;
  const below = bytes(tree, next, lineEnd(tree, next));
  return [above, below].some((line) => /^func .*\}$/.test(line));
}

/** `{ a; b }` on one line, opened up with the lock inside. */
function rewriteBlock(
  tree: Tree,
  path: string,
  list: Node,
  statement: Node,
  calls: LockCalls,
  returns: boolean,
): Edit[] {
  const outer = indent(tree, tree.start(list));
  const lines: string[] = [];
  for (const child of tree.children(list)) {
    if (child === statement) lines.push(calls.lock);
    if (child === statement && returns) lines.push(`defer ${calls.unlock}`);
    lines.push(tree.text(child));
    if (child === statement && !returns) lines.push(calls.unlock);
  }
  const text = `{\n${lines.map((line) => `${outer}\t${line}\n`).join("")}${outer}}`;
  return [{ path, start: tree.start(list), end: tree.end(list), text }];
}
