import { readFileSync } from "node:fs";
import { OverlayFiles } from "../../server/src/base/overlay.ts";
import { finish } from "../../server/src/base/steps.ts";
import { Analysis } from "../../server/src/engine/analysis.ts";
import { disk } from "../../server/src/host/disk.ts";
import { buildContext, findToolchain } from "../../server/src/host/toolchain.ts";

// Makes edits such as people make, in files of several sizes, and times each step until the findings are there: a word
// typed letter by letter, a line of the file copied or removed, and undone.
const [, , dir = ".", wanted = "500", ...paths] = process.argv;
const toolchain = findToolchain(disk, process.env);
const files = new OverlayFiles(disk);
const analysis = new Analysis(
  { files, toolchain, build: buildContext(disk, toolchain, process.env, []), tests: true },
  dir,
);
const dirs = analysis.expand(["./..."]);
for (const one of dirs) analysis.load(one);
for (const one of dirs) finish(analysis.lowering(one));
analysis.findings();

let state = 7;
function random(below: number): number {
  state = (Math.imul(state, 1103515245) + 12345) >>> 0;
  return (state >>> 8) % below;
}

/** The texts that a file goes through while one edit is made and undone. */
function edited(text: string): string[] {
  const lines = text.split("\n");
  const code = lines.flatMap((line, index) => (/^\t+[^\s/})\]]/.test(line) ? [index] : []));
  const at = code[random(code.length)];
  const other = code[random(code.length)];
  if (at === undefined || other === undefined) throw new Error("the file has no code");
  const here = lines[at] ?? "";
  const kind = random(4);
  if (kind === 0) return [lines.toSpliced(at, 1).join("\n"), text];
  if (kind === 1) return [lines.toSpliced(at, 0, lines[other] ?? "").join("\n"), text];
  const word = kind === 2 ? "// done" : "count := len(names)";
  const indent = /^\t*/.exec(here)?.[0] ?? "";
  const typed = Array.from(word, (_, length) => indent + word.slice(0, length + 1));
  return [...typed.map((line) => lines.toSpliced(at, 0, line).join("\n")), text];
}

function edits(file: string, count: number): number[] {
  const text = readFileSync(file, "utf8");
  const times: number[] = [];
  while (times.length < count)
    for (const next of edited(text)) {
      const began = performance.now();
      files.set(file, next);
      analysis.update(file);
      analysis.findings();
      times.push(performance.now() - began);
    }
  return times.sort((a, b) => a - b);
}

for (const file of paths) {
  const times = edits(file, Number(wanted));
  const at = (share: number) => (times[Math.floor(times.length * share)] ?? 0).toFixed(0);
  const lines = readFileSync(file, "utf8").split("\n").length;
  console.log(`${lines} lines: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms over ${times.length} edits`);
}
console.log(`${dirs.length} directories, ${Math.round(process.memoryUsage().rss / 2 ** 20)} MB`);
