import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type CollectOptions, testJob } from "../../common/src/plan/collect.ts";
import { overlayFile, profileServer } from "../../common/src/plan/serve.ts";
import { exactly, packageArgument } from "../../common/src/plan/test-names.ts";
import { attach } from "../../common/src/run/attach.ts";
import { Cancelled, CollectError, collectTests, type Toolbox, testedPackages } from "../../common/src/run/collect.ts";
import { runProcess } from "../../common/src/run/process.ts";
import { collectProgram } from "../../common/src/run/program.ts";
import { RunStore } from "../../common/src/run/store.ts";
import { liveModule, startLive } from "../harness/live.ts";
import { maprace, root, run, scratch } from "../harness/tools.ts";

const options: CollectOptions = {
  kinds: ["mutex", "block", "cpu", "goroutine"],
  mutexFraction: 1,
  blockRate: 1,
  benchtime: "50ms",
  count: 1,
  tags: [],
  flags: [],
};

function tools(controller = new AbortController()): Toolbox & { text: () => string } {
  let text = "";
  const log = (more: string) => {
    text += more;
  };
  return { go: "go", env: process.env, signal: controller.signal, log, progress: () => undefined, text: () => text };
}

const sample = join(root, "sample");

test("names of tests are matched whole, whatever they hold", () => {
  assert.equal(exactly("BenchmarkX"), "^BenchmarkX$");
  assert.equal(exactly("TestX/a b (c)/d.e"), String.raw`^TestX$/^a_b_\(c\)$/^d\.e$`);
  assert.equal(exactly("TestX/$(rm -rf)"), String.raw`^TestX$/^\$\(rm_-rf\)$`);
  for (const bad of ["", "-toolexec=x", "--"]) assert.throws(() => packageArgument(bad), /not a package/);
});

test("a job writes to its own directory only, and flags of the user cannot undo that", () => {
  const flags = [
    "-race",
    "-v",
    "-o=/tmp/x",
    "-cpuprofile",
    "cpu.out",
    "-exec=evil",
    "-tags=a",
    "-run",
    "X",
    "-test.run=x",
  ];
  const target = { what: "bench", dir: sample, package: "./store", name: ".", exact: false } as const;
  const { args, outputs } = testJob(target, { ...options, tags: ["integration", "x"], flags }, "/out");
  assert.deepEqual(
    args.filter((arg) => /exec|race|^-o|run|outputdir|tags|out$|X/.test(arg)),
    ["-tags=a", "-tags=integration,x", "-run=^$", "-outputdir=/out", "-o=/out/test.bin"],
  );
  assert.deepEqual(
    outputs.map(({ kind }) => kind),
    ["mutex", "block", "cpu"],
  );
});

