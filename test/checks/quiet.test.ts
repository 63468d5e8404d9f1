import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { analyse, likely } from "../harness/memory.ts";
import { root } from "../harness/tools.ts";

// Shapes of real code that were reported once and are right as they are.
const dir = join(root, "test/fixtures/quiet");
for (const file of readdirSync(dir)) {
  test(`silent: ${file}`, () => {
    const findings = analyse({ [`/m/${file}`]: readFileSync(join(dir, file), "utf8") }).findings();
    assert.deepEqual(likely(findings), [], findings.map((one) => `${one.message}: ${one.reason}`).join("\n"));
  });
}

test("silent: what a test does with a value of its own says nothing of the program's", () => {
  const program = `package p

import "sync"

type node struct {
	mu   sync.Mutex
	deps map[string]struct{}
}

func (n *node) add(id string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.deps[id] = struct{}{}
}

func (n *node) remove(id string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.deps, id)
}

func (n *node) size() int { return len(n.deps) }

type graph struct {
	root   *node
	events chan string
}

func (g *graph) Run(seen func(int)) {
	go func() {
		for id := range g.events {
			g.root.add(id)
			seen(g.root.size())
			g.root.remove(id)
		}
	}()
}
`;
  const own = `package p

import "testing"

func TestAdd(t *testing.T) {
	n := &node{deps: map[string]struct{}{}}
	for range 3 {
		go n.add("a")
	}
	go n.remove("a")
}
`;
  const findings = analyse({ "/m/p.go": program, "/m/p_test.go": own }).findings();
  assert.deepEqual(likely(findings), []);
});
