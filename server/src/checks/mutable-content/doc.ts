import type { CheckDoc } from "../check.ts";

export const doc: CheckDoc = {
  title: "Plain map inside a sync.Map",
  summary: "A map that a sync.Map holds is changed without a lock of its own.",
  why: "A sync.Map makes loads and stores of its entries safe, and nothing else. Everybody who loads an entry gets the same inner map, and changing that is as unsafe as changing a map in a package variable. Give the entry a lock of its own, or put immutable values into the sync.Map.",
  bad: `package p

import "sync"

type sessions struct{ users sync.Map }

func (s *sessions) Set(user, key, value string) {
	stored, _ := s.users.LoadOrStore(user, map[string]string{})
	stored.(map[string]string)[key] = value // want
}

func serve(s *sessions, users []string) {
	for _, user := range users {
		go s.Set(user, "seen", "yes")
	}
}
`,
  good: `package p

import "sync"

type session struct {
	mu     sync.Mutex
	values map[string]string
}

type sessions struct{ users sync.Map }

func (s *sessions) Set(user, key, value string) {
	stored, _ := s.users.LoadOrStore(user, &session{values: map[string]string{}})
	entry := stored.(*session)
	entry.mu.Lock()
	entry.values[key] = value
	entry.mu.Unlock()
}

func serve(s *sessions, users []string) {
	for _, user := range users {
		go s.Set(user, "seen", "yes")
	}
}
`,
  silent: [
    "The entry has a lock of its own that is held at each use.",
    "Entries are built before they are stored, and never changed behind that.",
    "No goroutine, handler or other caller is seen that reaches the entry at the same time: then it is shown as possible.",
  ],
  limits: ["Entries of different keys are not told apart: code that gives each key to one goroutine may be reported."],
};
