import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { parse } from "../../server/src/syntax/parser.ts";
import { Kind, type Node, type Tree } from "../../server/src/syntax/tree.ts";
import { long, seed } from "../harness/random.ts";
import { root } from "../harness/tools.ts";

const runs = long ? 200_000 : 20_000;

function functions(tree: Tree): string[] {
  return tree
    .children(tree.root)
    .filter((node) => tree.kind(node) === Kind.FuncDecl)
    .map((node) => tree.name(tree.nth(node, tree.flags(node) & 1)));
}

function text(source: string): Tree {
  return parse(new TextEncoder().encode(source));
}

const whole = `package p

import "sync"

func first() { x := 1; _ = x }

func damaged() {
	m := map[string]int{}
	if m["a"] == 1 {
		m["b"] = 2
	}
}

type T struct{ mu sync.Mutex }

func (t *T) method() { t.mu.Lock() }

func last() {}
`;

const damages: readonly [string, string, string][] = [
  ["a missing closing brace", '\t\tm["b"] = 2\n\t}\n}', '\t\tm["b"] = 2\n\t}\n'],
  ["two missing closing braces", '\t\tm["b"] = 2\n\t}\n}', '\t\tm["b"] = 2\n'],
  ["a half-typed selector", 'm["b"] = 2', "m."],
  ["a half-typed call", 'm["b"] = 2', "foo(m,"],
  ["a half-typed composite literal", 'm["b"] = 2', "x := []int{1, 2"],
  ["an unterminated string", 'm["b"] = 2', 'm["b] = 2'],
  ["a stray closing parenthesis", 'm["b"] = 2', 'm["b"]) = 2'],
  ["a half-typed if", 'if m["a"] == 1 {', "if m[ {"],
  ["a keyword that is no statement", 'm["b"] = 2', "case else import"],
];

for (const [name, from, to] of damages) {
  test(`recovery: ${name} stays inside its function`, () => {
    const source = whole.replace(from, to);
    assert.notEqual(source, whole);
    const tree = text(source);
    assert.ok(tree.errors.length > 0);
    const names = functions(tree);
    for (const survivor of ["first", "damaged", "method", "last"])
      assert.ok(names.includes(survivor), `${survivor} is lost: ${names.join(", ")}`);
    assert.ok(
      tree.children(tree.root).some((node) => tree.kind(node) === Kind.GenDecl && tree.text(node).startsWith("type T")),
    );
  });
}

const lists = `package p

import (
	"fmt"
	"sync"
)

const (
	first = 1
	second = 2
)

type T struct {
	a int
	mu sync.Mutex
}

type I interface {
	First() int
	Second() fmt.Stringer
}

func last() {}
`;

/** Names of imports, constants, fields and methods. */
function members(source: string): string[] {
  const tree = text(source);
  return tree.children(tree.root).flatMap((declaration) =>
    tree.children(declaration).flatMap((spec) => {
      const type = tree.last(spec);
      const kind = tree.kind(type);
      const inner = kind === Kind.StructType || kind === Kind.InterfaceType ? tree.children(tree.child(type)) : [spec];
      return inner.map((one) => tree.text(tree.child(one)));
    }),
  );
}

test("recovery: a half-typed line of a list of declarations keeps the others", () => {
  const all = ['"fmt"', '"sync"', "first", "second", "a", "mu", "First", "Second"];
  for (const typed of ["/", "//", "count :", "count := len(n", "count := len(names)", "if x {", "x}", "}}", ") = 2"]) {
    for (const place of ['\t"fmt"\n', "\tfirst = 1\n", "\ta int\n", "\tFirst() int\n"]) {
      const kept = members(lists.replace(place, `${place}\t${typed}\n`));
      const closes = typed.includes(place.includes("int\n") ? "}" : ")") && !typed.includes("(");
      if (closes) continue;
      for (const one of all) assert.ok(kept.includes(one), `${typed} behind ${place} loses ${one}: ${kept.join(" ")}`);
    }
  }
});

/** Kinds and places of a node and all below it; `base`: where places count from. */
function shape(tree: Tree, node: Node, base: number): string {
  const below = tree.children(node).map((child) => shape(tree, child, base));
  return `${tree.kind(node)} ${tree.flags(node)} ${tree.start(node) - base}(${below.join()})`;
}

