// Command shop is a small HTTP service with map races to find, each beside its correct twin.
package main

import (
	"fmt"
	"log"
	"net/http"
	"sync"

	"example.com/shop/store"
	"example.com/shop/web"
)

func main() {
	skus := []string{"apple", "pear", "plum"}
	fmt.Println("loaded", len(load(skus)), "and", len(loadSafe(skus)), "articles")
	srv := &web.Server{Inventory: store.NewInventory(load(skus)), Prices: store.NewPrices()}
	log.Fatal(http.ListenAndServe("localhost:8080", srv.Handler()))
}

// load is a bug: several goroutines write one map.
func load(skus []string) map[string]int {
	stock := map[string]int{}
	var wg sync.WaitGroup
	for _, sku := range skus {
		wg.Add(1)
		go func() {
			defer wg.Done()
			stock[sku] = len(sku)
		}()
	}
	wg.Wait()
	return stock
}

// loadSafe is its correct twin.
func loadSafe(skus []string) map[string]int {
	stock := map[string]int{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for _, sku := range skus {
		wg.Add(1)
		go func() {
			defer wg.Done()
			mu.Lock()
			defer mu.Unlock()
			stock[sku] = len(sku)
		}()
	}
	wg.Wait()
	return stock
}
