import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { Interner } from "../../server/src/base/interner.ts";
import { finish } from "../../server/src/base/steps.ts";
import { type ReadDirectory, ReadingAhead } from "../../server/src/engine/ahead.ts";
import { Analysis } from "../../server/src/engine/analysis.ts";
import { Arrivals, LoweringAhead } from "../../server/src/engine/arrivals.ts";
import { packingFacts } from "../../server/src/engine/recall.ts";
import { disk } from "../../server/src/host/disk.ts";
import { Workspace } from "../../server/src/packages/workspace.ts";
import type { PackageFacts } from "../../server/src/summaries/effects.ts";
import { testsAreLeft } from "../../server/src/summaries/lower.ts";
import { parse } from "../../server/src/syntax/parser.ts";
import { type Room, SharedRoom } from "../../server/src/syntax/room.ts";
import { Tree } from "../../server/src/syntax/tree.ts";
import { MemoryFiles } from "../harness/memory.ts";
import { long, seed } from "../harness/random.ts";
import { goroot } from "../harness/tools.ts";

const build = { goos: "linux", goarch: "amd64", cgo: true, minor: 26, tags: [] };
const toolchain = { goroot: "", modcache: "/cache" };

test("a directory comes after those that it imports; its tests may lead in circles", () => {
  const files = new MemoryFiles({
    "/m/go.mod": "module m\n\ngo 1.24\n",
    "/m/a/a.go": 'package a\n\nimport "m/b"\n\nvar A = b.B\n',
    "/m/b/b.go": 'package b\n\nimport "m/c"\n\nvar B = c.C\n',
    "/m/b/b_test.go": 'package b_test\n\nimport "m/a"\n\nvar T = a.A\n',
    "/m/c/c.go": "package c\n\nvar C = map[int]int{}\n",
    "/m/d/d.go": 'package d\n\nimport "m/out"\n\nvar D = out.X\n',
    "/m/out/out.go": 'package out\n\nimport "m/deep"\n\nvar X = deep.Y\n\nfunc f() { X = 2 }\n',
    "/m/deep/deep.go": "package deep\n\nvar Y = 1\n",
    "/m/a/a_test.go": 'package a\n\nimport (\n\t"m/deep"\n\t"m/only"\n)\n\nvar T = only.Z + deep.Y\n',
    "/m/only/only.go": "package only\n\nvar Z = 1\n",
  });
  const workspace = new Workspace(files, toolchain, "/m");
  const dirs = ["/m/a", "/m/b", "/m/c", "/m/d"];
  const read = [...new ReadingAhead(dirs, { files, workspace, build, tests: true }).directories()];
  assert.deepEqual(
    read.map(({ dir, imported }) => `${dir}${imported ? " imported" : ""}`),
    ["/m/c", "/m/b", "/m/a", "/m/out imported", "/m/d"],
  );
  const naming = new ReadingAhead(dirs, { files, workspace, build, tests: true, naming: true });
  const shown = [...naming.directories()].map(({ dir, imported, shows }) => [dir, imported, shows]);
  // What facts are kept by hangs on what the imports of imports show, too.
  assert.deepEqual(shown.slice(3, 5), [
    ["/m/deep", true, true],
    ["/m/out", true, true],
  ]);
  // And on what nothing but tests import: nobody waits for that.
  assert.deepEqual(shown.slice(6), [["/m/only", true, true]]);
  const arrivals = new Arrivals();
  const complete = read.filter((one) => !one.imported).map((one) => arrivals.add(one));
  assert.deepEqual(complete, [["/m/c"], [], ["/m/a", "/m/b"], ["/m/d"]]);
});

test("what is only on the way to the first directory is not parsed before it", () => {
  const files = new MemoryFiles({
    "/m/go.mod": "module m\n\ngo 1.24\n",
    "/m/a/a.go": 'package a\n\nimport "m/large"\n\nvar A = large.L\n',
    "/m/large/one.go": 'package large\n\nimport "m/leaf"\n\nvar L = leaf.X\n',
    "/m/large/two.go": "package large\n",
    "/m/leaf/leaf.go": "package leaf\n\nvar X = 1\n",
  });
  const workspace = new Workspace(files, toolchain, "/m");
  const room = new SharedRoom();
  let trees = 0;
  const counting: Room = {
    begin() {
      trees++;
      return room.begin();
    },
    more: (data) => room.more(data),
    keep: (data, used) => room.keep(data, used),
  };
  const options = { files, workspace, build, tests: true, room: counting };
  const read = new ReadingAhead(["/m/a", "/m/large", "/m/leaf"], options).directories();
  const steps: string[] = [];
  for (const { dir } of read) steps.push(`${dir} ${trees}`);
  assert.deepEqual(steps, ["/m/leaf 1", "/m/large 3", "/m/a 4"]);
});

