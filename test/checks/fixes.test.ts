import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import type { Finding } from "../../common/src/finding.ts";
import { checks } from "../../server/src/checks/registry.ts";
import { applyEdits } from "../../server/src/checks/repairs/edits.ts";
import { type Case, readCases } from "../harness/archive.ts";
import { analyse } from "../harness/memory.ts";
import { maprace, root, run, scratch } from "../harness/tools.ts";

interface Fixed {
  readonly from: string;
  readonly title: string;
  readonly rule: string;
  readonly function: string;
  readonly path: string;
  readonly text: string;
}

/** Every Go file that some rule reports: the examples, the rules' fixtures, the shapes, the labelled races. */
function sources(): Case[] {
  const dir = join(root, "server/src/checks");
  const fixtures = checks.flatMap(({ name }) => {
    const folder = join(dir, name, "fixtures");
    let files: string[] = [];
    try {
      files = readdirSync(folder);
    } catch {
      // Most rules have an example alone.
    }
    return files.map((file) => ({
      name: `${name}_${basename(file, ".go")}`,
      source: readFileSync(join(folder, file), "utf8"),
    }));
  });
  const small = readdirSync(join(root, "test/cases/small")).filter((name) => /^r\d/.test(name));
  return [
    ...checks.map(({ rule, doc }) => ({ name: rule, source: doc.bad })),
    ...fixtures,
    ...readCases(join(root, "test/fixtures/shapes/loud")),
    ...small.map((name) => {
      const [file = ""] = readdirSync(join(root, "test/cases/small", name)).filter((one) => one.endsWith(".go"));
      return { name, source: readFileSync(join(root, "test/cases/small", name, file), "utf8") };
    }),
  ];
}

const counts = { findings: 0, without: 0 };

function repaired({ name, source }: Case, index: number): Fixed[] {
  const clean = source.replace(/ *\/\/ want.*$/gm, "");
  const file = source.includes('"testing"') ? "x_test.go" : "x.go";
  const path = `/m/${file}`;
  const analysis = analyse({ [path]: clean });
  return analysis.findings().flatMap((finding, at) => {
    if (finding.confidence !== "likely") return [];
    const repairs = checks.find((one) => one.rule === finding.rule)?.fix(finding, analysis) ?? [];
    counts.findings++;
    if (repairs.length === 0) counts.without++;
    return repairs.map((repair, which) => ({
      from: name,
      title: repair.title,
      rule: finding.rule,
      function: finding.primary.function,
      path: `c${index}_${at}_${which}/${file}`,
      text: new TextDecoder().decode(applyEdits(new TextEncoder().encode(clean), repair.edits)),
    }));
  });
}

const fixed = sources().flatMap(repaired);
const dir = scratch();
writeFileSync(join(dir, "go.mod"), readFileSync(join(root, "test/cases/small/go.mod"), "utf8"));
writeFileSync(join(dir, "go.sum"), readFileSync(join(root, "test/cases/small/go.sum"), "utf8"));
for (const { path, text } of fixed) {
  mkdirSync(join(dir, path, ".."), { recursive: true });
  writeFileSync(join(dir, path), text);
}
const describe = ({ from, title, text }: Fixed) => `${from}: ${title}\n${text}`;

test("every rule has a fix for its example, and most findings have one", () => {
  for (const { rule } of checks)
    assert.ok(
      fixed.some((one) => one.from === rule),
      `${rule}: no fix for the example`,
    );
  console.log(`${fixed.length} fixes for ${counts.findings} findings, ${counts.without} without one`);
  assert.ok(counts.without < counts.findings / 3, `${counts.without} of ${counts.findings} findings have no fix`);
});

test("every kind of fix is among them", () => {
  for (const kind of [
    /^Lock with/,
    /^Hold .* until here/,
    /^Copy the map/,
    /^Take the write lock/,
    /^Add .*Mu/,
    /sync\.Map/,
    /shards/,
    /^Hand on a copy/,
  ])
    assert.ok(
      fixed.some(({ title }) => kind.test(title)),
      `${kind}`,
    );
});

test("fixes leave code that gofmt leaves alone", () => {
  const unformatted = run("gofmt", ["-l", "."], { cwd: dir })
    .stdout.split("\n")
    .filter((line) => line !== "");
  assert.deepEqual(
    unformatted.map((path) => describe(fixed.find((one) => one.path === path) ?? (fixed[0] as Fixed))),
    [],
  );
});

test("fixes leave code that go vet accepts", () => {
  const vet = run("go", ["vet", "-copylocks=false", "-unusedresult=false", "./..."], {
    cwd: dir,
    env: { ...process.env, GOFLAGS: "-mod=mod" },
  });
  const broken = fixed.filter(({ path }) => vet.stderr.includes(`${path}:`));
  assert.deepEqual(broken.map(describe), [], vet.stderr.slice(0, 2000));
  assert.equal(vet.status, 0, vet.stderr.slice(0, 2000));
});

test("fixes clear their finding", () => {
  const result = maprace(["scan", "-C", dir, "--format", "json", "--fail-on", "never"]);
  assert.equal(result.status, 0, result.stderr);
  const { findings } = JSON.parse(result.stdout) as { findings: Finding[] };
  const left = fixed.filter((one) =>
    findings.some(
      (finding) =>
        finding.primary.location.path === one.path &&
        finding.rule === one.rule &&
        finding.primary.function === one.function,
    ),
  );
  assert.deepEqual(left.map(describe), []);
});
