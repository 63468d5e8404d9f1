import { readFileSync } from "node:fs";
import { OverlayFiles } from "../../server/src/base/overlay.ts";
import { Analysis } from "../../server/src/engine/analysis.ts";
import { disk } from "../../server/src/host/disk.ts";
import { buildContext, findToolchain } from "../../server/src/host/toolchain.ts";

// Types a statement into functions of a file, one after the other, and times each edit to fresh findings.
const [, , dir = ".", file = ""] = process.argv;
const toolchain = findToolchain(disk, process.env);
const files = new OverlayFiles(disk);
const analysis = new Analysis(
  { files, toolchain, build: buildContext(disk, toolchain, process.env, []), tests: true },
  dir,
);
const dirs = analysis.expand(["./..."]);
for (const one of dirs) analysis.load(one);
for (const one of dirs) analysis.lower(one);
analysis.findings();
const lines = readFileSync(file, "utf8").split("\n");
const spots = lines.flatMap((line, index) => (/^func .*\{$/.test(line) ? [index + 1] : []));
const times: number[] = [];
for (let i = 0; i < 60; i++) {
  const at = spots[(i * 37) % spots.length] ?? 1;
  const text = [...lines.slice(0, at), `\t_ = ${i}`, ...lines.slice(at)].join("\n");
  const began = performance.now();
  files.set(file, text);
  analysis.update(file);
  analysis.findings();
  times.push(performance.now() - began);
}
const sorted = times.slice(5).sort((a, b) => a - b);
const at = (share: number) => (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(0);
console.log(
  `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms over ${sorted.length} edits; ${dirs.length} directories, ${process.memoryUsage().rss >> 20} MB`,
);
