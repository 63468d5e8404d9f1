import type { CheckDoc } from "../check.ts";

export const doc: CheckDoc = {
  title: "Concurrent map writes",
  summary: "Two goroutines may write the map at the same time.",
  why: "The runtime stops the program with `fatal error: concurrent map writes`. It cannot be recovered. It is not checked on every write, so the program may also corrupt the map and go on.",
  bad: `package p

import "sync"

func count(words []string) map[string]int {
	seen := map[string]int{}
	var wg sync.WaitGroup
	for _, w := range words {
		wg.Add(1)
		go func() {
			defer wg.Done()
			seen[w]++ // want
		}()
	}
	wg.Wait()
	return seen
}
`,
  good: `package p

import "sync"

func count(words []string) map[string]int {
	seen := map[string]int{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for _, w := range words {
		wg.Add(1)
		go func() {
			defer wg.Done()
			mu.Lock()
			seen[w]++
			mu.Unlock()
		}()
	}
	wg.Wait()
	return seen
}
`,
  silent: [
    "One of the writes lies before the goroutine starts, or behind a wait for it: `Wait` of a WaitGroup or errgroup, a receive that its send or close precedes.",
    "Every path to both writes holds the same lock, a channel with room for one, or a `sync.Once`.",
    "The map is made by the function, round or request that writes it, and nobody else has it yet.",
    "The accesses run in one goroutine that owns the map and takes commands from a channel.",
  ],
  limits: [
    "Goroutines that a library outside the table of known libraries starts are not seen; add the function in the settings.",
    "That two numbers used as keys differ protects nothing, and indexes that differ for each goroutine are told apart only as variables of a loop or its function.",
    "Interface calls with more than twelve implementations in the module are not followed.",
  ],
};
