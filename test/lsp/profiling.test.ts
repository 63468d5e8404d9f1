import assert from "node:assert/strict";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import type { CodeLens, Hover } from "vscode-languageserver-protocol";
import type { ContentionView, FlameGraph, Mark } from "../../common/src/contention.ts";
import type { RunFile, RunRecord } from "../../common/src/runs.ts";
import type { TestItem } from "../../common/src/tests.ts";
import { Client } from "../harness/client.ts";
import { root, run, scratch } from "../harness/tools.ts";

const module = join(scratch(), "shop");
const out = scratch();
const path = join(module, "store/inventory.go");
const uri = pathToFileURL(path).href;
const source = readFileSync(join(root, "sample/store/inventory.go"), "utf8");
const client = new Client();
const anchors = join(out, "anchors.json");

/** Benchmarks the sample's store; `place` is where it stands when it is built. */
function profile(name: string, place: string, flags: readonly string[] = []): RunFile[] {
  const kinds = ["mutex", "block", "cpu"] as const;
  const args = ["test", "-run=^$", "-bench=.", "-benchtime=80ms", `-outputdir=${out}`].concat(
    `-o=${join(out, "bin")}`,
    ...kinds.map((kind) => `-${kind}profile=${name}-${kind}.pprof`),
    ...flags,
    "./store",
  );
  const made = run("go", args, { cwd: place });
  assert.equal(made.status, 0, made.stderr);
  return kinds.map((kind) => ({ kind, path: join(out, `${name}-${kind}.pprof`) }));
}

function record(id: string, files: readonly RunFile[], time = Date.now()): RunRecord {
  return { id, label: `run ${id}`, time, seconds: 1, command: "", files, notes: [], ratesSet: true };
}

async function load(one: RunRecord, stored = ""): Promise<{ anchors: string; notes: string[] }> {
  return client.connection.sendRequest("maprace/loadRun", { record: one, anchors: stored });
}

const show = (runs: string[], base: string | null = null): Promise<ContentionView> =>
  client.connection.sendRequest("maprace/showRuns", { runs, base });

async function marks(of = uri): Promise<Mark[]> {
  const answer: { version: number | null; marks: Mark[] } = await client.connection.sendRequest(
    "maprace/overlayMarks",
    { uri: of },
  );
  return answer.marks;
}

let version = 1;
async function edit(text: string): Promise<void> {
  version++;
  await client.connection.sendNotification("textDocument/didChange", {
    textDocument: { uri, version },
    contentChanges: [{ text }],
  });
}

let files: RunFile[] = [];

before(async () => {
  cpSync(join(root, "sample"), module, { recursive: true, filter: (from) => !from.endsWith("/.maprace") });
  files = profile("own", module);
  await client.startWith({ commands: true }, module);
  await client.connection.sendNotification("textDocument/didOpen", {
    textDocument: { uri, languageId: "go", version, text: source },
  });
});

after(() => client.end());

test("a run is placed: marks on Lock and Unlock lines, lock and maps joined with the findings", async () => {
  const answer = await load(record("a", files));
  assert.deepEqual(answer.notes, []);
  writeFileSync(anchors, answer.anchors);
  const view = await show(["a"]);
  const lock = view.locks.find((one) => one.name === "store.Inventory.mu");
  assert.ok(lock, JSON.stringify(view.locks));
  assert.deepEqual(
    lock.guards.map(({ map }) => map),
    ["store.Inventory.stock"],
  );
  assert.equal(lock.guards[0]?.findings.length, 1);
  const lines = source.split("\n");
  for (const site of lock.sites) {
    const call = site.operation.slice(site.operation.indexOf(".") + 1);
    // A deferred call is counted where it is written, or at the return that runs it.
    const wanted = new RegExp(`\\.${call}\\(\\)${call.endsWith("Unlock") ? "|return|^}" : ""}`);
    assert.match(lines[site.line - 1] ?? "", wanted, `${site.operation} at ${site.line}`);
    assert.equal(site.state, "exact");
  }
  const shown = await marks();
  assert.ok(shown.length >= 2);
  for (const mark of shown) {
    assert.equal(mark.state, "exact");
    const word = /Unlock\(\)|return|^}/.test(lines[mark.line - 1] ?? "") ? "caused" : "waited";
    assert.match(mark.text, new RegExp(` ${word} · `));
  }
  assert.ok(view.functions.some((one) => one.function === "store.Inventory.Add" && one.line === 22));
});

