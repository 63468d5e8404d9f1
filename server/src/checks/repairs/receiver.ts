import type { Finding } from "../../../../common/src/finding.ts";
import { Kind } from "../../syntax/tree.ts";
import { declarationAt } from "./edits.ts";
import type { Repair, Trees } from "./repair.ts";

/** A value receiver becomes a pointer, so that all calls lock the same mutex. */
export function pointerReceiver(finding: Finding, trees: Trees): Repair[] {
  const { path, start } = finding.primary.location;
  const tree = trees.tree(path);
  if (tree === undefined) return [];
  const declaration = declarationAt(tree, start);
  if (tree.kind(declaration) !== Kind.FuncDecl || (tree.flags(declaration) & 1) === 0) return [];
  const field = tree.child(tree.child(declaration));
  const type = tree.last(field);
  if (tree.kind(type) === Kind.StarExpr) return [];
  const at = tree.start(type);
  return [{ title: "Use a pointer receiver", preferred: true, edits: [{ path, start: at, end: at, text: "*" }] }];
}
