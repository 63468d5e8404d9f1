// Package contend makes lock contention of every kind for profile tests.
package contend

import (
	"hash/maphash"
	"runtime"
	"sync"
	"testing"
	"time"
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
	sum := 0
	for k := range 20 {
		sum += s.m[(i+k)%97]
	}
	return sum
}

func (s *store) set(i int) {
	s.rw.Lock()
	s.put(i)
	s.rw.Unlock()
}

// lock is a wrapper small enough to be inlined.
func (s *store) lock() { s.mu.Lock() }

func (s *store) unlock() { s.mu.Unlock() }

func (s *store) inlined(i int) {
	s.lock()
	s.m[i%97]++
	for k := range 100 {
		s.m[(i+k)%97] += k
	}
	s.unlock()
}

// cache is generic, so its frames carry type arguments.
type cache[K comparable, V any] struct {
	mu sync.Mutex
	m  map[K]V
}

func (c *cache[K, V]) update(key K, change func(V) V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for range 50 {
		c.m[key] = change(c.m[key])
	}
}

type shard struct {
	sync.Mutex
	m map[string]int
}

type sharded struct {
	seed   maphash.Seed
	shards [4]shard
}

func (s *sharded) add(key string) {
	one := &s.shards[maphash.String(s.seed, key)%4]
	one.Lock()
	for range 100 {
		one.m[key]++
	}
	one.Unlock()
}

func parallel(b *testing.B, run func(i int)) {
	b.SetParallelism(4)
	b.RunParallel(func(pb *testing.PB) {
		for i := 0; pb.Next(); i++ {
			run(i)
		}
	})
}

func BenchmarkStore(b *testing.B) {
	s := &store{m: map[int]int{}}
	parallel(b, func(i int) {
		s.put(i)
		if i%8 == 0 {
			s.set(i)
		}
	})
}

func BenchmarkReaders(b *testing.B) {
	s := &store{m: map[int]int{}}
	parallel(b, func(i int) {
		if i%4 == 0 {
			s.set(i)
		}
		s.get(i)
	})
}

func BenchmarkInlined(b *testing.B) {
	s := &store{m: map[int]int{}}
	parallel(b, s.inlined)
}

func BenchmarkGeneric(b *testing.B) {
	c := &cache[string, int]{m: map[string]int{}}
	keys := []string{"a", "b", "c"}
	parallel(b, func(i int) { c.update(keys[i%3], func(v int) int { return v + 1 }) })
}

func BenchmarkSharded(b *testing.B) {
	s := &sharded{seed: maphash.MakeSeed()}
	for i := range s.shards {
		s.shards[i].m = map[string]int{}
	}
	keys := []string{"a", "b", "c", "d", "e"}
	parallel(b, func(i int) { s.add(keys[i%5]) })
}

func BenchmarkSyncMap(b *testing.B) {
	var m sync.Map
	parallel(b, func(i int) {
		m.Store(i%4, i)
		m.Load((i + 1) % 4)
		if i%3 == 0 {
			m.Delete(i % 4)
		}
	})
}

func BenchmarkChannels(b *testing.B) {
	requests := make(chan int)
	done := make(chan struct{})
	go func() {
		sum := 0
		for i := range requests {
			sum += i
		}
		close(done)
	}()
	parallel(b, func(i int) { requests <- i })
	close(requests)
	<-done
}

func BenchmarkWaiting(b *testing.B) {
	for range b.N {
		var wg sync.WaitGroup
		var mu sync.Mutex
		ready := sync.NewCond(&mu)
		open := false
		for range 4 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				mu.Lock()
				for !open {
					ready.Wait()
				}
				mu.Unlock()
			}()
		}
		runtime.Gosched()
		mu.Lock()
		open = true
		// Whoever wants the lock by then waits for it, on a busy machine, too.
		time.Sleep(10 * time.Microsecond)
		ready.Broadcast()
		mu.Unlock()
		wg.Wait()
	}
}
