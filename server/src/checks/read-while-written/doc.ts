import type { CheckDoc } from "../check.ts";

export const doc: CheckDoc = {
  title: "Map read while it may be written",
  summary: "A goroutine may read the map while another one writes it.",
  why: "A read beside a write stops the program with `fatal error: concurrent map read and map write`, or returns a wrong answer. Reads need the lock as much as writes do.",
  bad: `package p

var hits = map[string]int{}

func watch() {
	for {
		_ = hits["/"]
	}
}

func main() {
	go watch()
	hits["/"] = 1 // want
}
`,
  good: `package p

import "sync"

var (
	mu   sync.RWMutex
	hits = map[string]int{}
)

func watch() {
	for {
		mu.RLock()
		_ = hits["/"]
		mu.RUnlock()
	}
}

func main() {
	go watch()
	mu.Lock()
	hits["/"] = 1
	mu.Unlock()
}
`,
  silent: [
    "The read is behind a join of the goroutine that writes.",
    "The map is only ever replaced as a whole, never changed in place.",
    "The read happens in a constructor, before anybody else has the value.",
  ],
  limits: [
    "Order that a program keeps by sleeping, by configuration or by the users' patience is not order.",
    "A read that a run-time check keeps apart from the write, such as `if started { panic }`, may be reported.",
  ],
};
