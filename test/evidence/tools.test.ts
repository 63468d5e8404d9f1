import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import type { WatchPoint } from "../../common/src/dossier.ts";
import { parseEscapeJson, parseEscapes } from "../../common/src/evidence/compiler/escape.ts";
import { parseMapCalls } from "../../common/src/evidence/compiler/map-calls.ts";
import { parseDelveStops } from "../../common/src/evidence/debugger/console.ts";
import { LocksetObserver, parseHit } from "../../common/src/evidence/debugger/lockset.ts";
import { crashOf } from "../../common/src/evidence/debugger/stopped.ts";
import { siteOf } from "../../common/src/evidence/reports/report.ts";
import { parseSchedTrace } from "../../common/src/evidence/schedtrace.ts";
import { identity, lockOperand, logMessage, mapOperand } from "../../common/src/plan/watch.ts";
import { long, seed } from "../harness/random.ts";
import { maprace, root, run, scratch } from "../harness/tools.ts";

const sample = (name: string) => readFileSync(join(root, "test/samples", name), "utf8");

test("escape notes: what stays, what leaves, in both forms", () => {
  const notes = parseEscapes(sample("gc_m2.txt"));
  const maps = notes.filter(({ expression }) => expression.startsWith("make(map"));
  assert.deepEqual(
    maps.map(({ line, column, expression, escapes }) => [line, column, expression, escapes]),
    [
      [31, 29, "make(map[int]int)", false],
      [32, 39, "make(map[int]int, 100)", true],
    ],
  );
  assert.deepEqual(
    parseEscapeJson(sample("gc_json_e.txt")).map(({ file, line, column, expression, escapes }) => [
      file.slice(file.lastIndexOf("/") + 1),
      line,
      column,
      expression,
      escapes,
    ]),
    [["e.go", 32, 39, "make(map[int]int, 100)", true]],
  );
});

test("map calls of compiled code, by line", () => {
  const calls = parseMapCalls(sample("gc_S_mapcalls.txt"));
  const at = (line: number) => calls.filter((one) => one.line === line).map((one) => one.function);
  assert.deepEqual(at(14), ["runtime.mapaccess1_faststr"]);
  assert.deepEqual(at(18), ["runtime.mapassign_fast32"]);
  assert.deepEqual(at(19), ["runtime.mapassign_fast64ptr"]);
  assert.deepEqual(at(23), ["runtime.mapclear"]);
  assert.ok(at(24).includes("runtime.mapIterStart"));
});

