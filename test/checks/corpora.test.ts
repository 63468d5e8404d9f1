import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { goroot, maprace, root } from "../harness/tools.ts";

interface Score {
  readonly found: number;
  readonly missed: readonly string[];
  readonly falseAlarms: readonly string[];
  readonly f1: number;
}

function evaluate(args: readonly string[]): Score {
  const result = maprace(["eval", "--format", "json", ...args]);
  assert.equal(result.status, 0, result.stderr);
  return JSON.parse(result.stdout) as Score;
}

/** What was measured when it was last written down, and what is known to be missed, with the reason. */
const baseline = JSON.parse(readFileSync(join(root, "test/baseline.json"), "utf8")) as Record<
  string,
  { readonly f1: number; readonly missed: Readonly<Record<string, string>> } | undefined
>;
/** A drop of F1 by more than this holds a change back. */
const tolerance = 0.02;

function compare(name: string, score: Score): void {
  const known = baseline[name];
  assert.ok(known !== undefined);
  console.log(`${name}: F1 ${score.f1.toFixed(3)}, recorded ${known.f1.toFixed(3)}`);
  assert.deepEqual(score.falseAlarms, []);
  assert.ok(score.f1 >= known.f1 - tolerance, `F1 is ${score.f1}, was ${known.f1}; missed: ${score.missed.join("; ")}`);
  const missed = score.missed.map((one) => `FN_${one.replace(/:.*$/, "")}`).sort();
  assert.deepEqual(missed, Object.keys(known.missed).sort());
}

test("labelled cases: F1 as recorded, no false alarm, what is missed is pinned", () => {
  compare("small", evaluate([join(root, "test/cases/small")]));
});

test("Go's own race suite: every TestNoRace is silent, races on maps are found", () => {
  const dir = join(goroot(), "src/runtime/race/testdata");
  assert.deepEqual(evaluate([dir]).falseAlarms, []);
  const labelled = evaluate([dir, "--labels", join(root, "test/cases/go-race-suite.json")]);
  compare("race suite, maps", labelled);
  assert.ok(labelled.found >= 17);
});
