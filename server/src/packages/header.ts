import { parse } from "../syntax/parser.ts";
import { Kind, type Tree } from "../syntax/tree.ts";

/** Import paths of a Go file; nothing after its imports is read. */
export function importsOf(src: Uint8Array): string[] {
  return importPaths(parse(src, { header: true }));
}

export function importPaths(tree: Tree): string[] {
  return tree.children(tree.root).flatMap((declaration) => {
    if (tree.kind(declaration) !== Kind.GenDecl) return [];
    return tree.children(declaration).flatMap((spec) => {
      const path = tree.children(spec).find((part) => tree.kind(part) === Kind.BasicLit);
      return tree.kind(spec) !== Kind.ImportSpec || path === undefined ? [] : [tree.text(path).slice(1, -1)];
    });
  });
}
