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
  silent: [
    "A helper whose every caller in the module holds the lock.",
    "A function that says by name (`...Locked`) or comment that its caller holds the lock, while no caller is seen that does not.",
    "Accesses in constructors, in `init` and in tests.",
    "An access in the one goroutine that makes all the writes, where that is started once: by `Run` or `Start`, not by `Handle`.",
    "A map that only one function locks: a comment `guarded by mu` makes one enough.",
  ],
  limits: [
    "A type that is set up without its lock and used with it later may be reported, if the set-up is a method anybody may call.",
    "Which of two right locks guards a map is decided by how many accesses hold each.",
  ],
};
