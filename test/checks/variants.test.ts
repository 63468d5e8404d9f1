import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Finding } from "../../common/src/finding.ts";
import { readCases } from "../harness/archive.ts";
import { maprace, root, run, scratch } from "../harness/tools.ts";
import { rewritings } from "../harness/variants.ts";

interface Labelled {
  readonly name: string;
  readonly source: string;
  readonly racy: boolean;
}

/** Every labelled case: the small ones, and the shapes. */
function labelled(): Labelled[] {
  const dir = join(root, "test/cases/small");
  const list = JSON.parse(readFileSync(join(dir, "cases.json"), "utf8")) as {
    id: string;
    file: string;
    verdict: string;
  }[];
  const small = list.map(({ id, file, verdict }) => ({
    name: id,
    source: readFileSync(join(dir, file), "utf8"),
    racy: verdict === "racy",
  }));
  const shapes = (["loud", "quiet"] as const).flatMap((kind) =>
    readCases(join(root, "test/fixtures/shapes", kind)).map(({ name, source }) => ({
      name: `${kind}_${name}`,
      source,
      racy: kind === "loud",
    })),
  );
  return [...small, ...shapes];
}

test("the same program written otherwise has the same verdict", () => {
  const dir = scratch();
  writeFileSync(join(dir, "go.mod"), readFileSync(join(root, "test/cases/small/go.mod"), "utf8"));
  writeFileSync(join(dir, "go.sum"), readFileSync(join(root, "test/cases/small/go.sum"), "utf8"));
  const variants = new Map<string, Labelled>();
  for (const one of labelled()) {
    for (const [how, rewrite] of Object.entries(rewritings)) {
      const files = rewrite(one.source);
      if (files === undefined) continue;
      const name = `${one.name}_${how}`;
      variants.set(name, one);
      mkdirSync(join(dir, name));
      for (const [index, text] of files.entries())
        writeFileSync(join(dir, name, one.source.includes('"testing"') ? `x${index}_test.go` : `x${index}.go`), text);
    }
  }
  if (process.env["MAPRACE_LONG"] === "1") {
    const built = run("go", ["vet", "-copylocks=false", "-unusedresult=false", "./..."], { cwd: dir });
    assert.doesNotMatch(built.stderr, /^vet: /m, "some variant does not compile");
  }
  const result = maprace(["scan", "-C", dir, "--format", "json", "--fail-on", "never"]);
  assert.equal(result.status, 0, result.stderr);
  const { findings } = JSON.parse(result.stdout) as { findings: Finding[] };
  const reported = new Set(findings.map((one) => one.primary.location.path.split("/").at(-2) ?? ""));
  const flipped = [...variants].filter(([name, { racy }]) => reported.has(name) !== racy).map(([name]) => name);
  console.log(`${flipped.length} of ${variants.size} variants change the verdict: ${flipped.join(", ")}`);
  assert.ok(variants.size >= 1000, `only ${variants.size} variants`);
  assert.ok(flipped.length < variants.size * 0.003, flipped.join("\n"));
});
