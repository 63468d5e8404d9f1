// Figures of benchmarks over time: one line a run, and what got worse since the best of the last runs.
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./setup.mjs";

const file = join(root, "test/bench/history.jsonl");
/** A figure is compared with the best of so many runs, since the machines that measure are noisy. */
const last = 5;
const noise = 1.2;

const figures = {};

/** Notes a figure; the less of it the better, ratios before seconds. */
export function note(name, value) {
  if (Number.isFinite(value)) figures[name] = Number(value.toPrecision(4));
}

/** Prints what is worse than it was; with `record` this run is written down. */
export function close(record) {
  const known = existsSync(file)
    ? readFileSync(file, "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line))
    : [];
  let worse = 0;
  for (const [name, value] of Object.entries(figures)) {
    const before = known.slice(-last).map(({ figures: those }) => those[name]);
    const best = Math.min(...before.filter((one) => one !== undefined));
    if (value <= best * noise) continue;
    worse++;
    console.log(`worse: ${name} ${value}, was ${best}`);
  }
  if (worse === 0)
    console.log(`nothing is worse than the best of the last ${Math.min(known.length, last)} recorded runs`);
  if (record) appendFileSync(file, `${JSON.stringify({ date: new Date().toISOString().slice(0, 10), figures })}\n`);
}
