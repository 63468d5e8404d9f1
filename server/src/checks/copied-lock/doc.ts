import type { CheckDoc } from "../check.ts";

export const doc: CheckDoc = {
  title: "Lock copied by value while the map is shared",
  summary: "A struct with a mutex and a map is passed by value: the map is shared, the mutex is not.",
  why: "A value receiver or parameter copies the mutex, and each copy locks itself. The map inside is a reference that all copies share. Use a pointer.",
  bad: `package p

import "sync"

type counter struct {
	mu sync.Mutex
	m  map[string]int
}

func (c counter) inc(k string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.m[k]++ // want
}

func run() {
	c := counter{m: map[string]int{}}
	go c.inc("a")
	c.inc("b")
}
`,
  good: `package p

import "sync"

type counter struct {
	mu sync.Mutex
	m  map[string]int
}

func (c *counter) inc(k string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.m[k]++
}

func run() {
	c := counter{m: map[string]int{}}
	go c.inc("a")
	c.inc("b")
}
`,
  silent: ["The copy is made before the value is shared.", "The copied struct has a map of its own."],
  limits: ["Copies made by assignment through an interface are not seen."],
};
