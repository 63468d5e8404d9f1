import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInThisContext } from "node:vm";
import { finish } from "../../server/src/base/steps.ts";
import { Analysis } from "../../server/src/engine/analysis.ts";
import { type PackageSummary, readingFacts, writingFacts } from "../../server/src/engine/facts.ts";
import { disk } from "../../server/src/host/disk.ts";
import type { FunctionFacts } from "../../server/src/summaries/effects.ts";
import { goroot } from "../harness/tools.ts";

// The runtime's own functions: it alone knows which objects and lists are of one kind to it.
setFlagsFromString("--allow-natives-syntax");
const haveSameShape = native("(a, b) => %HaveSameMap(a, b)");
const mayHaveHoles = native("(list) => %HasHoleyElements(list)");
const holdsNumbersAlone = native("(list) => %HasSmiElements(list)");

function native(code: string): (...values: readonly object[]) => boolean {
  return runInThisContext(code) as (...values: readonly object[]) => boolean;
}

/** One object of each shape. */
function shapes(objects: Iterable<object>): object[] {
  const found: object[] = [];
  for (const one of objects) if (!found.some((other) => haveSameShape(one, other))) found.push(one);
  return found;
}

function functionsOf(summaries: readonly PackageSummary[]): FunctionFacts[] {
  return summaries.flatMap(({ facts }) => [...facts.units.values()].flatMap(({ functions }) => functions));
}

function lowered(): readonly PackageSummary[] {
  const toolchain = { goroot: goroot(), modcache: "" };
  const build = { goos: "linux", goarch: "amd64", cgo: true, minor: 26, tags: [] };
  const dir = join(goroot(), "src");
  const analysis = new Analysis({ files: disk, toolchain, build, tests: true }, dir);
  const dirs = ["context", "database/sql", "net/http", "sync", "testing"].map((name) => join(dir, name));
  for (const one of dirs) analysis.load(one);
  return dirs.flatMap((one) => analysis.summarize(one));
}

const made = lowered();
const read = finish(readingFacts(finish(writingFacts(made, "/m")), "/m", new Map()));
const functions = functionsOf([...made, ...read]);
const effects = functions.flatMap(({ blocks }) => blocks.flatMap((block) => block.effects));

test("effects have four shapes and functions one, whether they were lowered or read", () => {
  assert.ok(new Set(effects.map(({ op }) => op)).size > 10, "hardly any kinds of effects");
  const found = shapes(effects).map((one) => Object.keys(one).join(" "));
  assert.ok(found.length <= 4, found.join("\n"));
  assert.equal(shapes(functions).length, 1);
});

test("lists of objects are of one kind, those that are empty too", () => {
  const lists: [string, readonly object[]][] = [];
  for (const { blocks, params, returns } of functions)
    lists.push(["blocks", blocks], ["params", params], ["returns", returns]);
  for (const { effects: all } of functions.flatMap(({ blocks }) => blocks)) lists.push(["effects", all]);
  for (const one of effects) {
    lists.push(["locks", one.locks]);
    if (one.op === "call" || one.op === "spawn") lists.push(["targets", one.targets], ["args", one.args]);
  }
  const odd = lists.filter(([, list]) => mayHaveHoles(list) || holdsNumbersAlone(list)).map(([name]) => name);
  assert.deepEqual([...new Set(odd)], []);
});
