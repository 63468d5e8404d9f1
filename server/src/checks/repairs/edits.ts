import { Kind, type Node, type Tree } from "../../syntax/tree.ts";

/** A replacement of bytes `[start, end)` of a file. */
export interface Edit {
  readonly path: string;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A statement list: what a statement's parent is. */
function isList(kind: Kind): boolean {
  return kind === Kind.BlockStmt || kind === Kind.CaseClause || kind === Kind.CommClause;
}

/** Nodes from the root down to the smallest one that covers `[start, end)`. */
export function chainAt(tree: Tree, start: number, end: number): Node[] {
  const chain = [tree.root];
  let at = tree.root;
  for (;;) {
    const next = tree.children(at).find((child) => tree.start(child) <= start && tree.end(child) >= end);
    if (next === undefined) return chain;
    chain.push(next);
    at = next;
  }
}

/** The innermost whole statement around a range, and the list it stands in. */
export function statementAt(tree: Tree, start: number, end: number): { statement: Node; list: Node } | undefined {
  const chain = chainAt(tree, start, end);
  for (let i = chain.length - 1; i > 0; i--) {
    const statement = chain[i] ?? 0;
    const list = chain[i - 1] ?? 0;
    if (!isList(tree.kind(list))) continue;
    if (tree.kind(list) === Kind.CaseClause && isCaseExpression(tree, list, statement)) continue;
    if (tree.kind(statement) === Kind.CaseClause || tree.kind(statement) === Kind.CommClause) continue;
    return { statement, list };
  }
  return undefined;
}

function isCaseExpression(tree: Tree, clause: Node, node: Node): boolean {
  const count = tree.flags(clause) >> 1;
  return tree.children(clause).indexOf(node) < count;
}

/** The innermost function (declaration or literal) around an offset. */
export function functionAt(tree: Tree, offset: number): Node {
  const chain = chainAt(tree, offset, offset);
  for (let i = chain.length - 1; i >= 0; i--) {
    const node = chain[i] ?? 0;
    if (tree.kind(node) === Kind.FuncDecl || tree.kind(node) === Kind.FuncLit) return node;
  }
  return 0;
}

/** The top-level declaration around an offset. */
export function declarationAt(tree: Tree, offset: number): Node {
  return chainAt(tree, offset, offset)[1] ?? 0;
}

/** Is there a node below (not inside function literals) for which `test` holds? */
export function contains(tree: Tree, node: Node, test: (node: Node) => boolean): boolean {
  for (const child of tree.children(node)) {
    if (test(child)) return true;
    if (tree.kind(child) !== Kind.FuncLit && contains(tree, child, test)) return true;
  }
  return false;
}

export function lineStart(tree: Tree, offset: number): number {
  return tree.lines[tree.line(offset)] ?? 0;
}

export function lineEnd(tree: Tree, offset: number): number {
  const end = tree.src.indexOf(10, offset);
  return end < 0 ? tree.src.length : end;
}

export function indent(tree: Tree, offset: number): string {
  const start = lineStart(tree, offset);
  let end = start;
  while (tree.src[end] === 9 || tree.src[end] === 32) end++;
  return bytes(tree, start, end);
}

export function bytes(tree: Tree, start: number, end: number): string {
  return new TextDecoder().decode(tree.src.subarray(start, end));
}

/** The edit that makes a package known in a file; none where it is imported already, undefined where its name is taken. */
export function importEdits(tree: Tree, path: string, name: string): Edit[] {
  const groups = tree
    .children(tree.root)
    .filter(
      (node) => tree.kind(node) === Kind.GenDecl && bytes(tree, tree.start(node), tree.start(node) + 6) === "import",
    );
  for (const group of groups) {
    for (const spec of tree.children(group)) if (tree.text(tree.last(spec)) === `"${name}"`) return [];
  }
  const first = groups[0];
  if (first === undefined) {
    const at = tree.end(tree.child(tree.root));
    return [{ path, start: at, end: at, text: `\n\nimport "${name}"` }];
  }
  const specs = tree.children(first);
  const grouped = tree.src[tree.end(first) - 1] === 41;
  if (!grouped) return [{ path, start: tree.end(first), end: tree.end(first), text: `\nimport "${name}"` }];
  // Sorted within the first block of imports, as gofmt has them.
  let previous = 0;
  for (const spec of specs) {
    const gap = previous === 0 ? "" : bytes(tree, tree.end(previous), tree.start(spec));
    if (gap.split("\n").length > 2) break;
    if (tree.text(tree.last(spec)) > `"${name}"`) {
      const at = tree.start(spec);
      return [{ path, start: at, end: at, text: `"${name}"\n${indent(tree, at)}` }];
    }
    previous = spec;
  }
  const at = previous === 0 ? tree.end(first) - 1 : tree.end(previous);
  return [{ path, start: at, end: at, text: previous === 0 ? `\n\t"${name}"\n` : `\n${indent(tree, at)}"${name}"` }];
}

/** `text` with the edits made; they must not overlap. */
export function applyEdits(src: Uint8Array, edits: readonly Pick<Edit, "start" | "end" | "text">[]): Uint8Array {
  const ordered = [...edits].sort((a, b) => a.start - b.start || a.end - b.end);
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const edit of ordered) {
    parts.push(src.subarray(at, edit.start), new TextEncoder().encode(edit.text));
    at = edit.end;
  }
  parts.push(src.subarray(at));
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let used = 0;
  for (const part of parts) {
    out.set(part, used);
    used += part.length;
  }
  return out;
}
