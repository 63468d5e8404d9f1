package store

import (
	"maps"
	"sync"
)

// Prices caches the price of each article.
type Prices struct {
	mu    sync.RWMutex
	cents map[string]int
}

// NewPrices returns an empty cache.
func NewPrices() *Prices {
	return &Prices{cents: map[string]int{}}
}

// Set stores a price.
func (p *Prices) Set(sku string, cents int) {
	p.mu.Lock()
	p.cents[sku] = cents
	p.mu.Unlock()
}

// Lookup is a bug: it writes under the read lock.
func (p *Prices) Lookup(sku string) int {
	p.mu.RLock()
	defer p.mu.RUnlock()
	if _, ok := p.cents[sku]; !ok {
		p.cents[sku] = len(sku) * 100
	}
	return p.cents[sku]
}

// All is a bug: the map leaves its critical section.
func (p *Prices) All() map[string]int {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.cents
}

// Total walks what All returned, while Set may write it.
func (p *Prices) Total() int {
	sum := 0
	for _, cents := range p.All() {
		sum += cents
	}
	return sum
}

// Snapshot is the correct twin of All.
func (p *Prices) Snapshot() map[string]int {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return maps.Clone(p.cents)
}
