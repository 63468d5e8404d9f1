import assert from "node:assert/strict";
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

test("labelled cases: F1 at least 0.96, no false alarm", () => {
  const score = evaluate([join(root, "test/cases/small")]);
  assert.deepEqual(score.falseAlarms, []);
  assert.ok(score.f1 >= 0.96, `F1 is ${score.f1}; missed: ${score.missed.join("; ")}`);
});

test("Go's own race suite: every TestNoRace is silent, races on maps are found", () => {
  const dir = join(goroot(), "src/runtime/race/testdata");
  assert.deepEqual(evaluate([dir]).falseAlarms, []);
  const labelled = evaluate([dir, "--labels", join(root, "test/cases/go-race-suite.json")]);
  assert.deepEqual(labelled.falseAlarms, []);
  assert.ok(labelled.found >= 13, `${labelled.found} found; missed: ${labelled.missed.join("; ")}`);
});
