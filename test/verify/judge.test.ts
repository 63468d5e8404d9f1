import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Confidence, Finding } from "../../common/src/finding.ts";
import { VerdictStore } from "../../common/src/run/verdicts.ts";
import { judge, stands } from "../../common/src/verdicts/judge.ts";
import { decide, matrix, type RuntimeSide, type StaticSide } from "../../common/src/verdicts/matrix.ts";
import { outcomes, readVerdicts, type Verdict, type VerdictOutcome } from "../../common/src/verdicts/verdict.ts";
import { maprace, scratch } from "../harness/tools.ts";

const at = { path: "/p/a.go", start: 0, end: 1, line: 1, column: 1, endLine: 1, endColumn: 2 };
const access = { location: at, kind: "write", function: "f", locks: [], start: undefined, path: [] };
const now = 1_800_000_000_000;
const day = 86_400_000;

function finding(confidence: Confidence, change: Partial<Finding> = {}): Finding {
  return {
    rule: "MR101",
    confidence,
    message: "m",
    map: "m",
    object: "p.m",
    package: "p",
    primary: access,
    other: access,
    more: [],
    guard: undefined,
    fetched: undefined,
    reason: "",
    evidence: "",
    fingerprint: "0123456789abcdef",
    sites: ["aaaa", "bbbb"],
    ...change,
  };
}

function verdict(outcome: VerdictOutcome, change: Partial<Verdict> = {}): Verdict {
  return {
    outcome,
    fingerprint: "0123456789abcdef",
    rule: "MR101",
    object: "p.m",
    sites: ["aaaa", "bbbb"],
    guard: "",
    evidence: "seen",
    toolchain: "go",
    command: "c",
    runs: 1,
    seconds: 1,
    time: now - day,
    log: "l",
    ...change,
  };
}

function shown(one: Finding, verdicts: readonly Verdict[], hot = false, suppressed = false): Finding | undefined {
  const evidence = { verdicts, hot: new Set(hot ? [one.fingerprint] : []), now };
  const { shown: list, silenced } = suppressed ? judge([], [one], evidence) : judge([one], [], evidence);
  assert.equal(list.length + silenced.length, 1);
  return list[0];
}

test("the matrix, row by row", () => {
  const rows: [Finding, VerdictOutcome | undefined, boolean, boolean, string, string][] = [
    [finding("likely"), "confirmed", false, true, "Confirmed", "error"],
    [finding("likely"), "confirmed", true, false, "Confirmed", "error"],
    [finding("possible"), "confirmed", false, false, "Confirmed", "error"],
    [finding("likely"), "unprotected", false, false, "Unprotected", "warning"],
    [finding("likely"), "not-reproduced", true, false, "Likely, hot", "warning"],
    [finding("likely"), undefined, true, false, "Likely, hot", "warning"],
    [finding("likely"), "not-reproduced", false, false, "Likely", "warning"],
    [finding("likely"), undefined, false, false, "Likely", "warning"],
    [finding("possible"), undefined, true, false, "Possible, hot", "information"],
    [finding("possible"), undefined, false, false, "Possible", "hint"],
  ];
  for (const [one, outcome, hot, suppressed, badge, severity] of rows) {
    const judged = shown(one, outcome === undefined ? [] : [verdict(outcome)], hot, suppressed)?.judgement;
    assert.deepEqual([judged?.badge, judged?.severity], [badge, severity], `${one.confidence} ${outcome}`);
  }
  for (const outcome of ["refuted", "intended"] as const)
    assert.equal(shown(finding("likely"), [verdict(outcome)]), undefined);
  assert.equal(shown(finding("likely"), [], false, true), undefined, "suppressed");
});

test("every combination has one row, and silence never refutes", () => {
  const sources: StaticSide[] = ["likely", "possible", "silenced"];
  const sides: RuntimeSide[] = ["collision", "unprotected", "refuted", "none"];
  for (const source of sources)
    for (const side of sides) for (const hot of [true, false]) assert.ok(matrix.includes(decide(source, side, hot)));
  for (const outcome of outcomes.filter((one) => one !== "refuted" && one !== "intended"))
    assert.ok(shown(finding("likely"), [verdict(outcome)]) !== undefined, outcome);
});

test("a collision overrides suppression and intent, and says so", () => {
  const judged = shown(finding("likely"), [verdict("confirmed")], false, true);
  assert.equal(judged?.confidence, "confirmed");
  assert.match(judged?.judgement?.notes.join() ?? "", /although it was suppressed/);
  assert.ok(shown(finding("likely"), [verdict("intended"), verdict("confirmed", { fingerprint: "f" })]) !== undefined);
});

