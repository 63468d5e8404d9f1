import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { parseReports, ReportParser } from "../../common/src/evidence/reports/parse.ts";
import { type Report, type StackFrame, siteOf } from "../../common/src/evidence/reports/report.ts";
import { long, seed } from "../harness/random.ts";
import { maprace, root, run, scratch } from "../harness/tools.ts";

const samples = join(root, "test/samples");
// The others are of other tools: tools.test.ts has them.
const names = readdirSync(samples).filter((name) => /^(crash|race|fatal|gotest)_/.test(name));
const sample = (name: string) => readFileSync(join(samples, name), "utf8");

function at(frames: readonly StackFrame[]): string {
  const site = siteOf(frames);
  return site === undefined ? "-" : `${site.function} ${site.file.slice(site.file.lastIndexOf("/") + 1)}:${site.line}`;
}

/** A report in a few lines: what it is of, where, and by whom. */
function told(report: Report): string[] {
  if (report.kind === "crash") {
    return [
      `${report.line}: ${report.message}`,
      ...report.goroutines.map(({ id, state, frames, creation }) => {
        const by =
          creation === undefined ? "" : ` from ${creation.frame.function}:${creation.frame.line} by ${creation.by}`;
        return `${id} [${state}] ${frames.length} frames, ${at(frames)}${by}`;
      }),
    ];
  }
  return [
    `${report.line}: race${report.cut ? ", cut" : ""}`,
    ...report.accesses.map(
      ({ kind, previous, goroutine, operation, frames }) =>
        `${previous ? "previous " : ""}${kind} (${operation ?? "no map"}) by ${goroutine}, ${frames.length} frames, ${at(frames)}`,
    ),
    ...report.creations.map(
      ({ goroutine, finished, frames }) =>
        `${goroutine} ${finished ? "finished" : "running"}, from ${frames.map((one) => `${one.function}:${one.line}`).join(" < ")}`,
    ),
  ];
}

test("samples of real logs parse to what is recorded of them", () => {
  const found = Object.fromEntries(names.map((name) => [name, parseReports(sample(name)).map(told)]));
  const path = join(samples, "expected.json");
  if (process.env["MAPRACE_RECORD"] === "1") writeFileSync(path, `${JSON.stringify(found, undefined, 2)}\n`);
  assert.deepEqual(found, JSON.parse(readFileSync(path, "utf8")));
});

test("every report of the detector and the runtime in the samples is found whole", () => {
  for (const name of names) {
    const text = sample(name);
    const reports = parseReports(text);
    const races = reports.filter((one) => one.kind === "race");
    assert.equal(races.length, text.split("WARNING: DATA RACE").length - 1, name);
    assert.equal(reports.length - races.length, text.split("fatal error: concurrent map").length - 1, name);
    for (const one of races) assert.ok(!one.cut && one.accesses.length === 2, name);
  }
});

/** Reports without the numbers of their lines, which what surrounds them changes. */
const bare = (reports: readonly Report[]) => reports.map((one) => ({ ...one, line: 0 }));

test("reports are the same however the log is split, ended, coloured and prefixed", () => {
  const plain = names.filter((name) => name.endsWith(".txt"));
  const colour = (line: string) => `\u001b[31m${line}\u001b[0m`;
  const written: readonly ((line: string, index: number) => string)[] = [
    (line) => `${line}\r`,
    colour,
    (line, index) => `2026-11-23T11:07:${String(10 + (index % 50))}.123456Z ${line}`,
    (line) => `[web-7d9f] ${line}`,
    (line) => `store-1  | ${line}`,
    (line, index) => `[pod/web-0] 2026/11/23 11:07:${String(10 + (index % 50))} ${colour(line)}`,
  ];
  for (const name of plain) {
    const text = sample(name);
    const expected = parseReports(text);
    for (const rewrite of written)
      assert.deepEqual(parseReports(text.split("\n").map(rewrite).join("\n")), expected, `${name} ${rewrite("|", 0)}`);
  }
  fc.assert(
    fc.property(fc.constantFrom(...names), fc.array(fc.nat(400), { maxLength: 60 }), (name, sizes) => {
      const parser = new ReportParser();
      let text = sample(name);
      const expected = parseReports(text);
      for (const size of sizes) {
        parser.push(text.slice(0, size));
        text = text.slice(size);
      }
      parser.push(text);
      assert.deepEqual(parser.end(), expected);
    }),
    { seed, numRuns: long ? 2000 : 100 },
  );
});

