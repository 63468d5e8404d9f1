import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { finish } from "../../server/src/base/steps.ts";
import { Analysis } from "../../server/src/engine/analysis.ts";
import { type PackageSummary, readingFacts, writingFacts } from "../../server/src/engine/facts.ts";
import { disk } from "../../server/src/host/disk.ts";
import { Bytes, Cursor, FactsError, readStrings, writeStrings } from "../../server/src/summaries/bytes/columns.ts";
import type { Effect } from "../../server/src/summaries/effects.ts";
import { inertFunctions, withoutInert } from "../../server/src/summaries/inert.ts";
import { moved } from "../../server/src/summaries/moved.ts";
import { Place, Root } from "../../server/src/summaries/place.ts";
import { readCases } from "../harness/archive.ts";
import { analyse } from "../harness/memory.ts";
import { seed } from "../harness/random.ts";
import { goroot, root } from "../harness/tools.ts";

const write = (packages: readonly PackageSummary[]) => finish(writingFacts(packages, "/m"));
const read = (bytes: Uint8Array, dir = "/m", globals = new Map<string, Place>()) =>
  finish(readingFacts(bytes, dir, globals));

/** Every way to write Go that the fixtures know, a package each. */
function sources(): Record<string, string> {
  const shapes = ["loud", "quiet"].flatMap((kind) => readCases(join(root, "test/fixtures/shapes", kind)));
  const files = Object.fromEntries(shapes.map(({ name, source }) => [`/m/${name}/x.go`, source]));
  for (const kind of ["loud", "quiet"])
    for (const name of readdirSync(join(root, "test/fixtures", kind)).filter((one) => one.endsWith(".go")))
      files[`/m/${kind}_${name.replace(/\W/g, "_")}/x.go`] = readFileSync(
        join(root, "test/fixtures", kind, name),
        "utf8",
      );
  return files;
}

/** Offsets are looked up by name: in what order they stand is no matter. */
function inOrder(entries: unknown[]): unknown[] {
  const offsets = entries.every((one) => Array.isArray(one) && typeof one[1] === "number");
  return offsets ? entries.sort((a, b) => (String(a) < String(b) ? -1 : 1)) : entries;
}

function isIterable(value: object): value is Iterable<unknown> {
  return Symbol.iterator in value;
}

/** Everything of a value as text, where what must stay one object has a number. */
function told(value: unknown): string {
  const numbers = new Map<object, number>();
  const parts = (one: object): unknown =>
    one instanceof Place
      ? [one.parent ?? one.root, one.step, one.depth]
      : isIterable(one)
        ? inOrder([...one])
        : Object.entries({ ...one, ...(one instanceof Root ? { id: one.id } : {}) })
            .filter(([key, of]) => key !== "locks" && of !== undefined)
            .sort(([a], [b]) => (a < b ? -1 : 1));
  const isOne = (one: object) =>
    one instanceof Place ||
    "origin" in one ||
    "base" in one ||
    ("anchor" in one && !("name" in one)) ||
    ("targets" in one && "args" in one && !("op" in one));
  return JSON.stringify(value, (_, one: unknown) => {
    if (typeof one !== "object" || one === null || Array.isArray(one)) return one;
    if (!isOne(one)) return parts(one);
    const known = numbers.get(one);
    if (known !== undefined) return `#${known}`;
    numbers.set(one, numbers.size);
    return { number: numbers.size - 1, is: parts(one) };
  });
}

function summaries(): PackageSummary[] {
  const analysis = analyse(sources());
  return analysis.directories.flatMap((dir) => analysis.summariesOf(dir));
}

const all = summaries();

test("whatever was lowered is written and read again, and what was one object is one", () => {
  assert.ok(all.length > 150, `${all.length} packages`);
  for (const one of all) assert.equal(told(read(write([one]))), told([one]), one.facts.path);
  assert.equal(told(read(write(all))), told(all));
});

test("what was read says the same as what is lowered again", () => {
  const again = new Map(summaries().map(({ facts }) => [facts.path, facts]));
  for (const { facts } of read(write(all)))
    for (const [id, unit] of facts.units) {
      const next = again.get(facts.path)?.units.get(id);
      assert.ok(next !== undefined && moved(unit, next), id);
    }
});