test("facts hang neither on the order in which directories arrive, nor on who reads them", () => {
  const cwd = join(goroot(), "src");
  const base = { files: disk, build, tests: true, toolchain: { goroot: goroot(), modcache: "" }, once: true };
  const patterns = ["./go/...", "./text/...", "./internal/lazyregexp"];
  const begun = () => {
    const analysis = new Analysis(base, cwd);
    const dirs = analysis.expand(patterns);
    analysis.plan(dirs);
    return { analysis, dirs };
  };
  const factsOf = (analysis: Analysis, dirs: readonly string[]) =>
    dirs.map((dir) => Buffer.from(finish(packingFacts(analysis, dir, analysis.summariesOf(dir)))).toString("base64"));
  const plain = begun();
  for (const dir of plain.dirs) plain.analysis.load(dir);
  for (const dir of plain.dirs) finish(plain.analysis.lowering(dir));
  const wanted = factsOf(plain.analysis, plain.dirs);
  const options = { ...base, workspace: plain.analysis.workspace };
  const read: readonly ReadDirectory[] = [...new ReadingAhead(plain.dirs, options).directories()];
  fc.assert(
    fc.property(fc.shuffledSubarray([...read], { minLength: read.length }), fc.boolean(), (order, testsLater) => {
      const { analysis, dirs } = begun();
      analysis.await(dirs);
      const ahead = new LoweringAhead((dir) => analysis.lowered(dir));
      const lowered = new Map<string, readonly PackageFacts[]>();
      for (const one of order) {
        analysis.take(one);
        if (one.imported) continue;
        if (!testsLater) lowered.set(one.dir, finish(analysis.lowered(one.dir)));
        else for (const [dir, facts] of ahead.add(one)) lowered.set(dir, facts);
      }
      assert.equal(lowered.size, dirs.length);
      for (const dir of dirs) analysis.add(lowered.get(dir) ?? []);
      assert.deepEqual(analysis.counts, plain.analysis.counts);
      assert.deepEqual(factsOf(analysis, dirs), wanted);
    }),
    { seed, numRuns: long ? 20 : 4 },
  );
});

test("what is no test is lowered before the imports of tests are there", () => {
  const done: string[] = [];
  const ahead = new LoweringAhead(function* (dir) {
    done.push(dir);
    yield testsAreLeft;
    done.push(`tests of ${dir}`);
    return [];
  });
  const arrived = (dir: string, imports: string[]) => [
    ...ahead.add({ dir, imports, packages: [], problems: [], imported: false, shows: true }),
  ];
  assert.deepEqual(arrived("a", ["b"]), []);
  assert.deepEqual(done, ["a"]);
  assert.deepEqual(arrived("b", []), [
    ["b", []],
    ["a", []],
  ]);
  assert.deepEqual(done, ["a", "b", "tests of b", "tests of a"]);
});

test("names of one thread are the same names in another", () => {
  const name = fc.string({
    unit: fc.constantFrom("a", "b", "_", "9", "é", "\ud83d\ude00"),
    minLength: 1,
    maxLength: 4,
  });
  fc.assert(
    fc.property(fc.array(name), fc.array(name), fc.nat(10), (ours, theirs, later) => {
      const [one, other] = [new Interner(), new Interner()];
      for (const text of ours) one.intern(text);
      const known = theirs.map((text) => other.intern(text));
      const first = 1 + (other.size > 1 ? later % (other.size - 1) : 0);
      const adopted = one.adopt(other.since(first));
      assert.equal(adopted.length, other.size - first);
      for (const atom of known.filter((atom) => atom >= first))
        assert.equal(one.text(adopted[atom - first] ?? 0), other.text(atom));
    }),
    { seed, numRuns: 300 },
  );
});

test("trees in memory that threads share are as others, however they fit in", () => {
  const files = ["ast/ast.go", "token/position.go", "build/deps_test.go", "doc/comment/std.go"];
  const sources = files.map((name) => new Uint8Array(readFileSync(join(goroot(), "src/go", name))));
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 200_000 }),
      fc.array(fc.nat(sources.length), { maxLength: 6 }),
      (size, order) => {
        const room = new SharedRoom(size);
        const texts = order.map(
          (index) => sources[index] ?? new TextEncoder().encode("package c\nfunc ( {\n/* */ var y = z\n"),
        );
        const made = texts.map((src) => {
          const { data, root, comments, errors } = parse(src, { room });
          const text = room.bytes(src.length);
          text.set(src);
          return new Tree(text, data, root, room.integers(comments), errors);
        });
        // What came later has not touched them.
        for (const [index, src] of texts.entries()) assert.deepEqual(made[index], parse(src));
      },
    ),
    { seed, numRuns: long ? 500 : 30 },
  );
});
