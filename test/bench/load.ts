import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { Server } from "./server.ts";

// A server with 100 open files that takes 20 edits a second, with hovers and hints asked for in between: how long the first
// scan takes, and how long questions wait. Run twice with one cache it also tells what starting with kept facts is worth.
const [, , program = "", root = ".", seconds = "20", ...dirs] = process.argv;
const server = new Server(program);
const { connection } = server;

const paths = dirs
  .flatMap((dir) => readdirSync(dir).map((name) => join(dir, name)))
  .filter((path) => path.endsWith(".go"))
  .slice(0, 100);
const texts = paths.map((path) => readFileSync(path, "utf8"));
const uris = paths.map((path) => pathToFileURL(path).href);
let state = 7;
function random(below: number): number {
  state = (Math.imul(state, 1103515245) + 12345) >>> 0;
  return (state >>> 8) % below;
}

/** One letter more of a line that is typed in a file, or the file as it was. */
const typed = "count := len(names)";
const progress = paths.map(() => ({ line: 0, length: 0 }));
function edit(index: number): string {
  const lines = (texts[index] ?? "").split("\n");
  const here = progress[index];
  if (here === undefined) return "";
  if (here.length === 0) {
    const code = lines.flatMap((line, at) => (/^\t+[^\s/})\]]/.test(line) ? [at] : []));
    here.line = code[random(code.length)] ?? 0;
  }
  here.length = here.length === typed.length ? 0 : here.length + 1;
  return lines.toSpliced(here.line, 0, `\t${typed.slice(0, here.length)}`).join("\n");
}

const waits: number[] = [];
async function ask(): Promise<void> {
  const index = random(uris.length);
  const at = performance.now();
  const textDocument = { uri: uris[index] };
  const position = { line: random(200), character: 2 };
  const range = { start: { line: 0, character: 0 }, end: { line: 200, character: 0 } };
  if (random(2) === 0) await connection.sendRequest("textDocument/hover", { textDocument, position });
  else await connection.sendRequest("textDocument/inlayHint", { textDocument, range });
  waits.push(performance.now() - at);
}

/** Opens the files, edits them and asks. */
async function work(): Promise<void> {
  for (const [index, path] of paths.entries()) await server.open(path, texts[index] ?? "");
  const asked: Promise<void>[] = [];
  const until = performance.now() + Number(seconds) * 1000;
  // One file is typed in for a while, then the next one, as people do.
  let current = 0;
  for (let version = 2; performance.now() < until; version++) {
    if (version % typed.length === 0) current = random(uris.length);
    await connection.sendNotification("textDocument/didChange", {
      textDocument: { uri: uris[current], version },
      contentChanges: [{ text: edit(current) }],
    });
    asked.push(ask());
    await pause(50);
  }
  await Promise.all(asked);
}

/** Seconds from the last edit until no findings came any more, the time without news left out. */
async function settle(): Promise<number> {
  const from = performance.now();
  let last = from;
  for (let seen = -1; seen !== server.published; await pause(1500)) {
    if (seen >= 0) last = performance.now();
    seen = server.published;
  }
  return (last - from) / 1000;
}

async function run(): Promise<void> {
  const start = await server.begin(root);
  await work();
  const settled = await settle();
  waits.sort((a, b) => a - b);
  const share = (part: number) => (waits[Math.floor(waits.length * part)] ?? 0).toFixed(0);
  console.log(
    `first scan ${start.toFixed(1)} s; ${waits.length} questions waited p50 ${share(0.5)} ms, p95 ${share(0.95)} ms, p99 ${share(0.99)} ms; findings up to date ${settled.toFixed(1)} s after the last edit, peak ${server.memory().peak} MB`,
  );
  server.end();
  process.exit();
}

void run();
