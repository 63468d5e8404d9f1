import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { analyse } from "../harness/memory.ts";
import { maprace, root } from "../harness/tools.ts";

const source = `package p

import "sync"

type T struct {
	mu    sync.Mutex
	m     map[string]int
	table map[string]int
	odd   map[string]int
}

func New() *T {
	t := &T{m: map[string]int{}, table: map[string]int{"a": 1}}
	t.m["first"] = 1 // owned
	return t
}

func (t *T) Add(k string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.m[k]++ // guarded: t.mu
}

func (t *T) Drop(k string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.m, k) // guarded: t.mu
}

func (t *T) Get(k string) int {
	return t.m[k] // not silent
}

func (t *T) Table(k string) int {
	return t.table[k] // read-only
}

func Local() int {
	own := map[int]int{}
	own[1] = 2 // owned
	return len(own)
}

func (t *T) Odd() {
	t.odd["x"] = 1 // ordered or alone
}

func parameter(m map[string]int) {
	m["x"] = 1 // unresolved
}
`;

test("every access says why nothing likely is reported of it", () => {
  const analysis = analyse({ "/m/p.go": source });
  analysis.findings();
  let asked = 0;
  for (const [index, text] of source.split("\n").entries()) {
    const wanted = /\/\/ (.+)$/.exec(text)?.[1];
    if (wanted === undefined) continue;
    asked++;
    const answers = analysis.whySilent("/m/p.go", index + 1);
    assert.ok(
      answers.length > 0 && answers.every(({ answer }) => answer.startsWith(wanted)),
      `${text}: ${JSON.stringify(answers)}`,
    );
  }
  assert.equal(asked, 8);
});

test("maprace scan --why answers for a place, and says where there is no map", () => {
  const sample = join(root, "sample");
  const result = maprace(["scan", "-C", sample, "--why", "store/inventory.go:25", "--quiet"]);
  assert.equal(result.status, 0, result.stderr);
  assert.match(result.stdout, /^store\/inventory\.go:25:2 write inv\.stock: guarded: inv\.mu is held on every way/);
  assert.equal(maprace(["scan", "-C", sample, "--why", "store/inventory.go:1", "--quiet"]).status, 2);
  assert.equal(maprace(["scan", "-C", sample, "--why", "nonsense", "--quiet"]).status, 2);
});
