import type { Finding } from "../../../../common/src/finding.ts";
import { Kind, type Node } from "../../syntax/tree.ts";
import { bytes, type Edit, functionAt, importEdits, lineEnd, lineStart } from "./edits.ts";
import type { Repair, Trees } from "./repair.ts";

/** Clones the map where it is fetched, under the lock. */
export function cloneUnderLock(finding: Finding, trees: Trees): Repair[] {
  const at = finding.fetched;
  const tree = at === undefined ? undefined : trees.tree(at.path);
  if (at === undefined || tree === undefined) return [];
  // A function on one line that gets long is no longer one line to gofmt.
  const line = lineEnd(tree, at.start) - lineStart(tree, at.start);
  if (line > 80 && bytes(tree, lineStart(tree, at.start), at.start).startsWith("func ")) return [];
  const edits: Edit[] = [
    ...importEdits(tree, at.path, "maps"),
    { path: at.path, start: at.start, end: at.end, text: `maps.Clone(${bytes(tree, at.start, at.end)})` },
  ];
  return [{ title: "Copy the map under the lock", preferred: !finding.primary.kind.startsWith("w"), edits }];
}

/** Hands on a copy: of `updates <- counts` and `v.Store(counts)`, where `counts` is changed behind it. */
export function cloneAtHandOff(finding: Finding, trees: Trees): Repair[] {
  const { path, start, end } = finding.primary.location;
  const tree = trees.tree(path);
  if (tree === undefined) return [];
  const name = /^(?:(?:delete|clear|len)\()?([\p{L}_][\p{L}\p{N}_]*)[[,)]/u.exec(bytes(tree, start, end))?.[1];
  if (name === undefined) return [];
  const given: Node[] = [];
  const visit = (node: Node) => {
    for (const child of tree.children(node)) {
      const kind = tree.kind(child);
      const message = kind === Kind.SendStmt || isStore(tree.text(child), kind) ? tree.last(child) : 0;
      if (message !== 0 && tree.kind(message) === Kind.Ident && tree.name(message) === name) given.push(message);
      visit(child);
    }
  };
  visit(functionAt(tree, start));
  if (given.length === 0) return [];
  const edits: Edit[] = importEdits(tree, path, "maps");
  for (const node of given)
    edits.push({ path, start: tree.start(node), end: tree.end(node), text: `maps.Clone(${name})` });
  return [{ title: `Hand on a copy of ${name}`, preferred: true, edits }];
}

function isStore(text: string, kind: Kind): boolean {
  return kind === Kind.CallExpr && /^[\w.]+\.(Store|Swap)\(/.test(text);
}