test("tests that write at the same time do not mix in go test -json", () => {
  const events = (pkg: string, name: string) =>
    sample(name)
      .split("\n")
      .map((line) => JSON.stringify({ Action: "output", Package: pkg, Test: "TestX", Output: `${line}\n` }));
  const one = events("a", "race_test_TestSetGet.txt");
  const two = events("b", "race_test_TestSetDel.txt");
  const mixed = one.flatMap((line, index) => [line, two[index] ?? ""]).concat(two.slice(one.length));
  const expected = ["race_test_TestSetGet.txt", "race_test_TestSetDel.txt"].flatMap((name) =>
    bare(parseReports(sample(name))),
  );
  const found = bare(parseReports(mixed.join("\n")));
  assert.equal(found.length, 2);
  for (const report of expected) assert.ok(found.some((other) => JSON.stringify(other) === JSON.stringify(report)));
});

test("stacks that could not be restored, reports cut off, and the main goroutine", () => {
  const whole = sample("race_maing.txt");
  const [report] = parseReports(whole);
  assert.equal(report?.kind === "race" ? report.accesses[1]?.goroutine : undefined, "main");
  const cut = parseReports(whole.slice(0, whole.indexOf("Previous write")));
  assert.deepEqual(
    cut.map((one) => one.kind === "race" && [one.cut, one.accesses.length]),
    [[true, 1]],
  );
  const lost = parseReports(
    whole.replace(/(Previous write[^\n]*\n)(?: {2}[^\n]*\n)+/, "$1  [failed to restore the stack]\n"),
  );
  assert.deepEqual(
    lost.map((one) => one.kind === "race" && one.accesses.map(({ frames }) => frames.length > 0)),
    [[true, false]],
  );
});

test("damaged logs never throw, and reports before the damage survive", () => {
  const text = ["race_plain.txt", "crash_ww.all.txt", "race_gotest_json.jsonl"].map(sample).join("\n");
  const first = parseReports(sample("race_plain.txt")).length;
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(text.length), fc.string({ maxLength: 12 }), fc.nat(30)), { maxLength: 6 }),
      (edits) => {
        let damaged = text;
        for (const [place, insert, drop] of edits)
          damaged = damaged.slice(0, place) + insert + damaged.slice(place + drop);
        const start = Math.min(text.length, ...edits.map(([place]) => place));
        const reports = parseReports(damaged);
        if (start >= sample("race_plain.txt").length) assert.ok(reports.length >= first);
        for (const report of reports) told(report);
      },
    ),
    { seed, numRuns: long ? 50_000 : 1000 },
  );
});