test("packages of the library are written and read again, whole and without what comes to nothing", () => {
  const toolchain = { goroot: goroot(), modcache: "" };
  const build = { goos: "linux", goarch: "amd64", cgo: true, minor: 26, tags: [] };
  const dir = join(goroot(), "src");
  const analysis = new Analysis({ files: disk, toolchain, build, tests: true }, dir);
  const dirs = ["archive/zip", "database/sql", "go/types", "net/http"].map((name) => join(dir, name));
  for (const one of dirs) analysis.load(one);
  const packages = dirs.flatMap((one) => analysis.summarize(one));
  const inert = inertFunctions(packages.map(({ facts }) => facts));
  const needed = packages.map((one) => ({ ...one, facts: withoutInert(one.facts, inert) }));
  for (const some of [packages, needed]) {
    const again = read(write(some));
    assert.equal(told(again), told(some));
    for (const [index, { facts }] of again.entries())
      for (const [id, unit] of facts.units) {
        const was = some[index]?.facts.units.get(id);
        assert.ok(was !== undefined && moved(unit, was), id);
      }
  }
  assert.ok(write(needed).length < 0.95 * write(packages).length);
  const named = (all: readonly PackageSummary[]) =>
    all.map(({ facts }) => [...facts.units.values()].flatMap(({ functions }) => functions.map(({ id }) => id)).sort());
  // All functions are still known; those of which nothing is left stand together.
  assert.deepEqual(named(needed), named(packages));
  const idle = needed.map(({ facts }) => facts.units.get("")?.functions.length ?? 0);
  assert.ok(Math.max(...idle) > 50, String(idle));
});

test("the packages do all that functions can do", () => {
  const effects: Effect[] = all.flatMap(({ facts }) =>
    [...facts.units.values()].flatMap(({ functions }) =>
      functions.flatMap(({ blocks }) => blocks.flatMap((block) => block.effects)),
    ),
  );
  const ops = new Set(effects.map(({ op }) => op));
  const known: Record<Effect["op"], true> = {
    ...({ access: true, lock: true, unlock: true, call: true, spawn: true, publish: true, defer: true } as const),
    ...({ return: true, done: true, wait: true, send: true, receive: true, close: true, drain: true } as const),
  };
  assert.deepEqual([...ops].sort(), Object.keys(known).sort());
  for (const key of ["when", "deferredBy"] as const)
    assert.ok(
      effects.some((effect) => effect[key] !== undefined),
      key,
    );
});

test("places of package variables are the program's own, and paths those of this copy", () => {
  const source = "package p\n\nvar cache = map[string]int{}\n\nfunc put(k string) { cache[k]++ }\n";
  const analysis = analyse({ "/m/p/p.go": source });
  const bytes = write(analysis.summariesOf("/m/p"));
  const globals = new Map<string, Place>();
  const [first, second] = [read(bytes, "/elsewhere", globals), read(bytes, "/elsewhere", globals)];
  const places = [first, second].map((packages) => {
    const unit = packages[0]?.facts.units.get("example.com/m/p.put");
    assert.equal(unit?.anchor.path, "/elsewhere/p/p.go");
    const [access] = unit.functions.flatMap(({ blocks }) => blocks.flatMap(({ effects }) => effects));
    return access?.op === "access" ? access.place : undefined;
  });
  assert.ok(places[0] !== undefined && places[0] === places[1]);
  assert.equal(globals.get("example.com/m/p.cache"), places[0]);
});

test("strings are read as they were written", () => {
  // Letters of two halves that share the first, half a letter, what stands between strings.
  const halves = ["\u{1f600}", "\u{1f601}", "\ud83d", "\u0001"];
  const common = fc.constantFrom("", "a long common start", "a long common startle", "\u0000/x", ...halves.slice(0, 2));
  const anyStrings = fc.array(fc.oneof(fc.string({ unit: "binary" }), common));
  fc.assert(
    fc.property(anyStrings, fc.boolean(), (some, rare) => {
      const strings = rare ? [...some, ...halves] : some;
      const bytes = new Bytes();
      writeStrings(strings, bytes);
      assert.deepEqual(readStrings(new Cursor(bytes.bytes)), strings);
    }),
    { seed, numRuns: 300 },
  );
});

test("damaged bytes are refused or read as something else, never more", () => {
  const busiest = all.toSorted((a, b) => b.facts.units.size - a.facts.units.size).slice(0, 4);
  for (const bytes of busiest.map((one) => write([one]))) {
    const refused = (damaged: Uint8Array) => {
      try {
        read(damaged);
      } catch (error) {
        assert.ok(error instanceof FactsError, String(error));
      }
    };
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        (changes) => {
          const damaged = Uint8Array.from(bytes);
          for (const [at, byte] of changes) damaged[at] = byte;
          refused(damaged);
        },
      ),
      { seed, numRuns: 1000 },
    );
    for (let length = 0; length < bytes.length; length++)
      assert.throws(() => read(bytes.subarray(0, length)), FactsError);
  }
});
