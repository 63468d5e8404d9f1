import type { AccessReport, Finding } from "../../../../common/src/finding.ts";
import { Kind, type Node, type Tree } from "../../syntax/tree.ts";
import { type Edit, functionAt, statementAt } from "./edits.ts";
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
  // The lock is held already: it is another value's that is missing.
  if (primary.locks.includes(guard.text)) return [];
  const lock = (one: AccessReport) => lockAt(tree, one, finding.map, guard.text);
  const shared = guard.shared && sameFunction.every((one) => reads.has(one.kind));
  const edits = lockSections(
    tree,
    primary.location.path,
    sameFunction.map((one) => ({
      start: one.location.start,
      end: one.location.end,
      calls: lockCalls(lock(one), shared),
    })),
  );
  return edits === undefined ? [] : [{ title: `Lock with ${lock(primary)}`, preferred: true, edits }];
}

/** The guard by the name the map's owner has at the access: `x.mu` for `x.rows` where `x` is `v` of another type. */
function lockAt(tree: Tree, access: AccessReport, map: string, guard: string): string {
  const { start, end } = access.location;
  const found = statementAt(tree, start, end);
  const [base = "", ...rest] = guard.split(".");
  if (found === undefined || rest.length === 0) return guard;
  const text = tree.text(found.statement);
  if (new RegExp(`\\b${base}\\b`).test(text)) return guard;
  const owner = new RegExp(`([\\w.]+)\\.${map}\\b`).exec(text)?.[1];
  const asserted = new RegExp(`\\b${owner ?? ""}(, \\w+)? := ${base}\\.\\(`);
  const same = owner !== undefined && asserted.test(tree.text(functionAt(tree, start)));
  return same ? [owner, ...rest].join(".") : guard;
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
