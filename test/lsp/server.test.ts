import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import type { CodeAction, Hover, InlayHint } from "vscode-languageserver-protocol";
import { Client, project } from "../harness/client.ts";
import { root, scratch } from "../harness/tools.ts";

const guarded = `package p

import "sync"

type T struct {
	mu sync.Mutex
	m  map[string]int
}

func (t *T) Add(k string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.m[k]++
}

func (t *T) Drop(k string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.m, k)
}

func (t *T) Len() int {
	return len(t.m)
}
`;

const clients: Client[] = [];
after(() => Promise.all(clients.map((client) => client.end())));

function client(): Client {
  const made = new Client();
  clients.push(made);
  return made;
}

test("diagnostics, hover, quick fix and edits as you type", async () => {
  const { dir, uri } = project({ "a.go": guarded });
  const editor = client();
  await editor.start(dir);
  const [first] = await editor.until(uri("a.go"), (list) => list.length > 0);
  assert.equal(first?.code, "MR105");
  assert.equal(first?.message, "m is measured with len without t.mu, which its other accesses hold.");
  assert.deepEqual(first?.range, { start: { line: 22, character: 8 }, end: { line: 22, character: 16 } });
  assert.ok(first?.relatedInformation?.some((one) => one.message.includes("holding t.mu")));
  await editor.connection.sendRequest("maprace/scanWorkspace", {});
  assert.ok(editor.progress.includes("begin") && editor.progress.includes("end"), editor.progress.join(" "));

  await editor.connection.sendNotification("textDocument/didOpen", {
    textDocument: { uri: uri("a.go"), languageId: "go", version: 1, text: guarded },
  });
  const hover = await editor.connection.sendRequest<Hover>("textDocument/hover", {
    textDocument: { uri: uri("a.go") },
    position: { line: 22, character: 12 },
  });
  const text = JSON.stringify(hover.contents);
  for (const word of ["Likely", "t.mu", "held at 2 of 3", "data race"])
    assert.ok(text.includes(word), `${word} is not in ${text}`);

  const actions = await editor.connection.sendRequest<CodeAction[]>("textDocument/codeAction", {
    textDocument: { uri: uri("a.go") },
    range: first?.range,
    context: { diagnostics: [first] },
  });
  assert.equal(actions[0]?.title, "Lock with t.mu");
  const edits = actions[0]?.edit?.changes?.[uri("a.go")] ?? [];
  assert.ok(edits.length > 0);
  const changes = [...edits]
    .sort((a, b) => b.range.start.line - a.range.start.line)
    .map((edit) => ({ range: edit.range, text: edit.newText }));
  await editor.connection.sendNotification("textDocument/didChange", {
    textDocument: { uri: uri("a.go"), version: 2 },
    contentChanges: changes,
  });
  await editor.until(uri("a.go"), (list) => list.length === 0);

  const racy = {
    range: { start: { line: 0, character: 9 }, end: { line: 0, character: 9 } },
    text: "\n\nvar seen = map[int]int{}\n\nfunc Spawn() {\n\tgo func() { seen[1]++ }()\n\tseen[2]++\n}",
  };
  await editor.connection.sendNotification("textDocument/didChange", {
    textDocument: { uri: uri("a.go"), version: 3 },
    contentChanges: [racy],
  });
  const typed = await editor.until(uri("a.go"), (list) => list.length === 1);
  assert.match(JSON.stringify(typed[0]?.message), /seen is written/);
  await editor.connection.sendNotification("textDocument/didChange", {
    textDocument: { uri: uri("a.go"), version: 4 },
    contentChanges: [{ text: guarded.replace("return len(t.m)", "return 0") }],
  });
  await editor.until(uri("a.go"), (list) => list.length === 0);
  assert.equal(await editor.stop(), 0);
});

test("half-typed code keeps the findings of the other functions", async () => {
  const { dir, uri } = project({ "a.go": guarded });
  const editor = client();
  await editor.start(dir);
  await editor.until(uri("a.go"), (list) => list.length === 1);
  await editor.connection.sendNotification("textDocument/didOpen", {
    textDocument: { uri: uri("a.go"), languageId: "go", version: 1, text: guarded },
  });
  const damaged = guarded.replace("\tdelete(t.m, k)\n}", "\tdelete(t.m, k)\n\tif t.");
  await editor.connection.sendNotification("textDocument/didChange", {
    textDocument: { uri: uri("a.go"), version: 2 },
    contentChanges: [{ text: damaged }],
  });
  await editor.connection.sendNotification("textDocument/didChange", {
    textDocument: { uri: uri("a.go"), version: 3 },
    contentChanges: [{ text: `${damaged}\n// moved` }],
  });
  const list = await editor.until(uri("a.go"), (one) => one.length === 1);
  assert.equal(list[0]?.code, "MR105");
  assert.equal(await editor.stop(), 0);
});

