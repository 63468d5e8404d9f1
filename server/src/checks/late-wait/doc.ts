import type { CheckDoc } from "../check.ts";

export const doc: CheckDoc = {
  title: "Results read before their writer is waited for",
  summary: "The map is read before the goroutine that fills it has been waited for.",
  why: "Starting a goroutine does not wait for it. Reading its results is ordered only after `Wait`, or after a receive that its send or close precedes. Move the read behind the wait.",
  bad: `package p

import "sync"

func load(ids []int) int {
	out := map[int]int{}
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		defer wg.Done()
		for _, id := range ids {
			out[id] = id
		}
	}()
	n := len(out) // want
	wg.Wait()
	return n
}
`,
  good: `package p

import "sync"

func load(ids []int) int {
	out := map[int]int{}
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		defer wg.Done()
		for _, id := range ids {
			out[id] = id
		}
	}()
	wg.Wait()
	return len(out)
}
`,
  silent: ["The read is behind the wait.", "The wait is inside a helper that is called before."],
  limits: ["Which of several goroutines a receive waits for is not told: a loop of receives counts for all."],
};
