import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from "vscode-jsonrpc/node";
import type { Mark } from "../../common/src/contention.ts";
import type { RunRecord } from "../../common/src/runs.ts";
import { manyWaits } from "../harness/many.ts";

const [sample = ""] = process.argv.slice(2);
const dir = mkdtempSync(join(tmpdir(), "maprace-bench-"));
process.on("exit", () => rmSync(dir, { recursive: true, force: true }));

function percentile(values: readonly number[], share: number): number {
  return [...values].sort((a, b) => a - b)[Math.floor(share * (values.length - 1))] ?? 0;
}

async function main(): Promise<void> {
  const shop = join(dir, "shop");
  spawnSync("cp", ["-r", sample, shop]);
  const { source, profile } = manyWaits(10_000, join(dir, "shop/store/many.go"));
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
