import type { CheckDoc } from "../check.ts";

export const doc: CheckDoc = {
  title: "Map read while it may be written",
  summary: "A goroutine may read the map while another one writes it.",
  why: "A read beside a write stops the program with `fatal error: concurrent map read and map write`, or returns a wrong answer. Reads need the lock as much as writes do.",
  bad: `package p

import "net/http"

var hits = map[string]int{}

func count(w http.ResponseWriter, r *http.Request) {
	hits[r.URL.Path] = 1 // want
}

func show(w http.ResponseWriter, r *http.Request) {
	_ = hits[r.URL.Path]
}

func main() {
	http.HandleFunc("/show", show)
	go http.HandleFunc("/count", count)
}
`,
  good: `package p

import (
	"net/http"
	"sync"
)

var (
	mu   sync.RWMutex
	hits = map[string]int{}
)

func count(w http.ResponseWriter, r *http.Request) {
	mu.Lock()
	hits[r.URL.Path]++
	mu.Unlock()
}

func show(w http.ResponseWriter, r *http.Request) {
	mu.RLock()
	_ = hits[r.URL.Path]
	mu.RUnlock()
}

func main() {
	http.HandleFunc("/count", count)
	http.HandleFunc("/show", show)
}
`,
};
