import { Kind, type Node, type Tree } from "./tree.ts";

/** `T.f` of the struct field whose name stands at an offset, or the package variable's name; undefined elsewhere. */
export function fieldAt(tree: Tree, offset: number): string | undefined {
  for (const declaration of tree.children(tree.root)) {
    if (tree.kind(declaration) !== Kind.GenDecl || !covers(tree, declaration, offset)) continue;
    for (const spec of tree.children(declaration)) {
      if (!covers(tree, spec, offset)) continue;
      if (tree.kind(spec) === Kind.TypeSpec) return ofStruct(tree, spec, offset);
      if (tree.kind(spec) === Kind.ValueSpec) return nameAt(tree, spec, offset);
    }
  }
  return undefined;
}

function ofStruct(tree: Tree, spec: Node, offset: number): string | undefined {
  const type = tree.last(spec);
  if (tree.kind(type) !== Kind.StructType) return undefined;
  for (const list of tree.children(type)) {
    for (const field of tree.children(list)) {
      const name = covers(tree, field, offset) ? nameAt(tree, field, offset) : undefined;
      if (name !== undefined) return `${tree.name(tree.child(spec))}.${name}`;
    }
  }
  return undefined;
}

/** The one of a field's or variable's names that stands at the offset. */
function nameAt(tree: Tree, node: Node, offset: number): string | undefined {
  const names = tree.flags(node) >> 1;
  for (let index = 0; index < names; index++) {
    const name = tree.nth(node, index);
    if (covers(tree, name, offset)) return tree.name(name);
  }
  return undefined;
}

function covers(tree: Tree, node: Node, offset: number): boolean {
  return tree.start(node) <= offset && offset <= tree.end(node);
}
