// Package contend makes lock contention for profile tests.
package contend

import (
	"sync"
	"testing"
)

type store struct {
	mu sync.Mutex
	rw sync.RWMutex
	m  map[int]int
}

func (s *store) put(i int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k := 0; k < 200; k++ {
		s.m[i%97] += k
	}
}

func (s *store) get(i int) int {
	s.rw.RLock()
	defer s.rw.RUnlock()
	return s.m[i]
}

func (s *store) set(i int) {
	s.rw.Lock()
	s.put(i)
	s.rw.Unlock()
}

func BenchmarkStore(b *testing.B) {
	s := &store{m: map[int]int{}}
	b.SetParallelism(4)
	b.RunParallel(func(pb *testing.PB) {
		for i := 0; pb.Next(); i++ {
			s.put(i)
			if i%8 == 0 {
				s.set(i)
			}
		}
	})
}
