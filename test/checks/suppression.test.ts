import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { suppressionFix } from "../../server/src/checks/fixes.ts";
import { analyse } from "../harness/memory.ts";
import { maprace, scratch } from "../harness/tools.ts";

const racy = (line: string) => `package p

func Run() {
	m := map[int]int{}
	for i := range 9 {
		go func() {
${line}
		}()
	}
}
`;

function outcome(line: string): { kept: string[]; suppressed: string[]; remarks: string[] } {
  const analysis = analyse({ "/m/p.go": racy(line) });
  const kept = analysis.findings().map(({ rule }) => rule);
  return {
    kept,
    suppressed: analysis.suppressed.map(({ rule }) => rule),
    remarks: analysis.remarks.map(({ line: at, message }) => `${at}: ${message}`),
  };
}

test("a directive on the line, or alone above it, holds a finding back", () => {
  for (const line of [
    "m[i] = i //maprace:ignore MR101 indexes never meet",
    "//maprace:ignore MR101 indexes never meet\nm[i] = i",
    "// maprace:ignore MR101,MR102 indexes never meet\nm[i] = i",
    "//maprace:ignore indexes never meet\nm[i] = i",
    "m[i] = i //nolint:maprace",
    "m[i] = i //nolint:errcheck,maprace // indexes never meet",
    "//lint:ignore MR101 indexes never meet\nm[i] = i",
  ])
    assert.deepEqual(outcome(line), { kept: [], suppressed: ["MR101"], remarks: [] }, line);
});

test("other rules, other lines, other tools and strings hold nothing back", () => {
  for (const line of [
    "//nolint\nm[i] = i",
    "m[i] = i //nolint:errcheck",
    "//lint:ignore SA1000 x\nm[i] = i",
    '_ = "//maprace:ignore MR101 x"\nm[i] = i',
  ])
    assert.deepEqual(outcome(line), { kept: ["MR101"], suppressed: [], remarks: [] }, line);
  const wrong = outcome("m[i] = i //maprace:ignore MR104 wrong rule");
  assert.deepEqual(wrong.kept, ["MR101"]);
  assert.deepEqual(wrong.remarks, ["7: nothing is reported here: //maprace:ignore MR104 wrong rule"]);
  assert.deepEqual(outcome("//maprace:ignore MR101 too far\n\nm[i] = i").kept, ["MR101"]);
});

test("a directive without a reason holds back, and is itself reported", () => {
  assert.deepEqual(outcome("m[i] = i //maprace:ignore MR101"), {
    kept: [],
    suppressed: ["MR101"],
    remarks: ["7: no reason is given: //maprace:ignore MR101"],
  });
});

test("the fix writes a directive that holds its finding back, with the reason left to be given", () => {
  const source = racy("\t\t\tm[i] = i");
  const [finding] = analyse({ "/m/p.go": source }).findings();
  assert.ok(finding);
  const [edit] = suppressionFix(finding, source.split("\n")[finding.primary.location.line - 1] ?? "").edits;
  assert.ok(edit);
  const fixed = source.split("\n").toSpliced(edit.from.line, 0, edit.text.trimEnd()).join("\n");
  const analysis = analyse({ "/m/p.go": fixed });
  assert.deepEqual(analysis.findings(), []);
  assert.match(analysis.remarks[0]?.message ?? "", /no reason is given/);
});

test("the command line counts what is held back and names idle directives", () => {
  const dir = scratch();
  mkdirSync(join(dir, "q"));
  writeFileSync(join(dir, "go.mod"), "module example.com/s\n\ngo 1.22\n");
  writeFileSync(join(dir, "p.go"), racy("\t\t\tm[i] = i //maprace:ignore MR101 indexes never meet"));
  writeFileSync(join(dir, "q/q.go"), "package q\n\n//maprace:ignore MR101 nothing here\nvar x = 1\n");
  const result = maprace(["scan", "-C", dir]);
  assert.equal(result.status, 0, result.stderr);
  assert.match(result.stderr, /0 findings \(1 suppressed\)/);
  assert.match(result.stderr, /q\.go:3: nothing is reported here/);
});
