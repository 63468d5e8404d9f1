import assert from "node:assert/strict";
import { test } from "node:test";
import { analyse, analyseFiles, likely, MemoryFiles, wanted } from "../harness/memory.ts";

/** One function locks, which alone is too little to be sure of the guard. */
const source = (before: string, behind: string) => `package p

import "sync"

type T struct {
	mu    sync.Mutex
	other sync.Mutex
${before}	m map[string]int${behind}
}

func (t *T) Add(k string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.m[k]++
}

func (t *T) Get(k string) int {
	return t.m[k] // want MR105
}
`;

const report = (text: string) => likely(analyse({ "/m/p.go": text }).findings());

test("a guard that a comment declares is enforced", () => {
  for (const text of [
    source("", " // guarded by mu"),
    source("", " // Guarded by t.mu."),
    source("", " // protected by `mu`"),
    source("\t// m counts words; guarded by mu.\n", ""),
    source("\t// +checklocks:mu\n", ""),
  ])
    assert.deepEqual(report(text), wanted(text), text);
});

test("without the comment one locked function proves nothing, and another lock's name does not either", () => {
  assert.deepEqual(report(source("", "")), []);
  assert.deepEqual(report(source("", " // guarded by other")), []);
  assert.deepEqual(report(source("\t// guarded by mu\n\tn int\n", "")), []);
});

test("the declaration follows edits", () => {
  const files = new MemoryFiles({ "/m/go.mod": "module example.com/m\n", "/m/p.go": source("", " // guarded by mu") });
  const analysis = analyseFiles(files, "/m");
  assert.equal(likely(analysis.findings()).length, 1);
  for (const [comment, count] of [
    ["", 0],
    [" // guarded by mu", 1],
    [" // guarded by other", 0],
  ] as const) {
    files.set("/m/p.go", source("", comment));
    analysis.update("/m/p.go");
    assert.equal(likely(analysis.findings()).length, count, comment);
  }
});