test("maprace report joins a real race with the finding at its two lines", () => {
  const dir = scratch();
  const write = (name: string, text: string) => writeFileSync(join(dir, name), text);
  write("go.mod", "module example.com/m\n\ngo 1.24\n");
  write(
    "m.go",
    'package m\n\nimport "sync"\n\ntype T struct {\n\tmu sync.Mutex\n\tm  map[int]int\n}\n\nfunc (t *T) Add(k int) {\n\tt.mu.Lock()\n\tdefer t.mu.Unlock()\n\tt.m[k]++\n}\n\nfunc (t *T) Del(k int) {\n\tt.mu.Lock()\n\tdefer t.mu.Unlock()\n\tdelete(t.m, k)\n}\n\nfunc (t *T) Get(k int) int { return t.m[k] }\n',
  );
  write(
    "m_test.go",
    'package m\n\nimport "testing"\n\nfunc TestT(t *testing.T) {\n\tx := &T{m: map[int]int{}}\n\tdone := make(chan int)\n\tgo func() {\n\t\tfor i := range 1000 {\n\t\t\tx.Add(i)\n\t\t}\n\t\tclose(done)\n\t}()\n\tfor i := range 1000 {\n\t\tx.Get(i)\n\t}\n\t<-done\n}\n',
  );
  const raced = run("go", ["test", "-race", "-count=1", "./..."], { cwd: dir });
  if (raced.stderr.includes("requires cgo")) {
    const missing = maprace(["report", join(samples, "race_plain.txt"), "--join", "./...", "-C", dir]);
    assert.match(missing.stdout, /finding: none at these lines/);
    return;
  }
  write("log.txt", raced.stdout + raced.stderr);
  const result = maprace(["report", "log.txt", "-C", dir, "--join", "./...", "--no-tests"]);
  assert.equal(result.status, 1, result.stderr);
  assert.match(result.stdout, /finding: MR105 at m\.go:22 \(the same two lines\)/);
  const { stdout } = maprace(["report", "log.txt", "-C", dir, "--join", "./...", "--no-tests", "--format", "json"]);
  assert.match(
    stdout,
    /^\[\{"file":"log\.txt","kind":"race",.*"map":true,"finding":\{"rule":"MR105","fingerprint":"\w+"\}/,
  );
});

test("a crash with all goroutines is joined with the finding at both lines, one without at the line that noticed", () => {
  const dir = scratch();
  writeFileSync(join(dir, "go.mod"), "module example.com/rw\n\ngo 1.24\n");
  // The program of the sample, as far as its stacks name lines.
  const lines = [
    "package main",
    "",
    "",
    "",
    "type Cache struct{ m map[int]int }",
    "",
    "func (c *Cache) Get(k int) int { return c.m[k] }",
    "func (c *Cache) Set(k int)     { c.m[k] = k }",
    "",
    "func main() {",
    "\tc := &Cache{m: map[int]int{}}",
    "\tgo func() { c.Set(1) }()",
    "\tgo func() { c.Get(1) }()",
    "\tselect {}",
    "}",
    "",
  ];
  mkdirSync(join(dir, "rw"));
  writeFileSync(join(dir, "rw/main.go"), lines.join("\n"));
  const report = (name: string) => maprace(["report", join(samples, name), "-C", dir, "--join", "./..."]).stdout;
  assert.match(
    report("crash_rw.all.txt"),
    /goroutine 6, at the other line:[\s\S]*finding: MR102 .*\(the same two lines\)/,
  );
  assert.match(report("crash_rw.default.1.txt"), /GOTRACEBACK=all[\s\S]*finding: MR102 .*\(one of its lines\)/);
  assert.match(report("crash_iw.all.txt"), /finding: none at these lines/);
});

test("maprace report: nothing found, other memory, unreadable, and text that would steer a terminal", () => {
  const silent = maprace(["report", join(samples, "race_test_TestCorrect.txt")]);
  assert.deepEqual([silent.status, silent.stdout], [0, "0 reports of maps\n"]);
  const other = maprace(["report", join(samples, "race_test_TestSwap.txt")]);
  assert.equal(other.status, 0);
  assert.match(other.stdout, /^0 reports of maps, 1 of other memory left out/);
  const none = maprace(["report", "/nowhere/log"]);
  assert.equal(none.status, 2);
  assert.match(none.stderr, /\/nowhere\/log: cannot be read/);
  const evil = join(scratch(), "evil");
  writeFileSync(evil, sample("race_plain.txt").replaceAll("main.go:16", "\u0007ma\u0008in.go:16"));
  assert.doesNotMatch(maprace(["report", evil]).stdout.replaceAll("\n", ""), /\p{Cc}/u);
});
