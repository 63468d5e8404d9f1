import { Kind, type Node, type Tree } from "../../syntax/tree.ts";
import type { Edit } from "./edits.ts";

/** A change that clears a finding. Offsets are bytes of the files as analysed. */
export interface Repair {
  readonly title: string;
  /** The one fix that is certainly meant. */
  readonly preferred: boolean;
  readonly edits: readonly Edit[];
}

/** The syntax of the files a finding names. */
export interface Trees {
  tree(path: string): Tree | undefined;
}

/** Names a short variable declaration declares. */
export function defined(tree: Tree, statement: Node): string[] {
  if (tree.kind(statement) !== Kind.AssignStmt) return [];
  return tree
    .children(statement)
    .slice(0, tree.flags(statement) >> 8)
    .filter((node) => tree.kind(node) === Kind.Ident)
    .map((node) => tree.name(node));
}
