import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from "vscode-jsonrpc/node";
import type { Mark } from "../../common/src/contention.ts";
import type { RunRecord } from "../../common/src/runs.ts";
import { encodeProfile } from "../../server/src/evidence/pprof/encode.ts";

const [sample = ""] = process.argv.slice(2);
const dir = mkdtempSync(join(tmpdir(), "maprace-bench-"));
process.on("exit", () => rmSync(dir, { recursive: true, force: true }));

const count = 10_000;
/** A file with this many lines that each take a lock, and a profile in which each of them waits. */
function manyLines(): { source: string; profile: Uint8Array } {
  const functions = [{ name: "sync.(*Mutex).Lock", file: "/usr/local/go/src/sync/mutex.go", line: 1 }];
  const lines = ["package store", "", 'import "sync"', "", "var big sync.Mutex", ""];
  const places: { function: number; line: number }[] = [{ function: 0, line: 1 }];
  for (let f = 0; f < count / 10; f++) {
    functions.push({
      name: `example.com/shop/store.f${f}`,
      file: join(dir, "shop/store/many.go"),
      line: lines.length + 1,
    });
    lines.push(`func f${f}() {`);
    for (let i = 0; i < 10; i++) {
      lines.push(`\tbig.Lock() // ${i}`);
      places.push({ function: f + 1, line: lines.length });
    }
    lines.push("}", "");
  }
  const indexes = Int32Array.from(places, (_, index) => index);
  const samples = places.length - 1;
  const profile = encodeProfile({
    sampleTypes: [
      { type: "contentions", unit: "count" },
      { type: "delay", unit: "nanoseconds" },
    ],
    stackStart: Int32Array.from({ length: samples + 1 }, (_, index) => 2 * index),
    stack: Int32Array.from({ length: 2 * samples }, (_, index) => (index % 2 === 0 ? 0 : 1 + (index >> 1))),
    values: Float64Array.from({ length: 2 * samples }, (_, index) => (index % 2 === 0 ? 30 : 1_000_000 + index)),
    frameStart: Int32Array.from([...indexes, places.length]),
    frameFunction: Int32Array.from(places, (place) => place.function),
    frameLine: Int32Array.from(places, (place) => place.line),
    functions,
    timeNanos: 0,
    durationNanos: 0,
    periodType: undefined,
    period: 1,
    overflows: 0,
  });
  return { source: `${lines.join("\n")}\n`, profile };
}

function percentile(values: readonly number[], share: number): number {
  return [...values].sort((a, b) => a - b)[Math.floor(share * (values.length - 1))] ?? 0;
}

async function main(): Promise<void> {
  const shop = join(dir, "shop");
  spawnSync("cp", ["-r", sample, shop]);
  const { source, profile } = manyLines();
  writeFileSync(join(shop, "store/many.go"), source);
  writeFileSync(join(dir, "block.pprof"), profile);
  spawnSync(
    "go",
    [
      "test",
      "-run=^$",
      "-bench=.",
      "-benchtime=50ms",
      `-outputdir=${dir}`,
      "-mutexprofile=mutex.pprof",
      `-o=${join(dir, "x")}`,
      "./store",
    ],
    { cwd: shop },
  );
  const child = spawn(process.execPath, ["dist/maprace.js", "lsp", "--stdio"], { stdio: ["pipe", "pipe", "inherit"] });
  const connection = createMessageConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  connection.onRequest("window/workDoneProgress/create", () => null);
  connection.listen();
  await connection.sendRequest("initialize", {
    processId: process.pid,
    rootUri: null,
    capabilities: { window: { workDoneProgress: true } },
    workspaceFolders: [{ uri: pathToFileURL(shop).href, name: "shop" }],
    initializationOptions: { overlay: { threshold: 0 } },
  });
  await connection.sendNotification("initialized", {});
  await connection.sendRequest("maprace/scanWorkspace", {});
  const record = (id: string, path: string): RunRecord => ({
    id,
    label: id,
    time: Date.now() + 1e6,
    seconds: 0,
    command: "",
    files: [{ kind: id === "small" ? "mutex" : "block", path }],
    notes: [],
    ratesSet: true,
  });
  const marks = async (name: string): Promise<readonly Mark[]> => {
    const uri = pathToFileURL(join(shop, name)).href;
    const answer: { marks: readonly Mark[] } = await connection.sendRequest("maprace/overlayMarks", { uri });
    return answer.marks;
  };
  const first = performance.now();
  await connection.sendRequest("maprace/loadRun", { record: record("small", join(dir, "mutex.pprof")), anchors: "" });
  await connection.sendRequest("maprace/showRuns", { runs: ["small"], base: null });
  const small = await marks("store/inventory.go");
  console.log(`a small profile, from file to ${small.length} marks: ${(performance.now() - first).toFixed(0)} ms`);
  await connection.sendRequest("maprace/loadRun", { record: record("many", join(dir, "block.pprof")), anchors: "" });
  await connection.sendRequest("maprace/showRuns", { runs: ["many"], base: null });
  const uri = pathToFileURL(join(shop, "store/many.go")).href;
  await connection.sendNotification("textDocument/didOpen", {
    textDocument: { uri, languageId: "go", version: 1, text: source },
  });
  const times: number[] = [];
  let shown = 0;
  for (let version = 2; version < 40; version++) {
    const text = `${source}// ${"x".repeat(version)}\n`;
    await connection.sendNotification("textDocument/didChange", {
      textDocument: { uri, version },
      contentChanges: [{ text }],
    });
    const began = performance.now();
    shown = (await marks("store/many.go")).length;
    times.push(performance.now() - began);
  }
  console.log(
    `${shown} marked lines, marks after an edit: p50 ${percentile(times, 0.5).toFixed(0)} ms, p95 ${percentile(times, 0.95).toFixed(0)} ms`,
  );
  child.kill();
  connection.dispose();
}

void main();
