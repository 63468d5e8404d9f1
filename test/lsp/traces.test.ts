import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import type { Hover } from "vscode-languageserver-protocol";
import type { TimelineSlice, TimelineWait, TimelineWindow } from "../../common/src/timeline.ts";
import { Client } from "../harness/client.ts";
import { run, scratch } from "../harness/tools.ts";

const module = join(scratch(), "desk");
const main = join(module, "main.go");
const uri = pathToFileURL(main).href;
const trace = join(scratch(), "desk.trace");
const client = new Client();

const source = `package main

import (
	"os"
	"runtime/trace"
	"sync"
	"time"
)

type desk struct {
	mu    sync.Mutex
	notes map[string]int
	old   map[string]int
}

func (d *desk) write() {
	d.mu.Lock()
	d.notes["a"] = 1
	time.Sleep(30 * time.Millisecond)
	d.mu.Unlock()
}

func (d *desk) read() int {
	time.Sleep(10 * time.Millisecond)
	return d.notes["a"]
}

func (d *desk) archive() { d.old["a"] = 2 }

func (d *desk) drop() { delete(d.old, "a") }

func main() {
	file, err := os.Create(os.Args[1])
	if err != nil {
		panic(err)
	}
	if err := trace.Start(file); err != nil {
		panic(err)
	}
	defer trace.Stop()
	d := &desk{notes: map[string]int{}, old: map[string]int{}}
	go d.write()
	go func() { d.read() }()
	time.Sleep(60 * time.Millisecond)
	go d.archive()
	time.Sleep(20 * time.Millisecond)
	go d.drop()
	time.Sleep(20 * time.Millisecond)
}
`;

before(async () => {
  mkdirSync(module);
  writeFileSync(join(module, "go.mod"), "module example.com/desk\n\ngo 1.22\n");
  writeFileSync(main, source);
  const made = run("go", ["run", ".", trace], { cwd: module });
  assert.equal(made.status, 0, made.stderr);
  await client.startWith({ commands: true }, module);
  await client.connection.sendNotification("textDocument/didOpen", {
    textDocument: { uri, languageId: "go", version: 1, text: source },
  });
});

after(() => client.end());

async function hover(text: string): Promise<string> {
  const lines = source.split("\n");
  const line = lines.findIndex((one) => one.includes(text));
  const position = { line, character: (lines[line] ?? "").indexOf(text) };
  const answer: Hover | null = await client.connection.sendRequest("textDocument/hover", {
    textDocument: { uri },
    position,
  });
  return JSON.stringify(answer?.contents ?? null);
}

test("functions of a finding that a trace saw active at one moment are named, others are not", async () => {
  const files = [{ kind: "trace", path: trace }];
  const record = { id: "t", label: "run desk", time: Date.now(), seconds: 1, command: "", files, notes: [] };
  await client.connection.sendRequest("maprace/loadRun", { record: { ...record, ratesSet: true }, anchors: "" });
  const both = await hover('d.notes["a"] = 1');
  assert.match(both, /MR10\d/);
  assert.match(
    both,
    /Seen together.* into the trace of run desk, goroutine \d+ was in `desk\.\w+` \(line \d+, waiting\)/,
  );
  assert.match(both, /`desk\.write` \(line 19, waiting\)/);
  assert.match(both, /`desk\.read` \(line 24, waiting\)/);
  const apart = await hover('d.old["a"] = 2');
  assert.match(apart, /MR10\d/);
  assert.doesNotMatch(apart, /Seen together/);
});

test("windows, slices and waits of a timeline; a file that is no trace is an error with its place", async () => {
  const request = { rows: "goroutines", order: "start", search: "", from: 0, to: 0, first: 0, count: 50, reveal: -1 };
  const ask = (file: string): Promise<TimelineWindow> =>
    client.connection.sendRequest("maprace/timelineWindow", { ...request, file, columns: 800 });
  let window = await ask(trace);
  while (!window.done) window = await ask(trace);
  assert.equal(window.read, window.size);
  assert.equal(window.lost, "");
  assert.equal(window.counts.length, window.rows.length);
  const writer = window.rows.find(({ name }) => / main\.\(\*desk\)\.write$|main\.main\.gowrap1/.test(name));
  assert.ok(writer !== undefined, JSON.stringify(window.rows));
  const slice: TimelineSlice | null = await client.connection.sendRequest("maprace/timelineSlice", {
    file: trace,
    rows: "goroutines",
    row: writer.row,
    slice: 0,
  });
  assert.match(slice?.waker?.title ?? "", /^started by G1 main\.main$/);
  const waits: TimelineWait[] = await client.connection.sendRequest("maprace/timelineWaits", { file: trace });
  assert.ok(waits.every(({ count, longest, total }) => count > 0 && longest <= total));
  await client.connection.sendRequest("maprace/closeTimeline", { file: trace });
  await assert.rejects(ask(main), /main\.go: not a Go execution trace/);
  await client.connection.sendRequest("maprace/closeTimeline", { file: main });
  await assert.rejects(ask(join(module, "missing.trace")), /cannot be read/);
});
