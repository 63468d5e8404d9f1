import { parse } from "../syntax/parser.ts";
import { Tok } from "../syntax/token.ts";
import { Kind, type Tree } from "../syntax/tree.ts";

/** Import paths of a Go file; nothing after its imports is read. */
export function importsOf(src: Uint8Array): string[] {
  return importPaths(parse(src, { header: true }));
}

export function importPaths(tree: Tree): string[] {
  const paths: string[] = [];
  for (let at = tree.child(tree.root); at !== 0; at = tree.next(at)) {
    if (tree.kind(at) !== Kind.GenDecl || tree.tok(at) !== Tok.Import) continue;
    for (let spec = tree.child(at); spec !== 0; spec = tree.next(spec)) {
      const path = tree.children(spec).find((part) => tree.kind(part) === Kind.BasicLit);
      if (path !== undefined) paths.push(tree.text(path).slice(1, -1));
    }
  }
  return paths;
}
