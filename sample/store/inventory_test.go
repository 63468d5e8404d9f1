package store

import (
	"fmt"
	"testing"
)

func skus() []string {
	names := make([]string, 64)
	for i := range names {
		names[i] = fmt.Sprintf("sku-%d", i)
	}
	return names
}

func TestInventory(t *testing.T) {
	for _, tc := range []struct {
		name  string
		stock int
		want  bool
	}{
		{name: "in stock", stock: 1, want: true},
		{name: "sold out", stock: 0, want: false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			inv := NewInventory(map[string]int{"apple": tc.stock})
			if got := inv.Take("apple"); got != tc.want {
				t.Errorf("Take = %v, want %v", got, tc.want)
			}
		})
	}
}

// BenchmarkInventory sells and restocks from many goroutines: they wait for one lock.
func BenchmarkInventory(b *testing.B) {
	names := skus()
	inv := NewInventory(nil)
	b.SetParallelism(8)
	b.RunParallel(func(pb *testing.PB) {
		for i := 0; pb.Next(); i++ {
			sku := names[i%len(names)]
			switch i % 4 {
			case 0:
				inv.Add(sku, 1)
			case 1:
				inv.Take(sku)
			default:
				inv.CountSafe(sku)
			}
		}
	})
}
