import type { Finding } from "../../../../common/src/finding.ts";
import { Kind, type Node } from "../../syntax/tree.ts";
import { type Edit, functionAt } from "./edits.ts";
import { lockCalls, lockSections } from "./locking.ts";
import type { Repair, Trees } from "./repair.ts";

const reads = new Set(["read", "len", "iterate", "clone", "reflect"]);

/** Takes the guard around the primary access and the others of its function that miss it. */
export function lockWithGuard(finding: Finding, trees: Trees): Repair[] {
  const { guard, primary } = finding;
  const tree = trees.tree(primary.location.path);
  if (guard === undefined || tree === undefined || guard.text === "" || guard.text.includes("[")) return [];
  const sameFunction = [
    primary,
    ...[finding.other, ...finding.more].filter(
      (one) =>
        one.function === primary.function &&
        one.location.path === primary.location.path &&
        !one.locks.includes(guard.text),
    ),
  ];
  const shared = guard.shared && sameFunction.every((one) => reads.has(one.kind));
  const calls = lockCalls(guard.text, shared);
  const edits = lockSections(
    tree,
    primary.location.path,
    sameFunction.map((one) => ({ start: one.location.start, end: one.location.end, calls })),
  );
  return edits === undefined ? [] : [{ title: `Lock with ${guard.text}`, preferred: true, edits }];
}

/** `RLock` becomes `Lock` in the function that writes. */
export function writeLock(finding: Finding, trees: Trees): Repair[] {
  const { guard, primary } = finding;
  const tree = trees.tree(primary.location.path);
  if (tree === undefined || guard === undefined || guard.text === "") return [];
  const edits: Edit[] = [];
  const visit = (node: Node) => {
    for (const child of tree.children(node)) {
      visit(child);
      if (tree.kind(child) !== Kind.SelectorExpr || tree.text(tree.child(child)) !== guard.text) continue;
      const name = tree.last(child);
      const plain = tree.name(name).replace(/^R(Lock|Unlock)$/, "$1");
      if (plain !== tree.name(name))
        edits.push({ path: primary.location.path, start: tree.start(name), end: tree.end(name), text: plain });
    }
  };
  visit(functionAt(tree, primary.location.start));
  return edits.length === 0 ? [] : [{ title: `Take the write lock of ${guard.text}`, preferred: true, edits }];
}
