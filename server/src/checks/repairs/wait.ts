import type { Finding } from "../../../../common/src/finding.ts";
import { Kind } from "../../syntax/tree.ts";
import { bytes, contains, type Edit, lineEnd, lineStart, statementAt } from "./edits.ts";
import { defined, type Repair, type Trees } from "./repair.ts";

/** Moves a read behind the wait that follows it. */
export function moveBehindWait(finding: Finding, trees: Trees): Repair[] {
  const { path, start, end } = finding.primary.location;
  const tree = trees.tree(path);
  const found = tree === undefined ? undefined : statementAt(tree, start, end);
  if (tree === undefined || found === undefined) return [];
  const { statement, list } = found;
  const all = tree.children(list);
  const rest = all.slice(all.indexOf(statement) + 1);
  const index = rest.findIndex((one) => tree.kind(one) === Kind.ExprStmt && /^<-|\.Wait\(\)$/.test(tree.text(one)));
  const wait = rest[index];
  if (wait === undefined || contains(tree, statement, (node) => tree.kind(node) === Kind.ReturnStmt)) return [];
  const names = defined(tree, statement);
  const between = rest
    .slice(0, index + 1)
    .map((one) => tree.text(one))
    .join("\n");
  if (names.some((name) => new RegExp(`\\b${name}\\b`).test(between))) return [];
  const from = lineStart(tree, tree.start(statement));
  const to = lineEnd(tree, tree.end(statement)) + 1;
  const behind = lineEnd(tree, tree.end(wait)) + 1;
  const edits: Edit[] = [
    { path, start: from, end: to, text: "" },
    { path, start: behind, end: behind, text: bytes(tree, from, to) },
  ];
  return [{ title: "Move behind the wait", preferred: true, edits }];
}
