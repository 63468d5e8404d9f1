import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "../../server/src/syntax/parser.ts";
import { changesOf, shownBytes, surfaceOf } from "../../server/src/syntax/surface.ts";
import { atoms } from "../../server/src/syntax/token.ts";

const before = `package p

import "sync"

type Cache struct {
	mu    sync.Mutex
	items map[string]int
	Size  int
}

type Base struct{ N int }

type Reader interface{ Read() int }

var Shown = made()

func made() Cache { return Cache{} }

func (c *Cache) Get(key string) int { return c.items[key] }

func other() int { return 1 }
`;

const read = (text: string) => parse(new TextEncoder().encode(text));
const words = (names: ReadonlySet<number>) => [...names].map((name) => atoms.text(name)).sort();

/** What changes when a text of the file becomes another one: names, fields, types; for the package itself, and for others. */
function changed(from: string, to: string, inside: boolean) {
  assert.ok(before.includes(from));
  const after = before.replace(from, to);
  const { names, fields, layout } = changesOf(surfaceOf([read(before)]), surfaceOf([read(after)]), inside, ["m/p"]);
  return [words(names), words(fields), [...layout].sort()];
}

for (const [what, from, to, inside, outside] of [
  ["a body", "return 1", "return 2", [[], [], []], [[], [], []]],
  ["a comment", "type Base", "// Base is one.\ntype Base", [[], [], []], [[], [], []]],
  ["a new field", "\tmu ", "\tcount int\n\tmu ", [[], ["count"], ["m/p.Cache"]], [[], [], ["m/p.Cache"]]],
  ["an exported field", "Size  int", "Size  int64", [[], ["Size"], ["m/p.Cache"]], [[], ["Size"], ["m/p.Cache"]]],
  ["half a field", "\tmu ", "\tco\n\tmu ", [[], ["co"], ["m/p.Cache"]], [[], [], ["m/p.Cache"]]],
  [
    "a slash where a declaration should be",
    "var Shown = made()",
    "var (\n\tShown = made()\n\t/\n)",
    [[], [], []],
    [[], [], []],
  ],
  ["a statement where a field should be", "\tmu ", "\tc.other.Get()\n\tmu ", [[], [], []], [[], [], []]],
  [
    "a struct begun twice",
    "type Base",
    "type Cache struct {\n\ntype Base",
    [["Cache", "Get", "Shown", "made"], [], ["m/p.Cache"]],
    [["Cache", "Get", "Shown"], [], ["m/p.Cache"]],
  ],
  [
    "fields in another order",
    "\tmu    sync.Mutex\n\titems map[string]int\n",
    "\titems map[string]int\n\tmu    sync.Mutex\n",
    [[], [], ["m/p.Cache"]],
    [[], [], ["m/p.Cache"]],
  ],
] as const)
  test(`a changed declaration is noticed by no more than it has to be: ${what}`, () => {
    assert.deepEqual(changed(from, to, true), inside);
    assert.deepEqual(changed(from, to, false), outside);
  });

test("what a changed declaration gives its names to is noticed, too", () => {
  const [embedding] = changed("\tmu ", "\tBase\n\tmu ", true);
  for (const name of ["Base", "Cache", "made", "Shown", "Get"]) assert.ok(embedding?.includes(name), name);
  const [method, , types] = changed("Get(key string) int", "Get(key string) int64", true);
  assert.ok(method?.includes("Get"));
  assert.deepEqual(types, ["m/p.Cache"]);
  const [hidden] = changed("func made() Cache", "func made() *Cache", false);
  assert.deepEqual(hidden, ["Shown"], "a variable takes its type from a function that is not exported");
  const [wider] = changed("Read() int", "Read() int\n\tClose() int", true);
  assert.ok(wider?.includes("Reader"), "other types have the methods of an interface now");
});

test("of functions that are not exported others see what a variable takes its type from", () => {
  const shown = (text: string) => Buffer.concat(shownBytes([read(text)])).toString();
  assert.equal(shown(before.replace("func other() int", "func other() string")), shown(before));
  assert.notEqual(shown(before.replace("func made() Cache", "func made() *Cache")), shown(before));
  assert.notEqual(shown(before.replace("Get(key string)", "Get(key int)")), shown(before));
});
