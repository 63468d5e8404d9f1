package native

import "testing"

func BenchmarkNative(b *testing.B) {
	c := &counter{total: map[string]int{}}
	b.SetParallelism(4)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			c.add("x")
		}
	})
}
