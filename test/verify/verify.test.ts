import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { staysLocal } from "../../common/src/run/verify/confined.ts";
import type { Verdict } from "../../common/src/verdicts/verdict.ts";
import { maprace, type Ran, root, run, scratch } from "../harness/tools.ts";

const compiler = spawnSync("gcc", ["--version"]).status === 0;
const raceless = compiler ? false : "the race detector needs a C compiler, and none could be installed here";

function module(files: Readonly<Record<string, string>>): string {
  const dir = scratch();
  for (const [name, text] of Object.entries({ "go.mod": "module example.com/m\n\ngo 1.24\n", ...files })) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), text);
  }
  return dir;
}

/** Copies of labelled cases; a verification may write build caches, never the tree. */
function cases(...names: readonly string[]): string {
  const dir = scratch();
  for (const name of ["go.mod", "go.sum", ...names])
    cpSync(join(root, "test/cases/small", name), join(dir, name), { recursive: true });
  return dir;
}

function verify(dir: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Ran & { verdicts: Verdict[] } {
  const ran = maprace(["verify", "-C", dir, "--format", "json", "--min-confidence", "possible", ...args], {
    env: { ...process.env, ...env },
  });
  return { ...ran, verdicts: ran.stdout === "" ? [] : (JSON.parse(ran.stdout) as Verdict[]) };
}

/** A directory for temporary files of its own: other tests run at the same time. */
function temporary(): { readonly dir: string; readonly env: NodeJS.ProcessEnv } {
  const dir = scratch();
  return { dir, env: { TMPDIR: dir, GOTMPDIR: dir } };
}

const undebugged = spawnSync("dlv", ["version"]).status === 0 ? false : "Delve could not be installed";

const ordered = `package p

import "testing"

func TestInTurns(t *testing.T) {
	s := New()
	done := make(chan bool)
	for range 20 {
		go func() { s.Add("a"); done <- true }()
		<-done
		s.Get("a")
	}
}
`;

test("where no run collides, the debugger sees which locks were held", { skip: undebugged }, () => {
  const { verdicts } = verify(module({ "p.go": guarded, "p_test.go": ordered }), ["--all", "--budget", "20s"]);
  assert.deepEqual(
    verdicts.map(({ outcome }) => outcome),
    ["unprotected"],
  );
  assert.match(
    verdicts[0]?.evidence ?? "",
    /no collision was observed.*without a lock that all of them held; channels/,
  );
  const locked = ordered.replace('s.Get("a")', 's.Drop("a")');
  const quiet = verify(module({ "p.go": guarded, "p_test.go": locked }), ["--all", "--budget", "20s"]);
  assert.ok(quiet.verdicts.every(({ outcome }) => outcome !== "unprotected" && outcome !== "confirmed"));
});

test("without Delve the runs still count", () => {
  const { verdicts } = verify(module({ "p.go": guarded, "p_test.go": ordered }), [
    "--all",
    "--budget",
    "20s",
    "--delve",
    "no-such-debugger",
  ]);
  assert.deepEqual(
    verdicts.map(({ outcome }) => outcome),
    ["not-reproduced"],
  );
});

test("a generated stress test runs by an overlay, and never confirms", { skip: raceless }, () => {
  const dir = module({ "p.go": guarded });
  const { verdicts } = verify(dir, ["--all", "--budget", "30s", "--stress"]);
  assert.deepEqual(
    verdicts.map(({ outcome }) => outcome),
    ["unprotected"],
  );
  assert.match(verdicts[0]?.evidence ?? "", /does not say that the program calls them so/);
  assert.deepEqual(readdirSync(dir).sort(), ["go.mod", "p.go"]);
});

test("a local map that does not escape is refuted by the compiler, and by nothing else", () => {
  const stays = "package p\n\nfunc f() int {\n\tm := map[int]int{}\n\tm[1] = 2\n\treturn m[1]\n}\n";
  const leaves = "package p\n\nfunc g() map[int]int {\n\tm := map[int]int{}\n\tm[1] = 2\n\treturn m\n}\n";
  const dir = module({ "a.go": stays, "b.go": leaves });
  const tools = { go: "go", env: process.env, signal: new AbortController().signal, log: () => {}, progress: () => {} };
  const place = (name: string) => ({
    path: join(dir, name),
    start: 0,
    end: 1,
    line: 4,
    column: 2,
    endLine: 4,
    endColumn: 3,
  });
  return Promise.all([
    staysLocal(place("a.go"), { tags: [] }, tools),
    staysLocal(place("b.go"), { tags: [] }, tools),
    staysLocal({ ...place("a.go"), line: 5 }, { tags: [] }, tools),
    staysLocal(undefined, { tags: [] }, tools),
  ]).then((answers) => assert.deepEqual(answers, [true, false, false, false]));
});

const handful = [
  "r36_tparallel",
  "r40_maps_clone_unlocked",
  "r44_fmt_reflect",
  "r56_runparallel",
  "r60_map_value_struct",
];

test("races in tests, benchmarks and programs are confirmed, maps.Clone by the fatal text", { skip: raceless }, () => {
  const own = temporary();
  const { status, verdicts } = verify(cases(...handful), ["--all", "--budget", "60s"], own.env);
  assert.equal(status, 1);
  assert.deepEqual(
    verdicts.map(({ outcome, object }) => `${outcome} ${object.replace(/.*smallcases\/(\w+)\..*/, "$1")}`).sort(),
    handful.map((name) => `confirmed ${name}`),
  );
  const clone = verdicts.find(({ object }) => object.includes("r40"));
  assert.match(clone?.log ?? "", /^fatal error: concurrent map clone and map write/);
  for (const { log, toolchain, command, runs } of verdicts) {
    assert.match(log, /DATA RACE|fatal error/);
    assert.match(toolchain, /^go1\.\d+\S* \w+\/\w+$/);
    assert.ok(command !== "" && runs >= 1);
  }
  assert.deepEqual(readdirSync(own.dir), []);
});

const guarded = `package p

import "sync"

type Store struct {
	mu sync.Mutex
	m  map[string]int
}

func (s *Store) Add(k string) { s.mu.Lock(); defer s.mu.Unlock(); s.m[k]++ }
func (s *Store) Drop(k string) { s.mu.Lock(); defer s.mu.Unlock(); delete(s.m, k) }
func (s *Store) Get(k string) int { return s.m[k] }

func New() *Store { return &Store{m: map[string]int{}} }
`;

test("a pair that no test runs is said to have none; one that runs in sequence is never refuted", () => {
  const none = verify(module({ "p.go": guarded }), ["--all", "--budget", "20s"]);
  assert.deepEqual(
    none.verdicts.map(({ outcome }) => outcome),
    ["no-test"],
  );
  assert.equal(none.status, 0);
  const sequential =
    'package p\n\nimport "testing"\n\nfunc TestOne(t *testing.T) { s := New(); s.Add("a"); s.Get("a") }\n';
  const silent = verify(module({ "p.go": guarded, "p_test.go": sequential }), ["--all", "--budget", "8s"]);
  assert.deepEqual(
    silent.verdicts.map(({ outcome }) => outcome),
    ["not-reproduced"],
  );
  assert.match(silent.verdicts[0]?.evidence ?? "", /proves nothing/);
  assert.match(silent.verdicts[0]?.command ?? "", /TestOne in example\.com\/m/);
});

test("tests of another package that imports the map's are found", { skip: raceless }, () => {
  const user = `package user

import (
	"testing"

	"example.com/m"
)

func TestUse(t *testing.T) {
	s := p.New()
	go s.Add("a")
	s.Get("a")
}
`;
  const { verdicts } = verify(module({ "p.go": guarded, "user/u_test.go": user }), ["--all", "--budget", "40s"]);
  assert.deepEqual(
    verdicts.map(({ outcome }) => outcome),
    ["confirmed"],
  );
});

const server = `package main

import "net/http"

var seen = map[string]int{}

func main() {
	http.HandleFunc("/items/{id}", func(w http.ResponseWriter, r *http.Request) { seen[r.URL.Path]++ })
	_ = http.ListenAndServe("127.0.0.1:0", nil)
}
`;

test("a server is driven at the paths of its handlers", { skip: raceless || process.platform !== "linux" }, () => {
  const { verdicts } = verify(module({ "main.go": server }), ["--all", "--budget", "40s"]);
  assert.deepEqual(
    verdicts.map(({ outcome }) => outcome),
    ["confirmed"],
  );
  assert.match(verdicts[0]?.log ?? "", /main\.main\.func1/);
});

test("what does not build is said with the compiler's own words", () => {
  const broken = { "p.go": guarded, "p_test.go": "package p\n\nfunc TestX(t *testing.T) {}\n" };
  const { verdicts } = verify(module(broken), ["--all", "--budget", "20s"]);
  assert.deepEqual(
    verdicts.map(({ outcome }) => outcome),
    ["build-failed"],
  );
  assert.match(verdicts[0]?.log ?? "", /undefined: testing/);
});

test("without a C compiler plain runs are tried, and the reason is told", () => {
  const racing = `package main

import "sync"

func main() {
	m := map[int]int{}
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range 100000 {
				m[i%16] = g
			}
		}()
	}
	wg.Wait()
}
`;
  const { verdicts, stderr } = verify(module({ "main.go": racing }), ["--all", "--budget", "40s"], {
    CC: "no-such-compiler",
  });
  assert.match(stderr, /needs a C compiler, and no-such-compiler is not on the path/);
  assert.deepEqual(
    verdicts.map(({ outcome }) => outcome),
    ["confirmed"],
  );
  assert.match(verdicts[0]?.evidence ?? "", /the runtime \("concurrent map writes"\)/);
});

test("without Go the message says what still works", () => {
  const ran = verify(module({ "p.go": guarded }), ["--all"], { PATH: scratch() });
  assert.equal(ran.status, 2);
  assert.match(ran.stderr, /Go cannot be started .*Scanning, hovers, fixes and importing logs work without it/);
});

test("an unknown fingerprint, none, and a bad budget are usage errors", () => {
  const dir = module({ "p.go": guarded });
  for (const args of [["0123456789abcdef"], [], ["--all", "--budget", "soon"], ["../x"]])
    assert.equal(verify(dir, args).status, 2, args.join(" "));
});

test("verdicts are kept when asked for, and the newest of a finding stays", () => {
  const dir = module({ "p.go": guarded });
  const file = join(dir, ".maprace/verdicts.json");
  verify(dir, ["--all", "--budget", "5s"]);
  assert.ok(!existsSync(file));
  for (const _ of [1, 2]) verify(dir, ["--all", "--budget", "5s", "--save"]);
  const kept = JSON.parse(readFileSync(file, "utf8")) as { version: number; verdicts: Verdict[] };
  assert.equal(kept.version, 1);
  assert.deepEqual(
    kept.verdicts.map(({ outcome }) => outcome),
    ["no-test"],
  );
  assert.deepEqual(readdirSync(join(dir, ".maprace")), ["verdicts.json"]);
});

test("cancel leaves no process and no file", { skip: process.platform === "win32" }, async () => {
  const own = temporary();
  const sleeping = `package main

import (
	"os"
	"time"
)

var m = map[int]int{}

func main() {
	if len(os.Args) > 5 {
		go func() { m[1] = 1 }()
		m[2] = 2
	}
	time.Sleep(time.Hour)
}
`;
  const dir = module({ "main.go": sleeping });
  const child = spawn(
    process.execPath,
    [join(root, "dist/maprace.js"), "verify", "-C", dir, "--all", "--min-confidence", "possible"],
    { stdio: ["ignore", "ignore", "pipe"], env: { ...process.env, ...own.env } },
  );
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
    if (!child.killed && /# (race|plain) run/.test(said)) child.kill("SIGINT");
  });
  const code = await new Promise((resolve) => child.once("exit", resolve));
  assert.equal(code, 2, said);
  assert.match(said, /cancelled/);
  assert.deepEqual(readdirSync(own.dir), []);
  const alive = run("ps", ["-eo", "args"])
    .stdout.split("\n")
    .filter((line) => line.includes(own.dir));
  assert.deepEqual(alive, []);
});

test("all racy cases within 60 s each, none of the clean ones", {
  skip: raceless || process.env["MAPRACE_LONG"] !== "1",
}, () => {
  const labels = JSON.parse(readFileSync(join(root, "test/cases/small/cases.json"), "utf8")) as {
    id: string;
    verdict: string;
  }[];
  const dir = scratch();
  cpSync(join(root, "test/cases/small"), dir, { recursive: true });
  const { verdicts } = verify(dir, ["--all", "--budget", "60s"]);
  const confirmed = new Set(
    verdicts
      .filter(({ outcome }) => outcome === "confirmed")
      .map(({ object }) => /smallcases\/(\w+)/.exec(object)?.[1] ?? ""),
  );
  const racy = labels.filter(({ verdict }) => verdict === "racy").map(({ id }) => id);
  assert.deepEqual(
    [...confirmed].filter((id) => !racy.includes(id)),
    [],
  );
  assert.ok(racy.filter((id) => confirmed.has(id)).length >= 26, [...confirmed].join(" "));
  assert.ok(verdicts.every(({ outcome }) => outcome !== "refuted"));
});
