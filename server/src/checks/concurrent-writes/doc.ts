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
};
