import type { CheckDoc } from "../check.ts";

export const doc: CheckDoc = {
  title: "Guarded map used outside its critical section",
  summary: "A reference to a guarded map leaves its critical section.",
  why: "A map is a reference: copying it to a variable or returning it copies no element. What was fetched under the lock is still the shared map after the unlock. Copy the elements under the lock.",
  bad: `package p

import "sync"

type store struct {
	mu sync.RWMutex
	m  map[int]int
}

func (s *store) Put(i int) {
	s.mu.Lock()
	s.m[i] = i
	s.mu.Unlock()
}

func (s *store) Drop(i int) {
	s.mu.Lock()
	delete(s.m, i)
	s.mu.Unlock()
}

func (s *store) Sum() int {
	s.mu.RLock()
	all := s.m
	s.mu.RUnlock()
	n := 0
	for _, v := range all { // want
		n += v
	}
	return n
}
`,
  good: `package p

import (
	"maps"
	"sync"
)

type store struct {
	mu sync.RWMutex
	m  map[int]int
}

func (s *store) Put(i int) {
	s.mu.Lock()
	s.m[i] = i
	s.mu.Unlock()
}

func (s *store) Drop(i int) {
	s.mu.Lock()
	delete(s.m, i)
	s.mu.Unlock()
}

func (s *store) Sum() int {
	s.mu.RLock()
	all := maps.Clone(s.m)
	s.mu.RUnlock()
	n := 0
	for _, v := range all {
		n += v
	}
	return n
}
`,
  silent: [
    "What is returned or kept is a copy made under the lock; inner maps are followed one by one.",
    "The function replaces the map under the lock and keeps the old one for itself.",
    "The map is replaced as a whole and never changed in place.",
  ],
  limits: [
    "References that leave through an interface, a channel of structs or reflection are not followed.",
    "Copies made by packages outside the scan are taken for copies.",
  ],
};
