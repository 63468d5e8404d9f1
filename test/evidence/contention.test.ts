import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gather, kindOf } from "../../server/src/evidence/contention/gather.ts";
import { within } from "../../server/src/evidence/contention/model.ts";
import { parseGoroutines, waitsForLock } from "../../server/src/evidence/goroutines/parse.ts";
import { columnOf, type Profile } from "../../server/src/evidence/pprof/profile.ts";
import { readProfile } from "../../server/src/host/profiles.ts";
import { declarationOf, parseFrameName } from "../../server/src/knowledge/frames.ts";
import { liveModule, startLive } from "../harness/live.ts";
import { root, run, scratch } from "../harness/tools.ts";

const dir = scratch();
const source = readFileSync(join(root, "test/go/contend/contend_test.go"), "utf8").split("\n");
const kinds = ["mutex", "block", "cpu"] as const;
const args = ["test", "-run=^$", "-bench=.", "-benchtime=80ms", `-outputdir=${dir}`, `-o=${join(dir, "bin")}`];
const made = run(
  "go",
  args.concat(
    kinds.map((kind) => `-${kind}profile=${kind}.pprof`),
    "./contend",
  ),
  {
    cwd: join(root, "test/go"),
  },
);
assert.equal(made.status, 0, made.stderr);
const profiles = kinds.map((kind) => ({ kind, profile: readProfile(join(dir, `${kind}.pprof`)) }));
const found = gather(profiles);

function total(profile: Profile, type: string): number {
  const column = columnOf(profile, type);
  const width = profile.sampleTypes.length;
  return profile.values.reduce((sum, value, index) => sum + (index % width === column ? value : 0), 0);
}

test("names of frames are taken apart: receivers, closures, type arguments, escapes", () => {
  const parts = (name: string) => {
    const frame = parseFrameName(name);
    return `${frame.pkg} ${declarationOf(frame)}`;
  };
  for (const [name, expected] of [
    ["main.main", "main main"],
    ["example.com/a/b.(*T).M", "example.com/a/b T.M"],
    ["example.com/a/b.T.M", "example.com/a/b T.M"],
    ["example.com/a/b.F.func1", "example.com/a/b F"],
    ["example.com/a/b.F.func2.1", "example.com/a/b F"],
    ["example.com/a/b.(*T).M.func1", "example.com/a/b T.M"],
    ["example.com/a/b.(*T).M-fm", "example.com/a/b T.M"],
    ["example.com/a/b.F.gowrap1", "example.com/a/b F"],
    ["example.com/a/b.(*T).M.deferwrap2", "example.com/a/b T.M"],
    ["example.com/a/b.F[...]", "example.com/a/b F"],
    ["example.com/a/b.(*T[...]).M", "example.com/a/b T.M"],
    ["example.com/a/b.(*T[go.shape.string,example.com/x/y.Z]).M", "example.com/a/b T.M"],
    ["gopkg.in/yaml%2ev3.Unmarshal", "gopkg.in/yaml.v3 Unmarshal"],
    [
      "internal/sync.(*HashTrieMap[go.shape.interface {},go.shape.interface {}]).Swap",
      "internal/sync HashTrieMap.Swap",
    ],
    ["runtime.mcall", "runtime mcall"],
    ["weird", " weird"],
  ] as const)
    assert.equal(parts(name), expected, name);
});

test("mutex and block profiles are told apart by their stacks", () => {
  for (const { kind, profile } of profiles) assert.equal(kindOf(profile), kind);
});

test("nothing is lost: waits for locks, by design and of the runtime add up to the profile", () => {
  for (const { kind, profile } of profiles.slice(0, 2)) {
    const { total: sums, idle, internal } = gather([{ kind, profile }]);
    const locks = kind === "mutex" ? sums.caused : sums.suffered;
    assert.equal(locks.time + idle.time + internal.time, total(profile, "delay"), kind);
    assert.equal(locks.count + idle.count + internal.count, total(profile, "contentions"), kind);
    assert.ok(locks.time > 0);
    if (kind === "block") assert.ok(idle.time > 0, "channels and WaitGroups wait by design");
  }
});