test("a confirmation raises other findings of the same map, no others", () => {
  const other = finding("possible", { fingerprint: "1111111111111111", sites: ["cccc", "dddd"] });
  const stranger = finding("possible", { fingerprint: "2222222222222222", object: "p.n", sites: ["cccc", "dddd"] });
  const evidence = { verdicts: [verdict("confirmed")], hot: new Set<string>(), now };
  const { shown: list } = judge([finding("likely"), other, stranger], [], evidence);
  assert.deepEqual(
    list.map(({ confidence }) => confidence),
    ["confirmed", "likely", "possible"],
  );
  assert.match(list[1]?.judgement?.notes.join() ?? "", /raised to likely/);
});

test("verdicts go stale: confirmed when both sites change, others when one does, silence with time", () => {
  const one = finding("likely");
  const half = finding("likely", { sites: ["aaaa", "zzzz"] });
  const both = finding("likely", { sites: ["yyyy", "zzzz"] });
  assert.deepEqual(
    [one, half, both].map((of) => stands(verdict("confirmed"), of, now)),
    [true, true, false],
  );
  for (const outcome of ["unprotected", "intended", "refuted", "not-reproduced"] as const)
    assert.deepEqual(
      [one, half].map((of) => stands(verdict(outcome), of, now)),
      [true, false],
      outcome,
    );
  const guarded = finding("likely", { guard: { text: "mu", name: "mu", shared: false, held: 1, total: 2 } });
  assert.equal(stands(verdict("intended"), guarded, now), false, "the guard changed");
  assert.equal(stands(verdict("not-reproduced", { time: now - 181 * day }), one, now), false);
  assert.equal(stands(verdict("confirmed", { time: now - 999 * day }), one, now), true);
  assert.match(shown(half, [verdict("intended")])?.judgement?.notes.join() ?? "", /stale/);
});

test("a store keeps one verdict of a finding, writes whole files, and refuses what is broken", async () => {
  const dir = join(scratch(), "storage");
  const store = new VerdictStore(join(dir, "verdicts.json"));
  assert.deepEqual(await store.read(), []);
  await Promise.all(outcomes.map((outcome) => store.add([verdict(outcome)])));
  await store.add([verdict("unprotected", { fingerprint: "1" })]);
  assert.equal((await store.read()).length, 2);
  assert.deepEqual(readdirSync(dir), ["verdicts.json"]);
  await store.remove("1");
  assert.equal((await store.read()).length, 1);
  writeFileSync(store.path, '{"verdicts": [');
  await assert.rejects(store.read(), /verdicts\.json/);
  await assert.rejects(store.add([verdict("confirmed")]), /verdicts\.json/);
  assert.equal(readFileSync(store.path, "utf8"), '{"verdicts": [', "what cannot be read is not overwritten");
});

test("untyped verdicts: what is none is left out", () => {
  const good = verdict("confirmed");
  const bad = [null, 1, {}, { ...good, outcome: "proved" }, { ...good, sites: ["a"] }, { ...good, fingerprint: 7 }];
  assert.deepEqual(readVerdicts({ version: 1, verdicts: [...bad, good] }), [good]);
  assert.deepEqual(readVerdicts({ verdicts: "no" }), []);
  assert.equal(readVerdicts([{ ...good, runs: -1, seconds: "x" }])[0]?.runs, 0);
});

test("a scan weighs the workspace's verdicts and counts what they silence", () => {
  const dir = scratch();
  writeFileSync(join(dir, "go.mod"), "module example.com/m\n\ngo 1.24\n");
  writeFileSync(
    join(dir, "a.go"),
    "package p\n\nfunc f() {\n\tm := map[int]int{}\n\tgo func() { m[1] = 1 }()\n\tm[2] = 2\n}\n",
  );
  const scan = () =>
    JSON.parse(maprace(["scan", "-C", dir, "--format", "json"]).stdout) as {
      summary: Record<string, number>;
      findings: Finding[];
    };
  const [found] = scan().findings;
  assert.ok(found !== undefined);
  const keep = (outcome: VerdictOutcome) => {
    mkdirSync(join(dir, ".maprace"), { recursive: true });
    const { fingerprint, object, sites } = found;
    const kept = verdict(outcome, { fingerprint, object, sites, guard: found.guard?.name ?? "" });
    writeFileSync(join(dir, ".maprace/verdicts.json"), JSON.stringify({ version: 1, verdicts: [kept] }));
  };
  keep("intended");
  assert.deepEqual([scan().findings.length, scan().summary["intended"]], [0, 1]);
  assert.match(maprace(["scan", "-C", dir]).stderr, /1 silenced by \.maprace\/verdicts\.json/);
  keep("confirmed");
  assert.equal(scan().findings[0]?.confidence, "confirmed");
  assert.match(maprace(["scan", "-C", dir, "--format", "github"]).stdout, /^::error /);
  assert.match(maprace(["scan", "-C", dir, "--format", "sarif"]).stdout, /"level": ?"error"/);
  writeFileSync(join(dir, ".maprace/verdicts.json"), "{");
  const broken = maprace(["scan", "-C", dir]);
  assert.equal(broken.status, 2);
  assert.match(broken.stderr, /verdicts\.json: /);
});