test("a trace alone gives the waits, and the longest with its waker", async () => {
  const made = run(
    "go",
    ["test", "-run=^$", "-bench=.", "-benchtime=80ms", `-outputdir=${out}`, `-o=${join(out, "bin")}`].concat(
      "-trace=store.trace",
      "./store",
    ),
    { cwd: module },
  );
  assert.equal(made.status, 0, made.stderr);
  await load(record("traced", [{ kind: "trace", path: join(out, "store.trace") }]));
  const view = await show(["traced"]);
  const lock = view.locks.find((one) => one.name === "store.Inventory.mu");
  assert.ok(lock?.sites.some((site) => site.operation === "RWMutex.Lock" && site.line === 23));
  const answer: Hover | null = await client.connection.sendRequest("textDocument/hover", {
    textDocument: { uri },
    position: { line: 22, character: 6 },
  });
  const text = JSON.stringify(answer?.contents);
  const ended = /longest wait [^,]+, of goroutine \d+; goroutine \d+ ended it at inventory\.go:(\d+)/.exec(text);
  assert.match(source.split("\n")[Number(ended?.[1]) - 1] ?? text, /Unlock\(\)|return|^}/);
  await show(["a"]);
});

test("waits by design and the runtime's own are left out", async () => {
  const view: ContentionView = await client.connection.sendRequest("maprace/contentionView", {});
  assert.ok(
    !view.locks.some((lock) => /WaitGroup|runtime|chan/.test(lock.name)),
    JSON.stringify(view.locks.map((one) => one.name)),
  );
});

test("lenses: waits of functions, Profile on tests and benchmarks", async () => {
  const lenses: CodeLens[] = await client.connection.sendRequest("textDocument/codeLens", { textDocument: { uri } });
  const add = lenses.find((lens) => lens.range.start.line === 21);
  assert.match(add?.command?.title ?? "", /waited .* · caused /);
  const tests = pathToFileURL(join(module, "store/inventory_test.go")).href;
  const onTests: CodeLens[] = await client.connection.sendRequest("textDocument/codeLens", {
    textDocument: { uri: tests },
  });
  assert.deepEqual(
    onTests.filter((lens) => lens.command?.title === "Profile").map((lens) => lens.command?.arguments?.[0]),
    [
      { uri: tests, name: "TestInventory", kind: "test" },
      { uri: tests, name: "BenchmarkInventory", kind: "bench" },
    ],
  );
});

test("table tests are found by the names of their entries", async () => {
  const tests = pathToFileURL(join(module, "store/inventory_test.go")).href;
  const items: TestItem[] = await client.connection.sendRequest("maprace/testsIn", { uri: tests });
  assert.deepEqual(
    items.map((item) => [item.name, item.children.map((child) => child.name)]),
    [
      ["TestInventory", ["TestInventory/in stock", "TestInventory/sold out"]],
      ["BenchmarkInventory", []],
    ],
  );
});

test("hover: on a hot line, on the lock's field, on the map it guards", async () => {
  const hover = async (line: number, character: number) => {
    const answer: Hover | null = await client.connection.sendRequest("textDocument/hover", {
      textDocument: { uri },
      position: { line, character },
    });
    return answer === null ? "" : JSON.stringify(answer.contents);
  };
  assert.match(await hover(22, 6), /Measured.*RWMutex\.Lock.*wait suffered here \(at Lock\)/);
  assert.match(await hover(7, 1), /\*\*Lock\*\* `store\.Inventory\.mu`/);
  assert.match(await hover(8, 2), /\*\*Lock\*\* `store\.Inventory\.mu`/);
  assert.match(await hover(24, 8), /\*\*Lock\*\* `store\.Inventory\.mu`/);
  assert.equal(await hover(17, 8), "");
});

test("marks follow edits, and an older run finds its lines by its anchors", async () => {
  const before = await marks();
  await edit(source.replace("// Add puts", "// One\n// Two\n// Add puts"));
  const moved = await marks();
  assert.deepEqual(
    moved.map((mark) => [mark.line, mark.state]),
    before.map((mark) => [mark.line + 2, "moved"]),
  );
  const first = before[0]?.line ?? 0;
  const lines = source.split("\n");
  await edit(lines.with(first - 1, `${lines[first - 1]} // here`).join("\n"));
  assert.deepEqual(
    (await marks()).map((mark) => mark.state),
    before.map((mark) => (mark.line === first ? "changed" : "exact")),
  );
  await edit(lines.toSpliced(first - 1, 1).join("\n"));
  const rest = await marks();
  assert.equal(rest.length, before.length - 1);
  await load(record("again", files, Date.now() - 3_600_000), anchors);
  await show(["again"]);
  await edit(source);
  assert.ok((await marks()).every((mark) => mark.state === "exact"));
  // Without its anchors an hour-old run cannot vouch for a file that was saved since.
  await load(record("old", files, Date.now() - 3_600_000));
  await show(["old"]);
  assert.ok((await marks()).every((mark) => mark.state === "unsure" && mark.text.includes("newer")));
});

