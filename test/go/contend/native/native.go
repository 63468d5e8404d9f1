// Package native calls C under a lock: frames of cgo in a profile.
package native

/*
static int spin(int n) { volatile int sum = 0; for (int i = 0; i < n; i++) sum += i; return sum; }
*/
import "C"
import "sync"

type counter struct {
	mu    sync.Mutex
	total map[string]int
}

func (c *counter) add(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.total[key] += int(C.spin(2000))
}
