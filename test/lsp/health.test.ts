import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { Client, project } from "../harness/client.ts";
import { scratch } from "../harness/tools.ts";

const racy = (name: string) => `package ${name}

var seen = map[int]int{}

func Spawn() {
	go func() { seen[1]++ }()
	seen[2]++
}
`;

/** A package with very many functions, or with one that is very long. */
function huge(functions: number, statements: number): string {
  const body = Array.from({ length: statements }, (_, at) => `\ttable[${at}] = "x"\n`).join("");
  const all = Array.from({ length: functions }, (_, at) => `func f${at}() {\n${body}}\n`);
  return `package huge\n\nvar table = map[int]string{}\n\n${all.join("")}`;
}

/** Waits until the newest journal names a path. */
async function looksAt(cache: string, path: string): Promise<void> {
  const journals = join(cache, "journal");
  for (const end = Date.now() + 60_000; Date.now() < end; await pause(1)) {
    if (!existsSync(journals)) continue;
    const current = readdirSync(journals).map((name) => readFileSync(join(journals, name), "utf8").split("\n", 1)[0]);
    const ended = readdirSync(journals).length - 1;
    if (current.filter((one) => one === path).length > (path.endsWith(".go") ? 0 : ended)) return;
  }
  assert.fail(`no server looked at ${path}`);
}

const clients: Client[] = [];
after(() => Promise.all(clients.map((client) => client.end())));

function client(...options: ConstructorParameters<typeof Client>): Client {
  const made = new Client(...options);
  clients.push(made);
  return made;
}

test("the scope of the settings decides what is analysed, and the status says so", async () => {
  const importing = `package c\n\nimport "example.com/m/a"\n\nvar _ = a.Spawn\n${racy("c").slice("package c".length)}`;
  const { dir, uri } = project({ "a/a.go": racy("a"), "b/b.go": racy("b"), "c/c.go": importing });
  const editor = client();
  editor.configuration = { scope: "open" };
  await editor.startWith({ scope: "open" }, dir);
  const open = (path: string, text: string) =>
    editor.connection.sendNotification("textDocument/didOpen", {
      textDocument: { uri: uri(path), languageId: "go", version: 1, text },
    });
  const shown = () => ["a/a.go", "b/b.go", "c/c.go"].map((path) => editor.diagnostics.get(uri(path))?.length ?? 0);
  const none = await editor.status(({ state, limits }) => state === "idle" && limits.length > 0);
  assert.equal(none.scope, "open");
  assert.deepEqual(none.limits, ["the setting maprace.scope; packages of 3 directories are left out"]);
  assert.deepEqual(shown(), [0, 0, 0]);
  await open("a/a.go", racy("a"));
  await editor.until(uri("a/a.go"), (list) => list.length === 1);
  assert.deepEqual(shown(), [1, 0, 0]);

  const choose = (scope: string) => {
    editor.configuration = { scope };
    return editor.connection.sendNotification("workspace/didChangeConfiguration", { settings: null });
  };
  // A file that is open counts as one that changes.
  await choose("changed");
  await editor.until(uri("c/c.go"), (list) => list.length === 1);
  const changed = await editor.status(({ state, scope }) => state === "idle" && scope === "changed");
  assert.match(changed.limits[0] ?? "", /packages of 1 directories are left out/);
  assert.deepEqual(shown(), [1, 0, 1]);
  await choose("full");
  await editor.until(uri("b/b.go"), (list) => list.length === 1);
  await editor.status(({ state, limits }) => state === "idle" && limits.length === 0);
  await choose("paused");
  for (const path of ["a/a.go", "b/b.go", "c/c.go"]) await editor.until(uri(path), (list) => list.length === 0);
  assert.equal(await editor.stop(), 0);
});

test("near its limit of memory the server analyses less and says why", async () => {
  const { dir } = project({
    "a/a.go": racy("a"),
    ...Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`p${at}/p.go`, huge(200, 1)])),
  });
  // As the extension starts it: the runtime's own limit lies above.
  const editor = client(["--max-old-space-size=100"]);
  editor.configuration = { memoryLimit: 60 };
  await editor.startWith(editor.configuration, dir);
  const status = await editor.status(({ scope }) => scope !== "full");
  assert.match(status.limits[0] ?? "", /^memory came near its limit of 60 MB/);
  // It still answers, and holds what it may.
  const { packages } = await editor.connection.sendRequest<{ packages: number }>("maprace/scanWorkspace", {});
  assert.equal(packages, 0);
  assert.equal(await editor.stop(), 0);
});

test("a file that two servers did not survive is named and left out until it changes", async () => {
  const { dir, uri } = project({ "a/a.go": racy("a"), "huge/huge.go": huge(1, 200_000) });
  const env = { MAPRACE_CACHE: scratch() };
  for (let round = 0; round < 2; round++) {
    const fragile = client([], env);
    await fragile.start(dir);
    // It is read, and then worked on for a while: a kernel that runs out of memory would end it there.
    await looksAt(env.MAPRACE_CACHE, join(dir, "huge/huge.go"));
    await looksAt(env.MAPRACE_CACHE, join(dir, "huge"));
    fragile.kill();
    await fragile.ended();
  }
  assert.equal(readdirSync(join(env.MAPRACE_CACHE, "journal")).length, 2);

  const editor = client([], env);
  await editor.start(dir);
  await editor.until(uri("a/a.go"), (list) => list.length === 1);
  const { limits } = await editor.status(({ state, limits: lines }) => state === "idle" && lines.length > 0);
  assert.match(limits.join("\n"), /huge.* is left out until it changes: two servers ended while they looked at it/);
  writeFileSync(join(dir, "huge/huge.go"), racy("huge"));
  await editor.connection.sendNotification("workspace/didChangeWatchedFiles", {
    changes: [{ uri: uri("huge/huge.go"), type: 2 }],
  });
  await editor.until(uri("huge/huge.go"), (list) => list.length === 1);
  await editor.status(({ state, limits: lines }) => state === "idle" && lines.length === 0);
  assert.equal(await editor.stop(), 0);
});

test("a server that is killed half way leaves nothing out the next time", async () => {
  const files = Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`p${at}/p.go`, racy(`p${at}`)]));
  const { dir, uri } = project(files);
  const env = { MAPRACE_CACHE: scratch() };
  const killed = client([], env);
  await killed.start(dir);
  await killed.status(({ state }) => state === "scanning");
  killed.kill();
  await killed.ended();
  const editor = client([], env);
  await editor.start(dir);
  for (const at of [0, 150, 299]) await editor.until(uri(`p${at}/p.go`), (list) => list.length === 1);
  assert.deepEqual((await editor.status(({ state }) => state === "idle")).limits, []);
  assert.equal(await editor.stop(), 0);
  assert.deepEqual(
    readdirSync(join(env.MAPRACE_CACHE, "journal")).filter((name) => name.includes(`.${process.pid}.`)),
    [],
  );
});