test("waits caused stand at Unlock, waits suffered at Lock, map operations where they are written", () => {
  for (const line of found.lines) {
    const text = source[line.line - 1] ?? "";
    const where = `${line.function}:${line.line} ${line.operation}: ${text}`;
    if (line.operation === "") continue;
    assert.ok(line.file.endsWith("contend_test.go"), where);
    if (line.caused.time > 0) assert.match(text, /Unlock\(\)|\.(Store|Delete|Load)\(|return|^}/, where);
    if (line.suffered.time > 0) assert.match(text, /Lock\(\)|\.(Store|Delete|Load)\(|Wait\(\)/, where);
  }
  const inMaps = found.lines.filter((line) => line.mapCpu.time > 0);
  assert.ok(inMaps.length > 0 && found.total.mapCpu.time > 0);
  for (const line of inMaps) assert.match(source[line.line - 1] ?? "", /\[.*\]/, `${line.function}:${line.line}`);
});

test("a function's waits are those of its lines and callees, closures and instances counted to it", () => {
  const of = (name: string) => found.functions.find((one) => one.declaration === name) ?? assert.fail(name);
  const { profile } = profiles[1] ?? assert.fail();
  const put = of("store.put");
  assert.ok(put.suffered.time > 0 && put.sufferedBelow.time === 0);
  assert.ok(of("cache.update").caused.time > 0);
  const around = of("parallel");
  assert.ok(within(around, "suffered").time <= total(profile, "delay"));
  assert.ok(within(around, "suffered").time >= within(put, "suffered").time);
});

test("goroutines of a dump: state, frames without arguments, who waits for a lock", () => {
  const [one, two, three] = parseGoroutines(`goroutine 1 [running]:
main.main()
\t/src/main.go:10 +0x1d

goroutine 18 gp=0xc000 m=nil [sync.Mutex.Lock, 3 minutes]:
internal/sync.runtime_SemacquireMutex(0xc0000140a8?, 0x0?, 0x1?)
\t/go/src/runtime/sema.go:95 +0x25
example.com/p.(*T).Add(0xc000012345, {0x1234, 0x3})\r
\t/src/p/p.go:7 +0x45\r
created by main.main in goroutine 1
\t/src/main.go:8 +0x33

goroutine 19 [chan receive, locked to thread]:
main.main.func1(...)
\t/src/main.go:20
`);
  assert.deepEqual([one?.id, one?.state, one?.minutes], [1, "running", 0]);
  assert.deepEqual(two, {
    id: 18,
    state: "sync.Mutex.Lock",
    minutes: 3,
    frames: [
      { function: "internal/sync.runtime_SemacquireMutex", file: "/go/src/runtime/sema.go", line: 95 },
      { function: "example.com/p.(*T).Add", file: "/src/p/p.go", line: 7 },
    ],
  });
  assert.deepEqual(three?.frames, [{ function: "main.main.func1", file: "/src/main.go", line: 20 }]);
  assert.deepEqual(
    [one, two, three].map((each) => each !== undefined && waitsForLock(each)),
    [false, true, false],
  );
  assert.deepEqual(parseGoroutines("nothing of the kind\n\tat x.go:1\n"), []);
});

test("who is blocked in a live service joins the line that waits", async () => {
  const module = liveModule();
  const live = await startLive(module);
  try {
    let blocked: readonly { line: number; blocked: number; operation: string }[] = [];
    for (let i = 0; i < 50 && blocked.length === 0; i++) {
      const response = await fetch(`http://${live.address}/debug/pprof/goroutine?debug=2`);
      blocked = gather([], parseGoroutines(await response.text())).lines.filter((line) => line.blocked > 0);
    }
    assert.deepEqual(
      blocked.map(({ line, operation }) => [line, operation]),
      [[23, "RWMutex.Lock"]],
    );
  } finally {
    live.stop();
  }
});

test("samples of real dumps parse whole", () => {
  const text = readFileSync(join(root, "test/fixtures/goroutines.txt"), "utf8");
  const all = parseGoroutines(text);
  assert.equal(all.length, (text.match(/^goroutine \d+/gm) ?? []).length);
  assert.ok(all.every(({ frames }) => frames.length > 0));
});
