// Package web serves the shop over HTTP.
package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"

	"example.com/shop/store"
)

// visits is a bug: every request runs in a goroutine of its own.
var visits = map[string]int{}

// hits is the correct twin of visits.
var (
	hitsMu sync.Mutex
	hits   = map[string]int{}
)

// Server answers requests for articles.
type Server struct {
	Inventory *store.Inventory
	Prices    *store.Prices
}

// Handler routes the shop's pages.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/article", s.article)
	mux.HandleFunc("/report", s.report)
	mux.HandleFunc("/hits", countHit)
	return mux
}

func (s *Server) article(w http.ResponseWriter, r *http.Request) {
	sku := r.URL.Query().Get("sku")
	visits[sku]++
	fmt.Fprintf(w, "%s: %d in stock, %d cents\n", sku, s.Inventory.Count(sku), s.Prices.Lookup(sku))
}

func (s *Server) report(w http.ResponseWriter, _ *http.Request) {
	_ = json.NewEncoder(w).Encode(s.Prices.Snapshot())
}

func countHit(_ http.ResponseWriter, r *http.Request) {
	hitsMu.Lock()
	defer hitsMu.Unlock()
	hits[r.URL.Path]++
}
