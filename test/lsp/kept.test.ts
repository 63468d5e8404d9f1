import assert from "node:assert/strict";
import { readdirSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { Client, project } from "../harness/client.ts";
import { maprace, scratch } from "../harness/tools.ts";

const racy = (name: string) => `package ${name}

var seen = map[int]int{}

func Spawn() {
	go func() { seen[1]++ }()
	seen[2]++
}
`;

const clients: Client[] = [];
after(() => Promise.all(clients.map((client) => client.end())));

/** Paths of the facts in a cache. */
const factsIn = (cache: string) =>
  readdirSync(cache).flatMap((name) => (name.endsWith(".facts") ? [join(cache, name)] : []));

async function serve(cache: string, dir: string): Promise<Client> {
  const client = new Client([], { MAPRACE_CACHE: cache });
  clients.push(client);
  await client.start(dir);
  return client;
}

test("the server takes the facts that a scan has kept, and edits find the sources behind them", async () => {
  const cache = scratch();
  const { dir, uri } = project({ "a/a.go": racy("a"), "b/b.go": racy("b") });
  maprace(["scan", "-C", dir], { env: { MAPRACE_CACHE: cache } });
  const kept = factsIn(cache);
  assert.equal(kept.length, 2);
  for (const path of kept) utimesSync(path, new Date(0), new Date(0));
  const client = await serve(cache, dir);
  await client.until(uri("a/a.go"), ({ length }) => length > 0);
  await client.until(uri("b/b.go"), ({ length }) => length > 0);
  assert.ok(
    kept.every((path) => statSync(path).mtimeMs > 0),
    "entries that are used are marked as used",
  );
  await client.connection.sendNotification("textDocument/didOpen", {
    textDocument: { uri: uri("a/a.go"), languageId: "go", version: 1, text: racy("a") },
  });
  await client.connection.sendNotification("textDocument/didChange", {
    textDocument: { uri: uri("a/a.go"), version: 2 },
    contentChanges: [{ text: racy("a").replace("go func", "func") }],
  });
  await client.until(uri("a/a.go"), ({ length }) => length === 0);
  assert.ok((client.diagnostics.get(uri("b/b.go"))?.length ?? 0) > 0);
  assert.deepEqual(factsIn(cache).sort(), kept.sort(), "nothing was worked out that was there");
});

test("what the server has worked out a scan takes, once nobody types", async () => {
  const cache = scratch();
  const { dir, uri } = project({ "a/a.go": racy("a"), "b/b.go": racy("b") });
  const client = await serve(cache, dir);
  await client.until(uri("b/b.go"), ({ length }) => length > 0);
  for (const end = Date.now() + 30_000; factsIn(cache).length < 2 && Date.now() < end; ) await pause(50);
  const kept = factsIn(cache);
  assert.equal(kept.length, 2);
  maprace(["scan", "-C", dir], { env: { MAPRACE_CACHE: cache } });
  assert.deepEqual(factsIn(cache).sort(), kept.sort());
});
