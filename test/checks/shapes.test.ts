import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import type { Finding } from "../../common/src/finding.ts";
import { type Case, readCases, wantedLines, writeModule } from "../harness/archive.ts";
import { maprace, root, scratch } from "../harness/tools.ts";

// The ways in which maps are shared, locked and handed on, one small package each, with Go's own sources around them.
const loud = readCases(join(root, "test/fixtures/shapes/loud"));
const quiet = readCases(join(root, "test/fixtures/shapes/quiet"));

function likely(cases: readonly Case[]): Map<string, Finding[]> {
  const dir = scratch();
  writeModule(dir, cases);
  const result = maprace(["scan", "-C", dir, "--format", "json", "--fail-on", "never"]);
  assert.equal(result.status, 0, result.stderr);
  const { findings } = JSON.parse(result.stdout) as { findings: Finding[] };
  const byCase = new Map<string, Finding[]>();
  for (const finding of findings) {
    const name = finding.primary.location.path.split("/").at(-2) ?? "";
    byCase.set(name, [...(byCase.get(name) ?? []), finding]);
  }
  return byCase;
}

const text = (findings: readonly Finding[]) =>
  findings.map((one) => `${one.rule} line ${one.primary.location.line}: ${one.message} (${one.reason})`).join("\n");

const found = likely(loud);
for (const { name, source } of loud) {
  test(`reported: ${name}`, () => {
    const mine = found.get(name) ?? [];
    const wanted = wantedLines(source);
    assert.ok(mine.length > 0, "nothing is reported");
    const astray = mine.filter((one) => !wanted.includes(one.primary.location.line));
    assert.deepEqual(
      astray.map((one) => one.primary.location.line),
      [],
      text(mine),
    );
  });
}

const alarms = likely(quiet);
for (const { name } of quiet) {
  test(`silent: ${name}`, () => {
    assert.deepEqual(
      (alarms.get(name) ?? []).map((one) => one.rule),
      [],
      text(alarms.get(name) ?? []),
    );
  });
}
