import type { CheckDoc } from "../check.ts";

export const doc: CheckDoc = {
  title: "Map written under a read lock",
  summary: "A write happens under RLock, which lets other readers in.",
  why: "`RLock` keeps writers out, not other readers: every holder of the read lock runs beside this write. Take the write lock.",
  bad: `package p

import "sync"

type cache struct {
	mu sync.RWMutex
	m  map[string]int
}

func (c *cache) Get(k string) int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if _, ok := c.m[k]; !ok {
		c.m[k] = len(k) // want
	}
	return c.m[k]
}

func (c *cache) Put(k string, v int) {
	c.mu.Lock()
	c.m[k] = v
	c.mu.Unlock()
}
`,
  good: `package p

import "sync"

type cache struct {
	mu sync.RWMutex
	m  map[string]int
}

func (c *cache) Get(k string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.m[k]; !ok {
		c.m[k] = len(k)
	}
	return c.m[k]
}

func (c *cache) Put(k string, v int) {
	c.mu.Lock()
	c.m[k] = v
	c.mu.Unlock()
}
`,
  silent: ["The write is to a map of the function's own.", "The exclusive lock is held as well."],
  limits: ["Types of other modules that have `RLock` are taken for readers-writer locks."],
};
