import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { getPriority } from "node:os";
import { test } from "node:test";
import { goFirst } from "../../server/src/host/compiling.ts";

test("threads that compile and collect garbage are worth less than the one they help", {
  skip: process.platform !== "linux" && "threads have no priorities of their own here",
}, () => {
  const helpers = readdirSync("/proc/self/task")
    .map(Number)
    .filter((thread) => thread !== process.pid);
  const before = getPriority(process.pid);
  assert.ok(helpers.every((thread) => getPriority(thread) === before));
  goFirst();
  assert.equal(getPriority(process.pid), before);
  assert.ok(helpers.every((thread) => getPriority(thread) > before || before === 19));
});
