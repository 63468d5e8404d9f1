// Counts that may only fall. A lower count is written down with --update.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const ledger = join(root, "scripts/ratchet.json");

function files(dir) {
  return readdirSync(join(root, dir), { withFileTypes: true }).flatMap((entry) => {
    const path = `${dir}/${entry.name}`;
    if (entry.isDirectory()) return entry.name === "node_modules" || entry.name === "cases" ? [] : files(path);
    return entry.name.endsWith(".ts") ? [path] : [];
  });
}

const sources = ["common", "server", "client"]
  .flatMap(files)
  .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
const total = (pattern) => sources.reduce((sum, { text }) => sum + (text.match(pattern)?.length ?? 0), 0);
const lengths = sources.map(({ text }) => text.split("\n").length).sort((a, b) => a - b);

const counts = {
  any: total(/: any\b|<any>|as any\b/g),
  casts: total(/ as (?!const\b)[A-Z]\w*|\bas (number|string|unknown)\b/g),
  nonNull: total(/[\w)\]]!(?=[.;,)\]])/g),
  disabledLint: total(/biome-ignore|oxlint-disable|@ts-ignore|@ts-expect-error/g),
  filesOver500Lines: lengths.filter((length) => length > 500).length,
  medianFile: lengths[lengths.length >> 1] ?? 0,
};
if (sources.length < 40) {
  console.error(`ratchet: only ${sources.length} files were seen: the gate itself is broken`);
  process.exitCode = 1;
}
if (process.argv.includes("--update")) {
  writeFileSync(ledger, `${JSON.stringify(counts, undefined, 2)}\n`);
  console.log("ratchet: written", counts);
} else {
  const known = JSON.parse(readFileSync(ledger, "utf8"));
  const worse = Object.entries(counts).filter(([name, count]) => name !== "medianFile" && count > (known[name] ?? 0));
  if (counts.medianFile > 250) worse.push(["medianFile", counts.medianFile]);
  for (const [name, count] of worse) console.error(`ratchet: ${name} rose from ${known[name]} to ${count}`);
  console.log("ratchet:", JSON.stringify(counts));
  if (worse.length > 0) process.exitCode = 1;
}
