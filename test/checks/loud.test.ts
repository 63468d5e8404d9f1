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

test("tests that call a method do not hide what the program does with it", () => {
  const source = `package p

import "sync"

type T struct {
	mu sync.Mutex
	m  map[string]int
}

func (t *T) Add(k string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.m[k]++
}

func (t *T) Drop(k string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.m, k)
}

func (t *T) Get(k string) int {
	return t.m[k] // want MR105
}
`;
  const tests = `package p

import "testing"

func BenchmarkT(b *testing.B) {
	t := &T{m: map[string]int{}}
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			t.Add("a")
			t.Drop("a")
		}
	})
}
`;
  assert.deepEqual(likely(analyse({ "/m/p/p.go": source, "/m/p/p_test.go": tests }).findings()), wanted(source));
});
