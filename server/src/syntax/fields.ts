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

/** Fields and package variables declared with a map type, as `T.field` or `name`, with the offset where each ends. */
export function mapDeclarations(tree: Tree): { readonly name: string; readonly end: number }[] {
  const found: { name: string; end: number }[] = [];
  for (const declaration of tree.children(tree.root)) {
    if (tree.kind(declaration) !== Kind.GenDecl) continue;
    for (const spec of tree.children(declaration)) {
      if (tree.kind(spec) === Kind.ValueSpec) {
        const names = tree.flags(spec) >> 1;
        const value = tree.nth(spec, names);
        const made = tree.kind(value) === Kind.CompositeLit ? tree.child(value) : madeType(tree, value);
        if (names === 1 && tree.kind(made) === Kind.MapType)
          found.push({ name: tree.name(tree.child(spec)), end: tree.end(tree.child(spec)) });
      } else if (tree.kind(spec) === Kind.TypeSpec && tree.kind(tree.last(spec)) === Kind.StructType) {
        for (const field of tree.children(tree.child(tree.last(spec)))) {
          const names = tree.flags(field) >> 1;
          const type = tree.nth(field, names);
          if (names === 1 && tree.kind(type) === Kind.MapType)
            found.push({ name: `${tree.name(tree.child(spec))}.${tree.name(tree.child(field))}`, end: tree.end(type) });
        }
      }
    }
  }
  return found;
}

/** The type of `make(map[K]V)`; else the node itself, which may be a type. */
function madeType(tree: Tree, value: Node): Node {
  if (tree.kind(value) !== Kind.CallExpr || tree.name(tree.child(value)) !== "make") return value;
  return tree.nth(value, 1);
}
