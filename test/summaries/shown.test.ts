import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { finish } from "../../server/src/base/steps.ts";
import { writingFacts } from "../../server/src/engine/facts.ts";
import { loadFacts, saveFacts } from "../../server/src/host/facts.ts";
import type { FunctionFacts } from "../../server/src/summaries/effects.ts";
import { withPositionsShown } from "../../server/src/summaries/shown.ts";
import { analyse } from "../harness/memory.ts";

const source = `package m

import "sync"

var (
	mu   sync.Mutex
	seen = map[string]int{}
)

func f(names []string, then func(string, string)) {
	for range names {
	}
	mu.Lock()
	for _, name := range names {
		seen[name]++
		then("a text that makes this call a long one", "and another one that it is given, too")
	}
	mu.Unlock()
}
`;

function functionOf(text: string): FunctionFacts {
  const packages = analyse({ "/m/m.go": text }).summarize("/m");
  const found = packages[0]?.facts.units.get("example.com/m.f")?.functions[0];
  assert.ok(found !== undefined);
  return found;
}

test("positions are kept of what findings show, the others take no room", () => {
  const whole = functionOf(source);
  const brief = withPositionsShown(whole);
  const effects = (facts: FunctionFacts) => facts.blocks.flatMap((block) => block.effects);
  assert.equal(whole.loops.length, 4);
  assert.deepEqual(brief.loops, whole.loops.slice(2));
  assert.equal(brief.end - brief.start, 40);
  assert.deepEqual(
    effects(brief).map(({ op }) => op),
    effects(whole).map(({ op }) => op),
  );
  const access = (facts: FunctionFacts) => effects(facts).filter(({ op }) => op === "access");
  assert.ok(access(whole).length > 0);
  assert.deepEqual(access(brief), access(whole));
  const [called] = effects(brief).filter(({ op }) => op === "call");
  const [call] = effects(whole).filter(({ op }) => op === "call");
  assert.equal(called?.start, call?.start);
  assert.equal((called?.end ?? 0) - (called?.start ?? 0), 40);
  // Where a lock is taken makes no difference, nor how long a loop is in which nothing happens.
  const longer = functionOf(source.replace("range names {\n\t}", "range names {\n\t\t// nothing\n\t}"));
  const shift = (offset: number) => offset - (longer.loops[2] ?? 0) + (whole.loops[2] ?? 0);
  assert.deepEqual(withPositionsShown(longer).loops.map(shift), brief.loops);
});

test("a facts file is the same bytes again; one that is damaged or cut off is none", async () => {
  const dir = mkdtempSync(join(tmpdir(), "maprace-facts-"));
  try {
    const many = Array.from({ length: 400 }, (_, i) => source.replace("func f", `func f${i}`).slice(10)).join("\n");
    const files = { "/m/m.go": source, "/m/n/n.go": `package n\n${many.replaceAll('import "sync"', "")}` };
    for (const some of [files, { "/m/m.go": "package m\n" }]) {
      const analysis = analyse(some);
      const packages = analysis.directories.flatMap((one) => analysis.summarize(one));
      const bytes = finish(writingFacts(packages, "/m"));
      const path = join(dir, "facts");
      await saveFacts(path, bytes);
      assert.equal(Buffer.compare(loadFacts(path), bytes), 0);
      const kept = readFileSync(path);
      assert.ok(kept.length < bytes.length + 200);
      for (const at of [kept.length >> 1, kept.length - 1]) {
        const damaged = Buffer.from(kept);
        damaged[at] = (damaged[at] ?? 0) ^ 1;
        writeFileSync(path, damaged);
        assert.throws(() => loadFacts(path), /damaged/);
        writeFileSync(path, kept.subarray(0, at));
        assert.throws(() => loadFacts(path), /damaged/);
      }
    }
  } finally {
    rmSync(dir, { recursive: true });
  }
});
