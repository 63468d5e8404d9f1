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

// What one lock keeps apart is not even possible; a lock held only to read keeps writers apart alone.
test("silent at any confidence: accesses under one lock, however they come to hold it", () => {
  const source = `package p

import "sync"

type cache struct {
	mu sync.RWMutex
	m  map[string]int
}

func (c *cache) locked(do func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	do()
}

func (c *cache) Put(k string, v int) {
	c.mu.Lock()
	c.m[k] = v
	c.mu.Unlock()
}

func (c *cache) Get(k string) int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.m[k]
}

func (c *cache) Reset() {
	c.locked(func() { clear(c.m) })
}

func (c *cache) Watch(events chan string) {
	go func() {
		for k := range events {
			c.mu.Lock()
			c.count(k)
			c.mu.Unlock()
		}
	}()
}

func (c *cache) count(k string) { c.m[k]++ }
`;
  assert.deepEqual(analyse({ "/m/p.go": source }).findings(), []);
  const reading = source.replace(
    "c.mu.Lock()\n\tc.m[k] = v\n\tc.mu.Unlock()",
    "c.mu.RLock()\n\tc.m[k] = v\n\tc.mu.RUnlock()",
  );
  assert.notEqual(reading, source);
  assert.notDeepEqual(analyse({ "/m/p.go": reading }).findings(), []);
});

test("silent: a type that lacks a method is none of those that an interface means", () => {
  const source = `package p

type Store interface {
	Put(k string)
	Flush()
	Close()
}

type disk struct{ path string }

func (d *disk) Put(k string) {}
func (d *disk) Flush()       {}
func (d *disk) Close()       {}

type memory struct{ m map[string]int }

func (m *memory) Put(k string) { m.m[k]++ }
func (m *memory) Close()       {}

type pipe struct{}

func (p *pipe) Flush() {}

func Run(s Store) {
	for range 2 {
		go s.Put("a")
	}
}
`;
  const told = (one: string) => analyse({ "/m/p.go": one }).findings();
  assert.deepEqual(told(source), []);
  assert.notDeepEqual(told(`${source}\nfunc (m *memory) Flush() {}\n`), []);
});
