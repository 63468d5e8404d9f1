import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { checks } from "../../server/src/checks/registry.ts";
import { analyse, likely, wanted } from "../harness/memory.ts";
import { root } from "../harness/tools.ts";

for (const check of checks) {
  test(`${check.rule}: the bad example is reported where it says so, by this rule alone`, () => {
    const { bad } = check.doc;
    const name = check.rule === "MR111" ? "x_test.go" : "x.go";
    const findings = analyse({ [`/m/${name}`]: bad }).findings();
    assert.deepEqual(likely(findings), wanted(bad, check.rule));
  });

  test(`${check.rule}: the good example is silent`, () => {
    const name = check.rule === "MR111" ? "x_test.go" : "x.go";
    assert.deepEqual(likely(analyse({ [`/m/${name}`]: check.doc.good }).findings()), []);
  });

  const dir = join(root, "server/src/checks", check.name, "fixtures");
  for (const file of listed(dir)) {
    test(`${check.rule}: fixture ${file}`, () => {
      const source = readFileSync(join(dir, file), "utf8");
      assert.deepEqual(likely(analyse({ [`/m/${file}`]: source }).findings()), wanted(source, check.rule));
    });
  }
}

function listed(dir: string): string[] {
  try {
    return readdirSync(dir).filter((name) => name.endsWith(".go"));
  } catch {
    return [];
  }
}
