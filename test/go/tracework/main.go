// Writes an execution trace of a program with locks of every kind, channels, collections, tasks, system calls,
// coroutines and profile samples: tracework FILE ROUNDS [MILLISECONDS of sleep before the end].
package main

import (
	"context"
	"fmt"
	"iter"
	"net"
	"os"
	"runtime"
	"runtime/pprof"
	"runtime/trace"
	"strconv"
	"sync"
	"time"
)

var sink [][]byte

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

type shared struct {
	mu   sync.Mutex
	slow sync.Mutex // of held alone: who waits there is woken there
	rw   sync.RWMutex
	cond *sync.Cond
	m    map[int]int
	sm   sync.Map
	ch   chan int
	lone chan int
}

func (s *shared) work(ctx context.Context, id, rounds int) {
	for j := range rounds {
		s.mu.Lock()
		s.m[j] += id
		s.mu.Unlock()
		if id%2 == 0 {
			s.ch <- j
		} else {
			<-s.ch
		}
		if j%10 == 0 {
			s.guarded(j)
		}
		if j%100 == 0 {
			s.annotated(ctx, j)
		}
	}
}

func (s *shared) guarded(j int) {
	s.rw.RLock()
	_ = s.m == nil
	s.rw.RUnlock()
	s.rw.Lock()
	s.sm.Store(j, j)
	s.rw.Unlock()
	select {
	case s.lone <- j:
	case <-s.lone:
	case <-time.After(10 * time.Microsecond):
	}
}

func (s *shared) annotated(ctx context.Context, j int) {
	ctx, task := trace.NewTask(ctx, "step")
	defer task.End()
	trace.WithRegion(ctx, "allocate", func() {
		sink = append(sink[:min(len(sink), 100)], make([]byte, 20000))
	})
	trace.Log(ctx, "round", strconv.Itoa(j))
	_, err := os.Stat("/")
	check(err)
	for v := range pulled(3) {
		_ = v
	}
	if j%1000 == 0 {
		runtime.GC()
	}
}

func pulled(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		next, stop := iter.Pull(func(yield func(int) bool) {
			for i := range n {
				if !yield(i) {
					return
				}
			}
		})
		defer stop()
		for {
			v, ok := next()
			if !ok || !yield(v) {
				return
			}
		}
	}
}

func network(rounds int) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				var b [1]byte
				for {
					if _, err := c.Read(b[:]); err != nil {
						return
					}
					_, _ = c.Write(b[:])
				}
			}()
		}
	}()
	c, err := net.Dial("tcp", l.Addr().String())
	check(err)
	for range rounds {
		var b [1]byte
		_, err = c.Write(b[:])
		check(err)
		_, err = c.Read(b[:])
		check(err)
	}
	check(c.Close())
	check(l.Close())
}

func main() {
	rounds, err := strconv.Atoi(os.Args[2])
	check(err)
	f, err := os.Create(os.Args[1])
	check(err)
	check(pprof.StartCPUProfile(&discard{}))
	check(trace.Start(f))
	s := &shared{m: map[int]int{}, ch: make(chan int), lone: make(chan int)}
	s.cond = sync.NewCond(&s.mu)
	ctx, task := trace.NewTask(context.Background(), "all")
	var wg sync.WaitGroup
	for id := range 8 {
		wg.Go(func() { s.work(ctx, id, rounds) })
	}
	s.contended()
	network(rounds / 100)
	wg.Wait()
	if len(os.Args) > 3 {
		pause, err := strconv.Atoi(os.Args[3])
		check(err)
		time.Sleep(time.Duration(pause) * time.Millisecond)
	}
	task.End()
	trace.Stop()
	pprof.StopCPUProfile()
	check(f.Close())
}

type discard struct{}

func (*discard) Write(b []byte) (int, error) { return len(b), nil }

// contended makes waits for both kinds of lock, however few processors there are.
func (s *shared) contended() {
	s.rw.Lock()
	var wg sync.WaitGroup
	wg.Go(func() {
		s.rw.RLock()
		s.rw.RUnlock()
	})
	for range 4 {
		wg.Go(func() {
			for range 5 {
				s.held()
			}
		})
	}
	time.Sleep(2 * time.Millisecond)
	s.rw.Unlock()
	wg.Wait()
}

// held sleeps while it holds the lock, so that whoever else comes has to wait.
func (s *shared) held() {
	s.slow.Lock()
	time.Sleep(time.Millisecond)
	s.slow.Unlock()
}