test("the compiler here says the same of a map that stays and of one that leaves", () => {
  const dir = scratch();
  writeFileSync(join(dir, "go.mod"), "module example.com/e\n\ngo 1.24\n");
  const source =
    'package e\n\nfunc Stays() int {\n\tm := make(map[int]int)\n\tm[1] = 2\n\treturn m[1]\n}\n\nfunc Leaves() map[string]int {\n\tm := map[string]int{}\n\tm["a"] = 1\n\treturn m\n}\n';
  writeFileSync(join(dir, "e.go"), source);
  const said = run("go", ["build", "-gcflags=-m=2", "."], { cwd: dir }).stderr;
  const maps = parseEscapes(said).filter(({ expression }) => /map\[/.test(expression));
  assert.deepEqual(
    maps.map(({ line, escapes }) => [line, escapes]),
    [
      [4, false],
      [10, true],
    ],
  );
  const calls = parseMapCalls(run("go", ["build", "-gcflags=-S", "."], { cwd: dir }).stderr);
  assert.deepEqual(
    calls.filter(({ line }) => line === 11).map((one) => one.function),
    ["runtime.mapassign_faststr"],
  );
});

test("scheduler traces, with and without detail", () => {
  const [first] = parseSchedTrace(sample("schedtrace.txt"));
  assert.deepEqual(first, {
    time: 0,
    gomaxprocs: 2,
    idleprocs: 0,
    threads: 4,
    spinning: 0,
    idlethreads: 1,
    queue: 0,
    local: [0, 0],
  });
  const { stdout } = maprace(["trace", join(root, "test/samples/schedtrace.txt")]);
  assert.match(stdout, /^scheduler trace: 2 samples from 0 ns to 15 ms, GOMAXPROCS 2\n {2}busy Ps +\|█▄\| most 2\n/);
  const detail = parseSchedTrace(sample("scheddetail.txt"));
  assert.ok(detail.length > 0);
  for (const one of detail) assert.equal(one.local.length, one.gomaxprocs);
});

test("Delve's console: breakpoints and watched writes", () => {
  const stops = parseDelveStops(sample("dlv_watch_writing.txt"));
  assert.deepEqual(
    stops.map(({ watched, function: name, line, goroutine }) => [watched !== undefined, name, line, goroutine]),
    [
      [false, "main.(*Store).Set", 18, 7],
      [true, "runtime.mapassign_faststr", 283, 7],
      [true, "runtime.mapassign_faststr", 296, 7],
      [true, "runtime.mapassign_faststr", 283, 8],
    ],
  );
  assert.match(stops[1]?.watched ?? "", /\.writing$/);
});

/** `THREADS [...]` and `STACK id name frame@file:line < ...`, as the sample has them. */
function threadsOf(text: string) {
  return [...text.matchAll(/^STACK (\d+) (.*)$/gm)].map(([, id = "", rest = ""]) => {
    const frames = [...rest.matchAll(/(\S+)@(\S+):(\d+)/g)];
    const at = frames[0]?.index ?? rest.length;
    return {
      id: Number(id),
      name: rest.slice(0, at).trim(),
      frames: frames.map(([, name = "", file = "", line = ""]) => ({ function: name, file, line: Number(line) })),
    };
  });
}

test("a stop at the fatal error is a crash with both sites", () => {
  for (const [name, message, lines] of [
    ["dap_fatal_iw.txt", "concurrent map iteration and map write", [18, 12]],
    ["dap_fatal_rw.txt", "concurrent map read and map write", undefined],
  ] as const) {
    const report = crashOf(message, threadsOf(sample(name)));
    const sites = report.goroutines
      .flatMap(({ frames }) => siteOf(frames) ?? [])
      .filter(({ function: at }) => at.startsWith("main."));
    assert.ok(sites.length >= 2, name);
    assert.equal(report.goroutines[0]?.state, "running", name);
    if (lines !== undefined) assert.deepEqual(sites.map(({ line }) => line).slice(0, 2), lines);
  }
});

test("a lockset as Delve tells it, and what other adapters say is no hit", () => {
  assert.match(sample("dap_lockset.txt"), /candidate lockset \[\]/);
  const outputs = JSON.parse(sample("dap_logpoint_output.json")) as { output: string }[];
  assert.ok(outputs.every(({ output }) => parseHit(output) === undefined));
  const line = "> [Go 21]: write s.m (maprace 3 g=21 = 0x15 o=824634433152 = 0xc0000a2280)\n";
  assert.deepEqual(parseHit(line), { point: 3, goroutine: 21, identity: "824634433152" });
  assert.equal(parseHit("> [Go 2]: read m (maprace 0 g=2 = 0x2 o={*(*uintptr)(uintptr(&m))})")?.identity, undefined);
});

const point = (kind: WatchPoint["kind"], exclusive: boolean, deferred = false): WatchPoint => ({
  path: "/p.go",
  line: 1,
  kind,
  exclusive,
  expression: "x",
  deferred,
});

/** Points: 0 write, 1 read, 2 lock, 3 unlock, 4 shared lock, 5 deferred unlock. */
const points = [
  point("access", true),
  point("access", false),
  point("lock", true),
  point("unlock", true),
  point("lock", false),
  point("unlock", true, true),
];

function observe(...steps: readonly (readonly [goroutine: number, point: number])[]): boolean {
  const observer = new LocksetObserver(points);
  for (const [goroutine, at] of steps) observer.pass({ goroutine, point: at, identity: at < 2 ? "9000" : "8000" });
  return observer.unprotected !== undefined;
}

test("locksets: a common lock protects, none does not, a shared one does not protect writes", () => {
  assert.equal(observe([1, 0], [2, 1]), true);
  assert.equal(observe([1, 0], [1, 1]), false, "one goroutine alone");
  assert.equal(observe([1, 2], [1, 0], [1, 3], [2, 2], [2, 1], [2, 3]), false, "locked");
  assert.equal(observe([1, 2], [1, 0], [1, 3], [2, 1]), true, "the reader has none");
  assert.equal(observe([1, 4], [1, 0], [2, 4], [2, 1]), true, "written under a read lock");
  assert.equal(observe([1, 4], [1, 1], [2, 2], [2, 0]), false, "read under a read lock");
  // The second waits for the lock while the first works: it has it when it comes to its own access.
  assert.equal(observe([1, 2], [2, 2], [1, 0], [1, 3], [2, 0]), false, "waiting is not losing");
  // A deferred unlock is not seen; that another has the lock says that it happened.
  assert.equal(observe([1, 2], [1, 0], [1, 5], [2, 2], [2, 0], [1, 1]), true, "let go by a deferred unlock");
});

test("operands are taken out of accesses and lock calls, or nothing is", () => {
  for (const [text, operand] of [
    ["s.m[k]", "s.m"],
    ["visits[f(x[1])]", "visits"],
    ["delete(s.m, key(a, b))", undefined],
    ["delete(s.m, k)", "s.m"],
    ["len(s.m)", "s.m"],
    ["for k, v := range c.kv", "c.kv"],
    ["maps.Clone(c.kv)", "c.kv"],
    ["md(ctx)[k]", undefined],
    ["for range p.All()", undefined],
    ["ms[i][j]", undefined],
  ] as const)
    assert.equal(mapOperand(text), operand, text);
  assert.deepEqual(lockOperand("s.mu.RLock()\n"), { expression: "s.mu", shared: true });
  assert.deepEqual(lockOperand("mu.TryLock()"), { expression: "mu", shared: false });
  assert.equal(lockOperand("s.shard(k).Lock()"), undefined);
  const access = { ...point("access", true), expression: "s.m" };
  assert.equal(identity(access), "*(*uintptr)(uintptr(&s.m))");
  assert.match(logMessage(access, 7), /^write s\.m \(maprace 7 g=\{runtime\.curg\.goid\} o=\{/);
});

test("none of the parsers throws on damaged text", () => {
  const texts = ["gc_m2.txt", "gc_json_e.txt", "gc_S_mapcalls.txt", "scheddetail.txt", "dlv_watch_writing.txt"].map(
    sample,
  );
  const damaged = fc.tuple(fc.constantFrom(...texts), fc.nat(), fc.nat(200), fc.string({ maxLength: 20 }));
  fc.assert(
    fc.property(damaged, ([text, at, length, put]) => {
      const from = at % text.length;
      const broken = text.slice(0, from) + put + text.slice(from + length);
      for (const parse of [parseEscapes, parseEscapeJson, parseMapCalls, parseSchedTrace, parseDelveStops])
        parse(broken);
      for (const line of broken.split("\n").slice(0, 20)) parseHit(line);
    }),
    { numRuns: long ? 50_000 : 500, seed },
  );
});
