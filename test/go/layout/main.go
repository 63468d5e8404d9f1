// Command layout prints where the compiler places the fields of its structs: type, field, offset and size.
package main

import (
	"fmt"
	"reflect"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"
)

const width = 3

type small struct {
	a bool
	b int64
	c byte
	d uint16
	e string
}

type nested struct {
	one  small
	two  [width]small
	pad  [64 - 8]byte
	last struct{}
}

type locks struct {
	flag  bool
	mu    sync.Mutex
	rw    sync.RWMutex
	once  sync.Once
	hits  atomic.Int64
	miss  atomic.Int32
	ready atomic.Bool
	any   atomic.Value
	ptr   atomic.Pointer[small]
	wg    sync.WaitGroup
	m     map[string]int
}

type shapes[T any] struct {
	f    func(int) error
	ch   chan T
	s    []T
	i    interface{ M() }
	e    error
	c    complex128
	half complex64
	p    unsafe.Pointer
	t    time.Time
	d    time.Duration
	r    rune
	v    T
	z    int
}

type embedding struct {
	small
	*nested
	sync.Mutex
	tail [2][3]int16
}

func main() {
	for _, value := range []any{small{}, nested{}, locks{}, shapes[int8]{}, embedding{}} {
		t := reflect.TypeOf(value)
		for i := range t.NumField() {
			field := t.Field(i)
			fmt.Println(t.Name(), field.Name, field.Offset, field.Type.Size())
		}
	}
}