test("several folders, a folder without go.mod, changed files and settings", async () => {
  const one = project({ "a.go": guarded });
  const two = project({ "b/b.go": guarded });
  const plain = scratch();
  const editor = client();
  await editor.start(one.dir, two.dir, plain);
  await editor.until(one.uri("a.go"), (list) => list.length === 1);
  await editor.until(two.uri("b/b.go"), (list) => list.length === 1);
  writeFileSync(join(two.dir, "b/b.go"), guarded.replace("return len(t.m)", "return 0"));
  await editor.connection.sendNotification("workspace/didChangeWatchedFiles", {
    changes: [{ uri: two.uri("b/b.go"), type: 2 }],
  });
  await editor.until(two.uri("b/b.go"), (list) => list.length === 0);
  editor.configuration = { minConfidence: "confirmed" };
  await editor.connection.sendNotification("workspace/didChangeConfiguration", { settings: null });
  await editor.until(one.uri("a.go"), (list) => list.length === 0);
  assert.equal(await editor.stop(), 0);
});

test("the explain page tells both accesses, the guard and the way out", async () => {
  const { dir, uri } = project({ "a.go": guarded });
  const editor = client();
  await editor.start(dir);
  const [first] = await editor.until(uri("a.go"), (list) => list.length === 1);
  const fingerprint = (first?.data as { fingerprint: string } | undefined)?.fingerprint;
  const page = await editor.connection.sendRequest<{ markdown: string }>("maprace/explainFinding", {
    uri: uri("a.go"),
    fingerprint,
  });
  for (const word of [
    "MR105",
    "## The two accesses",
    "held at 2 of 3 accesses",
    "T.Add",
    "## How it is written safely",
  ])
    assert.ok(page.markdown.includes(word), word);
  const scan = await editor.connection.sendRequest<{ findings: number; packages: number }>("maprace/scanWorkspace", {});
  assert.deepEqual([scan.findings, scan.packages], [1, 1]);
  assert.equal(await editor.stop(), 0);
});

test("the editor and the command line agree on the sample", async () => {
  const sample = join(root, "sample");
  const editor = client();
  await editor.start(sample);
  const inventory = pathToFileURL(join(sample, "store/inventory.go")).href;
  const list = await editor.until(inventory, (one) => one.length === 1);
  const line = readFileSync(join(sample, "store/inventory.go"), "utf8")
    .split("\n")
    .findIndex((text) => text.includes("return inv.stock[sku]"));
  assert.equal(list[0]?.range.start.line, line);
  await editor.connection.sendRequest("maprace/scanWorkspace", {});
  assert.equal([...editor.diagnostics.values()].flat().length, 5);
  assert.equal(await editor.stop(), 0);
});

test("hovering a map's declaration lists its guard and every access", async () => {
  const { dir, uri } = project({ "p/p.go": guarded });
  const client = new Client();
  clients.push(client);
  await client.start(dir);
  await client.until(uri("p/p.go"), (all) => all.length === 1);
  const ask = async (line: number, character: number) => {
    const hover: Hover | null = await client.connection.sendRequest("textDocument/hover", {
      textDocument: { uri: uri("p/p.go") },
      position: { line, character },
    });
    return hover === null ? "" : (hover.contents as { value: string }).value;
  };
  const card = await ask(6, 1);
  assert.match(card, /^\*\*Map\*\* `T\.m` · guarded by `t\.mu`, held at 2 of 3 accesses/);
  assert.match(card, /- write in `T\.Add` at \[p\.go:13\]\(.*\), held/);
  assert.match(card, /- len in `T\.Len` at \[p\.go:23\]\(.*\), \*\*not held\*\*/);
  assert.equal(await ask(5, 2), "");
});

test("inlay hints name the guards of maps where the setting asks for them", async () => {
  const { dir, uri } = project({ "a.go": guarded });
  const ask = async (settings: Record<string, unknown>) => {
    const editor = client();
    editor.configuration = settings;
    await editor.start(dir);
    await editor.until(uri("a.go"), (list) => list.length > 0);
    const range = { start: { line: 0, character: 0 }, end: { line: 30, character: 0 } };
    return editor.connection.sendRequest<InlayHint[]>("textDocument/inlayHint", {
      textDocument: { uri: uri("a.go") },
      range,
    });
  };
  assert.deepEqual(await ask({}), []);
  const hints = await ask({ inlayHints: { guards: true } });
  assert.deepEqual(
    hints.map(({ position, label }) => [position.line, position.character, label]),
    [[6, 18, "guarded by mu"]],
  );
});
