import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { analyse, likely } from "../harness/memory.ts";
import { root } from "../harness/tools.ts";

// Shapes of real code that were reported once and are right as they are.
const dir = join(root, "test/fixtures/quiet");
for (const file of readdirSync(dir)) {
  test(`silent: ${file}`, () => {
    const findings = analyse({ [`/m/${file}`]: readFileSync(join(dir, file), "utf8") }).findings();
    assert.deepEqual(likely(findings), [], findings.map((one) => `${one.message}: ${one.reason}`).join("\n"));
  });
}
