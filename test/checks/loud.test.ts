import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { analyse, likely, wanted } from "../harness/memory.ts";
import { root } from "../harness/tools.ts";

// One race for each way in which types, calls and control flow lead to a map.
const dir = join(root, "test/fixtures/loud");
for (const file of readdirSync(dir)) {
  test(`reported: ${file}`, () => {
    const source = readFileSync(join(dir, file), "utf8");
    const findings = analyse({ [`/m/${file}`]: source }).findings();
    assert.deepEqual(
      likely(findings),
      wanted(source),
      findings.map((one) => `${one.confidence} ${one.rule}:${one.primary.location.line} ${one.message}`).join("\n"),
    );
  });
}
