import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { checks } from "../../server/src/checks/registry.ts";
import { applyEdits } from "../../server/src/checks/repairs/edits.ts";
import { analyse } from "../harness/memory.ts";
import { run, scratch } from "../harness/tools.ts";

for (const check of checks) {
  const name = check.rule === "MR111" ? "x_test.go" : "x.go";
  const path = `/m/${name}`;
  const source = check.doc.bad.replace(/ *\/\/ want.*$/gm, "");
  const analysis = analyse({ [path]: source });
  const finding = analysis.findings().find((one) => one.rule === check.rule);
  const repairs = finding === undefined ? [] : check.fix(finding, analysis);

  test(`${check.rule}: there is a fix for the bad example`, () => {
    assert.ok(finding !== undefined, "the example is not reported");
    assert.ok(repairs.length > 0, "no fix is offered");
  });

  for (const repair of repairs) {
    test(`${check.rule}: "${repair.title}" clears the finding and leaves code that gofmt and vet accept`, () => {
      const fixed = new TextDecoder().decode(applyEdits(new TextEncoder().encode(source), repair.edits));
      const left = analyse({ [path]: fixed })
        .findings()
        .filter((one) => one.rule === check.rule && one.confidence === "likely");
      assert.deepEqual(
        left.map((one) => one.message),
        [],
        fixed,
      );
      const dir = scratch();
      mkdirSync(join(dir, "p"));
      writeFileSync(join(dir, "go.mod"), "module example.com/m\n\ngo 1.24\n");
      writeFileSync(join(dir, "p", name), fixed);
      assert.equal(run("gofmt", ["-l", "."], { cwd: dir }).stdout, "", fixed);
      const vet = run("go", ["vet", "-copylocks=false", "./..."], { cwd: dir, env: { ...process.env, GOFLAGS: "" } });
      assert.equal(vet.status, 0, `${vet.stderr}\n${fixed}`);
    });
  }
}
