import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "../../server/src/syntax/parser.ts";
import { Kind, type Tree } from "../../server/src/syntax/tree.ts";
import { goroot, goTool } from "../harness/tools.ts";

function goFiles(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".go"))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** Node-kind counts and a hash of all identifier offsets, as test/go/syntaxdump prints them. */
function dump(tree: Tree): string {
  const counts = new Map<string, number>();
  let hash = 0;
  const walk = (node: number) => {
    const kind = Kind[tree.kind(node)] ?? "?";
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
    if (tree.kind(node) === Kind.Ident) hash = (Math.imul(hash, 31) + tree.end(node)) >>> 0;
    for (let child = tree.child(node); child !== 0; child = tree.next(child)) walk(child);
  };
  walk(tree.root);
  return [String(hash), ...[...counts].map(([kind, count]) => `${kind}=${count}`).sort()].join(" ");
}

/** Declarations and where they stand, whether or not their bodies were read. */
function topLevel(tree: Tree): string {
  return String(tree.children(tree.root).map((node) => [tree.kind(node), tree.start(node), tree.end(node)]));
}

test("every file go/parser accepts is accepted, with the same identifiers and node kinds", () => {
  const files = [join(goroot(), "src"), join(goroot(), "test")].flatMap(goFiles);
  const theirs = goTool("syntaxdump", files.join("\n"));
  assert.equal(theirs.status, 0, theirs.stderr);
  const lines = theirs.stdout.split("\n").filter((line) => line !== "");
  assert.equal(lines.length, files.length);
  const wrong: string[] = [];
  let accepted = 0;
  for (const line of lines) {
    const [path = "", verdict, hash = "", ...counts] = line.split("\t");
    if (verdict !== "accept") continue;
    accepted++;
    const tree = parse(readFileSync(path));
    const ours = dump(tree);
    const expected = [hash, ...counts.sort()].join(" ");
    if (tree.errors.length > 0) wrong.push(`${path}: ${tree.errors[0]?.message} at ${tree.errors[0]?.offset}`);
    else if (topLevel(tree) !== topLevel(parse(tree.src, { bodies: false }))) wrong.push(`${path}: bodies left out`);
    else if (ours !== expected) wrong.push(`${path}:\n  ours   ${ours}\n  theirs ${expected}`);
  }
  assert.ok(accepted > 5000, `only ${accepted} files were compared`);
  assert.deepEqual(wrong.slice(0, 10), []);
});