test("a function that ends nowhere says the same, whatever declaration follows it", () => {
  const source = readFileSync(join(root, "test/fixtures/damage.go"), "utf8");
  const tree = text(source);
  const declared = tree.children(tree.root).filter((node) => tree.kind(node) === Kind.FuncDecl);
  const bodies = declared.map((node) => tree.text(node)).filter((one) => one.includes("{\n"));
  fc.assert(
    fc.property(fc.nat(), fc.nat(), (which, at) => {
      const body = bodies[which % bodies.length] ?? "";
      const head = body.indexOf("{\n") + 2;
      const typed = `package p\n\n${body.slice(0, head + (at % (body.length - head)))}`;
      if (parse(new TextEncoder().encode(typed)).errors.length === 0) return;
      const shapes = ["", "type T struct{}\n", "func last() {}\n", "var last int\n"].map((next) => {
        const damaged = text(`${typed}\n${next}`);
        const first = damaged.children(damaged.root).find((node) => damaged.kind(node) === Kind.FuncDecl) ?? 0;
        return shape(damaged, first, 0);
      });
      assert.deepEqual(new Set(shapes).size, 1, typed);
    }),
    { numRuns: long ? 20_000 : 2_000, seed },
  );
});

test("statements before and after the damage survive", () => {
  const tree = text("package p\n\nfunc f() {\n\ta := 1\n\tb.\n\tc := 3\n\t_, _ = a, c\n}\n\nfunc g() {}\n");
  assert.deepEqual(functions(tree), ["f", "g"]);
  const body = tree.last(tree.children(tree.root).find((node) => tree.kind(node) === Kind.FuncDecl) ?? 0);
  const statements = tree.children(body).map((node) => tree.text(node));
  assert.ok(statements.includes("a := 1"));
  assert.ok(
    statements.some((one) => one.includes("c := 3")),
    statements.join(" | "),
  );
});

test("byte order mark, CRLF and non-ASCII identifiers", () => {
  const tree = text("\uFEFFpackage größe\r\n\r\nfunc Übung(π int) int {\r\n\treturn π\r\n}\r\n");
  assert.deepEqual(tree.errors, []);
  assert.deepEqual(functions(tree), ["Übung"]);
});

test("invalid UTF-8 and NUL bytes are errors of the file, not of the program", () => {
  const tree = parse(
    Uint8Array.from([
      ...Buffer.from("package p\nfunc f() { x := "),
      0xff,
      0xfe,
      0x00,
      ...Buffer.from(" }\nfunc g() {}\n"),
    ]),
  );
  assert.ok(functions(tree).includes("g"));
});

test("nesting without end is an error, not a stack overflow", () => {
  const tree = text(`package p\n\nfunc f() { x := ${"(".repeat(200_000)} }\n\nfunc g() {}\n`);
  assert.ok(tree.errors.some((error) => error.message === "nesting too deep"));
  assert.ok(functions(tree).includes("g"));
});

test("random damage and truncation never throw, and functions before the damage survive", () => {
  const source = readFileSync(join(root, "test/fixtures/damage.go"));
  const intact = functions(parse(source));
  assert.ok(intact.length >= 10);
  const starts = parse(source);
  const ends = starts
    .children(starts.root)
    .filter((node) => starts.kind(node) === Kind.FuncDecl)
    .map((node) => starts.end(node));
  const damage = fc.record({
    at: fc.nat(source.length - 1),
    remove: fc.nat(40),
    insert: fc.oneof(
      fc.uint8Array({ maxLength: 12 }),
      fc
        .constantFrom("{", "}", "(", ")", "func", '"', "`", "/*", "\n", "case ", "[", "]", ".")
        .map((one) => new TextEncoder().encode(one)),
    ),
    cut: fc.boolean(),
  });
  fc.assert(
    fc.property(damage, ({ at, remove, insert, cut }) => {
      const damaged = Buffer.concat([
        source.subarray(0, at),
        insert,
        cut ? Buffer.alloc(0) : source.subarray(at + remove),
      ]);
      const names = functions(parse(damaged));
      const before = intact.filter((_, index) => (ends[index] ?? 0) <= at);
      assert.deepEqual(names.slice(0, before.length), before);
      // Who imports a package reads it without its bodies, and is to see the same of it.
      assert.deepEqual(functions(parse(damaged, { bodies: false })), names);
    }),
    { numRuns: runs, seed },
  );
});

test("damage to one function leaves the later ones alone", () => {
  const source = readFileSync(join(root, "test/fixtures/damage.go"), "utf8");
  const intact = functions(text(source));
  const body = source.indexOf("// damage here");
  assert.ok(body > 0);
  fc.assert(
    fc.property(
      fc.constantFrom(
        "{",
        "}",
        "(",
        "x.",
        "if {",
        "for i := range",
        "y := []int{",
        "foo(",
        "case",
        "a[",
        "go func() {",
        "switch x {",
      ),
      (piece) => {
        const names = functions(text(`${source.slice(0, body)}\n\t${piece}\n\t${source.slice(body)}`));
        for (const name of intact) assert.ok(names.includes(name), `${piece}: ${name} is lost`);
      },
    ),
    { numRuns: 200 },
  );
});
