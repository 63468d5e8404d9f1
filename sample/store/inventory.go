// Package store keeps the shop's stock, prices and sessions in memory.
package store

import "sync"

// Inventory counts articles. Every method takes the lock, except the one that was added later.
type Inventory struct {
	mu    sync.RWMutex
	stock map[string]int
}

// NewInventory returns an inventory with opening stock. The map is not shared yet: no lock is needed.
func NewInventory(opening map[string]int) *Inventory {
	inv := &Inventory{stock: make(map[string]int, len(opening))}
	for sku, n := range opening {
		inv.stock[sku] = n
	}
	return inv
}

// Add puts articles on the shelf.
func (inv *Inventory) Add(sku string, n int) {
	inv.mu.Lock()
	defer inv.mu.Unlock()
	inv.stock[sku] += n
}

// Take removes one article and tells whether there was one.
func (inv *Inventory) Take(sku string) bool {
	inv.mu.Lock()
	defer inv.mu.Unlock()
	if inv.stock[sku] == 0 {
		return false
	}
	inv.stock[sku]--
	return true
}

// Count is the bug: it reads without the lock.
func (inv *Inventory) Count(sku string) int {
	return inv.stock[sku]
}

// CountSafe is its correct twin.
func (inv *Inventory) CountSafe(sku string) int {
	inv.mu.RLock()
	defer inv.mu.RUnlock()
	return inv.stock[sku]
}
