import type { CheckDoc } from "../check.ts";

export const doc: CheckDoc = {
  title: "Accesses hold different locks",
  summary: "Each access holds a lock, but not the same one.",
  why: "Two locks exclude nothing from each other. Common causes: the lock of another instance, one lock of several chosen by a different index, a lock made anew in each call.",
  bad: `package p

import "sync"

type table struct {
	readMu  sync.Mutex
	writeMu sync.Mutex
	rows    map[int]string
}

func (t *table) fill() {
	t.writeMu.Lock()
	t.rows[1] = "x"
	t.writeMu.Unlock()
}

func (t *table) scan() {
	t.readMu.Lock()
	_ = t.rows[1] // want
	t.readMu.Unlock()
}

func run() {
	t := &table{rows: map[int]string{}}
	go t.fill()
	t.scan()
}
`,
  good: `package p

import "sync"

type table struct {
	mu   sync.Mutex
	rows map[int]string
}

func (t *table) fill() {
	t.mu.Lock()
	t.rows[1] = "x"
	t.mu.Unlock()
}

func (t *table) scan() {
	t.mu.Lock()
	_ = t.rows[1]
	t.mu.Unlock()
}

func run() {
	t := &table{rows: map[int]string{}}
	go t.fill()
	t.scan()
}
`,
  silent: [
    "One of the locks is reached through a pointer that may be the other.",
    "The lock of the container that holds both maps is held on both sides.",
  ],
  limits: ["Locks that are elements of a slice are told apart by the variable that indexes them."],
};