test("runs are compared and merged line by line", async () => {
  await load(record("b", profile("second", module)));
  await show(["b"], "a");
  const compared = await marks();
  assert.ok(compared.length >= 2 && compared.every((mark) => / \(.* → .*\)/.test(mark.text)), JSON.stringify(compared));
  const merged = await show(["a", "b"]);
  assert.match(merged.title, /run a and 1 more, median/);
  assert.ok((await marks()).every((mark) => /\[.* – .*\]/.test(mark.text)));
  await client.connection.sendRequest("maprace/forgetRun", { id: "b" });
  assert.doesNotMatch((await marks())[0]?.text ?? "", /\[/);
});

test("profiles from elsewhere are placed: trimmed paths, containers, path mappings", async () => {
  const trimmed = profile("trimmed", module, ["-trimpath"]);
  const elsewhere = join(scratch(), "build/app");
  cpSync(module, elsewhere, { recursive: true });
  const moved = profile("moved", elsewhere);
  for (const [id, list] of [
    ["trimmed", trimmed],
    ["moved", moved],
  ] as const) {
    await load(record(id, list));
    const view = await show([id]);
    assert.equal(view.locks[0]?.sites[0]?.path, path, id);
    assert.ok((await marks()).length >= 2, id);
  }
  const frame = { function: "main.main", file: "/src/app/main.go", line: 3 };
  assert.deepEqual(await client.connection.sendRequest("maprace/resolveFrame", frame), {
    path: join(module, "main.go"),
    line: 3,
  });
  client.configuration = { pathMappings: [`/elsewhere=${join(module, "web")}`] };
  await client.connection.sendNotification("workspace/didChangeConfiguration", { settings: {} });
  const mapped = { function: "main.x", file: "/elsewhere/server.go", line: 9 };
  for (let i = 0; i < 100; i++) {
    if ((await client.connection.sendRequest("maprace/resolveFrame", mapped)) !== null) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.deepEqual(await client.connection.sendRequest("maprace/resolveFrame", mapped), {
    path: join(module, "web/server.go"),
    line: 9,
  });
  // A profile names any file it likes; only sources are answered.
  for (const file of ["/etc/passwd", "/etc/hosts.go", "//host/share/x.go", "../../etc/x.go"])
    assert.equal(
      await client.connection.sendRequest("maprace/resolveFrame", { function: "a.b", file, line: 1 }),
      null,
      file,
    );
});

test("flame graphs come in windows: rooted at the lock, at the program, zoomed", async () => {
  await show(["a"]);
  const ask = (more: object): Promise<FlameGraph> =>
    client.connection.sendRequest("maprace/flameGraph", {
      files: [files[0]?.path],
      sampleType: "",
      root: "locks",
      node: 0,
      ...more,
    });
  const locks = await ask({});
  assert.equal(locks.sampleType, "delay");
  const named = locks.label.map((label) => locks.labels[label]?.name ?? "");
  assert.ok(named.includes("store.Inventory.mu"), named.join("\n"));
  const all = await ask({ root: "all" });
  // Every node's value is its own and its children's, as far as they are large enough to be sent.
  for (const [index, total] of all.total.entries()) {
    const below = all.parent.reduce((sum, parent, child) => sum + (parent === index ? (all.total[child] ?? 0) : 0), 0);
    assert.ok((all.self[index] ?? 0) + below <= total, `node ${index}`);
  }
  const child = all.node[3] ?? 0;
  const zoomed = await ask({ root: "all", node: child });
  assert.equal(zoomed.focus, child);
  assert.ok(zoomed.node.includes(0) && zoomed.node.includes(child));
  await assert.rejects(ask({ files: [join(out, "missing.pprof")] }), /cannot be read/);
});

test("a run whose files are damaged is an error with the place, a half damaged one a note", async () => {
  const cut = join(out, "cut.pprof");
  const whole = readFileSync(files[0]?.path ?? "");
  writeFileSync(cut, whole.subarray(0, whole.length >> 1));
  await assert.rejects(load(record("bad", [{ kind: "mutex", path: cut }])), /cut\.pprof: .* at byte \d+/);
  const { notes } = await load(record("half", [{ kind: "mutex", path: cut }, ...files.slice(1)]));
  assert.equal(notes.length, 1);
  assert.match(notes[0] ?? "", /cut\.pprof/);
});