test("a benchmark, a subtest and packages one by one leave profiles and nothing in the tree", async () => {
  const before = run("git", ["-C", root, "status", "--porcelain", "--ignored", "--", "sample"]).stdout;
  const out = scratch();
  const box = tools();
  const bench = {
    what: "bench",
    dir: join(sample, "store"),
    package: ".",
    name: "BenchmarkInventory",
    exact: true,
  } as const;
  const one = await collectTests([bench], options, out, box);
  assert.deepEqual(
    one.files.map(({ kind }) => kind),
    ["mutex", "block", "cpu"],
  );
  assert.match(box.text(), /^\$ go test -run='?\^\$/);
  assert.ok(!readdirSync(join(out, "0")).includes("test.bin"));
  const table = {
    what: "test",
    dir: join(sample, "store"),
    package: ".",
    name: "TestInventory/in stock",
    exact: true,
  } as const;
  const two = await collectTests([table], options, scratch(), tools());
  assert.deepEqual(two.notes, []);
  const packages = await testedPackages(sample, "./...", options, tools());
  assert.deepEqual(packages, ["example.com/shop/store"]);
  assert.equal(run("git", ["-C", root, "status", "--porcelain", "--ignored", "--", "sample"]).stdout, before);
});

test("what did not run, and what did not build, is told in the tool's own words", async () => {
  const bench = {
    what: "bench",
    dir: join(sample, "store"),
    package: ".",
    name: "BenchmarkNone",
    exact: true,
  } as const;
  const none = await collectTests([bench], options, scratch(), tools());
  assert.match(none.notes.join(), /nothing ran, no benchmark matches/);
  const broken = join(scratch(), "broken");
  mkdirSync(broken);
  writeFileSync(join(broken, "go.mod"), "module b\n");
  writeFileSync(join(broken, "b_test.go"), "package b\n\nfunc TestX(t *testing.T) {}\n");
  const failing = { what: "test", dir: broken, package: ".", name: ".", exact: false } as const;
  await assert.rejects(
    collectTests([failing], options, scratch(), tools()),
    (error: Error) => error instanceof CollectError && /b_test\.go:3:15: undefined: testing/.test(error.message),
  );
  await assert.rejects(
    collectTests([bench], options, scratch(), { ...tools(), go: "/nonexistent/go" }),
    /\/nonexistent\/go/,
  );
});

test("cancel ends the whole process group, also one that ignores the polite signal", async () => {
  const marker = `maprace-cancel-${process.pid}`;
  const script = join(scratch(), `${marker}.mjs`);
  writeFileSync(
    script,
    `import { spawn } from "node:child_process";
process.on("SIGTERM", () => {});
if (process.argv[2] !== "child") spawn(process.execPath, [${JSON.stringify(script)}, "child"], { stdio: "inherit" });
console.log("up");
setInterval(() => {}, 1000);`,
  );
  const left = () =>
    run("pgrep", ["-f", marker])
      .stdout.trim()
      .split("\n")
      .filter((line) => line !== "").length;
  const controller = new AbortController();
  let ups = 0;
  const began = Date.now();
  const outcome = await runProcess({
    program: process.execPath,
    args: [script],
    cwd: sample,
    signal: controller.signal,
    onOutput: (text) => {
      ups += text.split("up").length - 1;
      if (ups === 2) controller.abort();
    },
  });
  assert.ok(outcome.cancelled);
  assert.ok(Date.now() - began < 20_000);
  assert.equal(left(), 0);
});

test("children that outlive their parent are ended with it, and do not hold up the result", async () => {
  const marker = `maprace-orphan-${process.pid}`;
  const script = join(scratch(), `${marker}.mjs`);
  writeFileSync(
    script,
    `import { spawn } from "node:child_process";
if (process.argv[2] === "child") setInterval(() => {}, 1000);
else spawn(process.execPath, [${JSON.stringify(script)}, "child"], { stdio: "inherit" }).once("spawn", () => process.exit(7));`,
  );
  const outcome = await runProcess({ program: process.execPath, args: [script], cwd: sample });
  assert.equal(outcome.code, 7);
  for (let i = 0; i < 50 && spawnSync("pgrep", ["-f", marker]).status === 0; i++)
    await new Promise((resolve) => setTimeout(resolve, 50));
  assert.notEqual(spawnSync("pgrep", ["-f", marker]).status, 0);
});

test("arguments reach the program as they are: no shell reads them", async () => {
  const args = [
    "-e",
    "console.log(JSON.stringify(process.argv.slice(1)))",
    "$(touch /tmp/x)",
    "a;b",
    '"',
    "%PATH%",
    "*",
  ];
  const outcome = await runProcess({ program: process.execPath, args, cwd: sample });
  assert.deepEqual(JSON.parse(outcome.stdout), args.slice(2));
});

test("a main program is profiled through an overlay on loopback, below a secret path, and its tree stays as it is", async () => {
  const module = liveModule();
  const dir = join(module, "cmd/live");
  const out = scratch();
  const box = tools();
  const collected = await collectProgram({ dir, args: ["-rates=false"], seconds: 2 }, options, out, box);
  assert.deepEqual(collected.files.map(({ kind }) => kind).sort(), ["block", "cpu", "goroutine", "mutex"]);
  assert.deepEqual(readdirSync(dir), ["main.go"]);
  assert.deepEqual(readdirSync(out).sort(), ["block.pprof", "cpu.pprof", "goroutine.txt", "mutex.pprof"]);
  const contention = (files: typeof collected.files) =>
    maprace(["profile", "--contention", ...files.map(({ path }) => path), "-C", module]).stdout;
  let table = contention(collected.files);
  assert.match(table, /store\.Inventory\.mu: waited .* · caused /);
  // Who is blocked is one moment's picture: now and then nobody is in it.
  for (let i = 0; i < 8 && !table.includes("blocked now"); i++) {
    const again = await collectProgram(
      { dir, args: [], seconds: 1 },
      { ...options, kinds: ["goroutine"] },
      scratch(),
      box,
    );
    table = contention(again.files);
  }
  assert.match(table, /blocked now/);
});

test("a program's execution trace is recorded on demand", async () => {
  const dir = join(scratch(), "traced");
  mkdirSync(dir);
  writeFileSync(join(dir, "go.mod"), "module traced\n\ngo 1.22\n");
  writeFileSync(
    join(dir, "main.go"),
    `package main

import (
	"sync"
	"time"
)

func main() {
	var mu sync.Mutex
	for range 4 {
		go func() {
			for {
				mu.Lock()
				time.Sleep(time.Millisecond)
				mu.Unlock()
			}
		}()
	}
	select {}
}
`,
  );
  const kinds = ["trace"] as const;
  const { files } = await collectProgram({ dir, args: [], seconds: 1 }, { ...options, kinds }, scratch(), tools());
  const [file] = files;
  assert.equal(file?.kind, "trace");
  assert.match(maprace(["trace", file.path]).stdout, /Mutex\.Lock at .*main\.go:13 main\.main\.func1/);
});

test("a program that ends early leaves its last profiles, one that ends at once says so", async () => {
  const dir = join(scratch(), "short");
  mkdirSync(dir);
  writeFileSync(join(dir, "go.mod"), "module short\n\ngo 1.22\n");
  writeFileSync(
    join(dir, "main.go"),
    'package main\n\nimport "time"\n\nfunc main() { time.Sleep(1500 * time.Millisecond) }\n',
  );
  const early = await collectProgram(
    { dir, args: [], seconds: 30 },
    { ...options, kinds: ["mutex", "goroutine"] },
    scratch(),
    tools(),
  );
  assert.match(early.notes.join(), /ended by itself after 1\.\d s \(exit 0\)/);
  writeFileSync(join(dir, "main.go"), 'package main\n\nfunc main() { panic("no") }\n');
  await assert.rejects(
    collectProgram({ dir, args: [], seconds: 30 }, options, scratch(), tools()),
    /panic: no|ended before/,
  );
});

test("the generated server imports nothing that touches the program's default mux", () => {
  const code = profileServer({ mutexFraction: 1, blockRate: 1, secret: "0123456789abcdef0123456789abcdef" });
  assert.doesNotMatch(code, /net\/http\/pprof|DefaultServeMux|0\.0\.0\.0/);
  assert.match(code, /Listen\("tcp", "127\.0\.0\.1:0"\)/);
  assert.throws(() => profileServer({ mutexFraction: 1, blockRate: 1, secret: 'x"' }), /hexadecimal/);
  assert.deepEqual(JSON.parse(overlayFile("/a/b/", "/tmp/x.go")), {
    Replace: { "/a/b/zz_maprace_profile_server.go": "/tmp/x.go" },
  });
});

test("a running process answers deltas, says when a rate is not set, and can be cancelled", async () => {
  const module = liveModule();
  const live = await startLive(module);
  const quiet = await startLive(module, ["-rates=false"]);
  try {
    const out = scratch();
    const keep = async (name: string, body: Uint8Array) => {
      writeFileSync(join(out, name), body);
      return join(out, name);
    };
    const at = (address: string) => ({
      base: new URL(`http://${address}/debug/pprof/`),
      seconds: 1,
      kinds: options.kinds,
      approved: () => false,
      keep,
    });
    const some = await attach(at(live.address), tools());
    assert.deepEqual(some.notes, []);
    assert.deepEqual(
      some.files.map(({ kind }) => kind),
      ["mutex", "block", "cpu", "goroutine"],
    );
    assert.match(readFileSync(join(out, "goroutine.txt"), "utf8"), /^goroutine \d+ \[/m);
    assert.match((await attach(at(quiet.address), tools())).notes.join(), /mutex profile: rate not set/);
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 200);
    await assert.rejects(attach({ ...at(live.address), seconds: 60 }, tools(controller)), Cancelled);
  } finally {
    live.stop();
    quiet.stop();
  }
});

test("runs are kept with a limit; a record cannot name files outside of its own directory", async () => {
  const dir = scratch();
  const store = new RunStore(dir);
  const loose = join(scratch(), "mutex.pprof");
  writeFileSync(loose, "x");
  for (let i = 0; i < 4; i++) {
    const { id } = await store.create();
    const files = [{ kind: "mutex", path: loose }] as const;
    await store.save({ id, label: `run ${i}`, time: i, seconds: 0, command: "", files, notes: [], ratesSet: true });
  }
  await store.prune(3);
  const kept = await store.list();
  assert.deepEqual(
    kept.map(({ label }) => label),
    ["run 3", "run 2", "run 1"],
  );
  for (const { id, files } of kept)
    assert.ok(files.every(({ path }) => path.startsWith(join(dir, id)) && existsSync(path)));
  const evil = kept[0]?.id ?? "";
  const record = JSON.parse(readFileSync(join(dir, evil, "run.json"), "utf8")) as object;
  writeFileSync(
    join(dir, evil, "run.json"),
    JSON.stringify({ ...record, files: [{ kind: "mutex", path: "../../../../etc/passwd" }] }),
  );
  assert.deepEqual((await store.list())[0]?.files, [{ kind: "mutex", path: join(dir, evil, "passwd") }]);
  writeFileSync(join(dir, evil, "run.json"), "{ damaged");
  assert.equal((await store.list()).length, 2);
});

test("maprace profile --run prints the table of what it ran, and keeps it where the editor looks", () => {
  const module = liveModule();
  const result = maprace(["profile", "--run", "./store", "--benchtime", "50ms", "--save", "-C", module]);
  assert.equal(result.status, 0, result.stderr);
  assert.match(
    result.stdout,
    /store\.Inventory\.mu: waited .* · caused .*\n {2}guards store\.Inventory\.stock, which has findings: MR105 store\/inventory\.go:41/,
  );
  assert.match(result.stderr, /maprace: runs go test .*-bench=\./);
  assert.equal(readdirSync(join(module, ".maprace/runs")).length, 1);
  const json = JSON.parse(
    maprace(["profile", "--run", "./store", "--test", "Inventory", "--json", "--quiet", "-C", module]).stdout,
  ) as { locks: unknown[] };
  assert.deepEqual(json.locks, []);
  assert.equal(maprace(["profile", "--run=-x", "-C", module]).status, 2);
  assert.equal(maprace(["profile"]).status, 2);
});
