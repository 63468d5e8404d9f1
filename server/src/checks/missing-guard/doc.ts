import type { CheckDoc } from "../check.ts";

export const doc: CheckDoc = {
  title: "Access without the map's guard",
  summary: "The access misses the lock that the map's other accesses hold.",
  why: "Most accesses of this map hold a lock, so somebody expects other goroutines. An access on a path that does not hold it, after an early unlock or in a branch that was forgotten, undoes the protection for all of them.",
  bad: `package p

import "sync"

type registry struct {
	mu    sync.Mutex
	names map[string]int
}

func (r *registry) Add(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.names[name]++
}

func (r *registry) Remove(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.names, name)
}

func (r *registry) Len() int {
	return len(r.names) // want
}
`,
  good: `package p

import "sync"

type registry struct {
	mu    sync.Mutex
	names map[string]int
}

func (r *registry) Add(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.names[name]++
}

func (r *registry) Remove(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.names, name)
}

func (r *registry) Len() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.names)
}
`,
};
