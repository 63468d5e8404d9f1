import type { TestItem } from "../../../common/src/tests.ts";
import { Tok } from "./token.ts";
import { Kind, type Node, type Tree } from "./tree.ts";

/** Tests and benchmarks of a file, with subtests whose names stand in the source: literals and table entries. */
export function testsOf(tree: Tree): TestItem[] {
  const found: TestItem[] = [];
  for (const node of tree.children(tree.root)) {
    if (tree.kind(node) !== Kind.FuncDecl || (tree.flags(node) & 1) !== 0) continue;
    const name = tree.name(tree.child(node));
    const match = /^(Test|Benchmark)(?![a-z])/.exec(name);
    if (match === null || name === "TestMain" || !takesOne(tree, node)) continue;
    const kind = match[1] === "Test" ? "test" : "bench";
    found.push(item(tree, node, name, kind, subtests(tree, node, node, name, kind)));
  }
  return found;
}

/** One parameter, `*testing.T` or the like. */
function takesOne(tree: Tree, declaration: Node): boolean {
  const type = tree.nth(declaration, 1);
  const parameters = tree.child(type);
  const only = parameters === 0 ? 0 : tree.child(parameters);
  return only !== 0 && tree.next(only) === 0 && tree.kind(tree.last(only)) === Kind.StarExpr;
}

function item(tree: Tree, node: Node, name: string, kind: TestItem["kind"], children: TestItem[]): TestItem {
  const line = tree.line(tree.start(node)) + 1;
  return { name, kind, line, endLine: tree.line(Math.max(tree.start(node), tree.end(node) - 1)) + 1, children };
}

/** `t.Run("name", func...)` below a node, not those within one another. */
function subtests(tree: Tree, top: Node, declaration: Node, prefix: string, kind: TestItem["kind"]): TestItem[] {
  const found: TestItem[] = [];
  const visit = (node: Node) => {
    const run = runCall(tree, node);
    if (run === undefined) {
      for (const child of tree.children(node)) visit(child);
      return;
    }
    const literal = stringValue(tree, run.name);
    if (literal !== undefined) {
      const name = `${prefix}/${literal}`;
      found.push(item(tree, node, name, kind, subtests(tree, run.body, declaration, name, kind)));
    } else if (tree.kind(run.name) === Kind.SelectorExpr) {
      const field = tree.name(tree.last(run.name));
      for (const entry of tableEntries(tree, declaration, field))
        found.push(item(tree, entry.node, `${prefix}/${entry.name}`, kind, []));
    }
  };
  for (const child of tree.children(top)) visit(child);
  return found;
}

function runCall(tree: Tree, node: Node): { name: Node; body: Node } | undefined {
  if (tree.kind(node) !== Kind.CallExpr) return undefined;
  const [callee = 0, name = 0, body = 0, more] = tree.children(node);
  if (more !== undefined || tree.kind(callee) !== Kind.SelectorExpr || tree.name(tree.last(callee)) !== "Run")
    return undefined;
  return tree.kind(body) === Kind.FuncLit ? { name, body } : undefined;
}

/** Elements `{name: "x", ...}` of the composite literals in a function. */
function tableEntries(tree: Tree, declaration: Node, field: string): { node: Node; name: string }[] {
  const found: { node: Node; name: string }[] = [];
  const visit = (node: Node) => {
    if (tree.kind(node) === Kind.CompositeLit) {
      for (const element of tree.children(node)) {
        if (tree.kind(element) !== Kind.KeyValueExpr || tree.name(tree.child(element)) !== field) continue;
        const name = stringValue(tree, tree.last(element));
        if (name !== undefined) found.push({ node, name });
      }
    }
    for (const child of tree.children(node)) visit(child);
  };
  visit(declaration);
  return found;
}

/** A string literal's value, where it has no escapes but those that JSON has too. */
function stringValue(tree: Tree, node: Node): string | undefined {
  if (tree.kind(node) !== Kind.BasicLit || tree.tok(node) !== Tok.String) return undefined;
  const text = tree.text(node);
  if (text.startsWith("`")) return text.slice(1, -1);
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}
