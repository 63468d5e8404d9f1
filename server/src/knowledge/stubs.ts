/** Declarations the analysis relies on, for machines where the real sources are missing. Keyed by import path. */
export const stubs: ReadonlyMap<string, string> = new Map([
  [
    "sync",
    `package sync
type Locker interface { Lock(); Unlock() }
type Mutex struct { state int32 }
func (m *Mutex) Lock()
func (m *Mutex) TryLock() bool
func (m *Mutex) Unlock()
type RWMutex struct { w Mutex }
func (rw *RWMutex) Lock()
func (rw *RWMutex) TryLock() bool
func (rw *RWMutex) Unlock()
func (rw *RWMutex) RLock()
func (rw *RWMutex) TryRLock() bool
func (rw *RWMutex) RUnlock()
func (rw *RWMutex) RLocker() Locker
type WaitGroup struct { state uint64 }
func (wg *WaitGroup) Add(delta int)
func (wg *WaitGroup) Done()
func (wg *WaitGroup) Wait()
func (wg *WaitGroup) Go(f func())
type Once struct { done uint32 }
func (o *Once) Do(f func())
func OnceFunc(f func()) func()
func OnceValue[T any](f func() T) func() T
type Cond struct { L Locker }
func NewCond(l Locker) *Cond
func (c *Cond) Wait()
func (c *Cond) Signal()
func (c *Cond) Broadcast()
type Map struct { n int }
func (m *Map) Load(key any) (value any, ok bool)
func (m *Map) Store(key, value any)
func (m *Map) LoadOrStore(key, value any) (actual any, loaded bool)
func (m *Map) LoadAndDelete(key any) (value any, loaded bool)
func (m *Map) Delete(key any)
func (m *Map) Swap(key, value any) (previous any, loaded bool)
func (m *Map) Range(f func(key, value any) bool)
type Pool struct { New func() any }
func (p *Pool) Get() any
func (p *Pool) Put(x any)
`,
  ],
  [
    "sync/atomic",
    `package atomic
type Value struct { v any }
func (v *Value) Load() any
func (v *Value) Store(val any)
func (v *Value) Swap(val any) any
func (v *Value) CompareAndSwap(old, new any) bool
type Pointer[T any] struct { v *T }
func (x *Pointer[T]) Load() *T
func (x *Pointer[T]) Store(val *T)
func (x *Pointer[T]) CompareAndSwap(old, new *T) bool
type Int32 struct { v int32 }
func (x *Int32) Load() int32
func (x *Int32) Store(val int32)
func (x *Int32) Swap(val int32) int32
func (x *Int32) CompareAndSwap(old, new int32) bool
func (x *Int32) Add(delta int32) int32
type Int64 struct { v int64 }
func (x *Int64) Load() int64
func (x *Int64) Store(val int64)
func (x *Int64) Swap(val int64) int64
func (x *Int64) CompareAndSwap(old, new int64) bool
func (x *Int64) Add(delta int64) int64
type Uint32 struct { v uint32 }
func (x *Uint32) Load() uint32
func (x *Uint32) Store(val uint32)
func (x *Uint32) Swap(val uint32) uint32
func (x *Uint32) CompareAndSwap(old, new uint32) bool
func (x *Uint32) Add(delta uint32) uint32
type Uint64 struct { v uint64 }
func (x *Uint64) Load() uint64
func (x *Uint64) Store(val uint64)
func (x *Uint64) Swap(val uint64) uint64
func (x *Uint64) CompareAndSwap(old, new uint64) bool
func (x *Uint64) Add(delta uint64) uint64
type Bool struct { v bool }
func (x *Bool) Load() bool
func (x *Bool) Store(val bool)
func (x *Bool) Swap(val bool) bool
func (x *Bool) CompareAndSwap(old, new bool) bool
`,
  ],
  [
    "maps",
    `package maps
func Clone[M ~map[K]V, K comparable, V any](m M) M
func Copy[M1 ~map[K]V, M2 ~map[K]V, K comparable, V any](dst M1, src M2)
func Keys[M ~map[K]V, K comparable, V any](m M) func(yield func(K) bool)
func Values[M ~map[K]V, K comparable, V any](m M) func(yield func(V) bool)
func All[M ~map[K]V, K comparable, V any](m M) func(yield func(K, V) bool)
func DeleteFunc[M ~map[K]V, K comparable, V any](m M, del func(K, V) bool)
`,
  ],
  [
    "net/http",
    `package http
type Header map[string][]string
func (h Header) Add(key, value string)
func (h Header) Set(key, value string)
func (h Header) Get(key string) string
func (h Header) Del(key string)
func (h Header) Clone() Header
type Request struct { Header Header; Method string }
type ResponseWriter interface { Header() Header; Write([]byte) (int, error); WriteHeader(int) }
type Handler interface { ServeHTTP(ResponseWriter, *Request) }
type HandlerFunc func(ResponseWriter, *Request)
func (f HandlerFunc) ServeHTTP(w ResponseWriter, r *Request)
type ServeMux struct { n int }
func NewServeMux() *ServeMux
func (mux *ServeMux) HandleFunc(pattern string, handler func(ResponseWriter, *Request))
func (mux *ServeMux) Handle(pattern string, handler Handler)
func HandleFunc(pattern string, handler func(ResponseWriter, *Request))
func Handle(pattern string, handler Handler)
func ListenAndServe(addr string, handler Handler) error
type Server struct { Addr string; Handler Handler }
`,
  ],
  [
    "testing",
    `package testing
type TB interface { Fatal(args ...any); Helper() }
type common struct { n int }
func (c *common) Fatal(args ...any)
func (c *common) Fatalf(format string, args ...any)
func (c *common) FailNow()
type T struct { common }
func (t *T) Run(name string, f func(t *T)) bool
func (t *T) Parallel()
type B struct { common; N int }
func (b *B) Run(name string, f func(b *B)) bool
func (b *B) RunParallel(body func(*PB))
type PB struct { n int }
func (pb *PB) Next() bool
`,
  ],
  [
    "golang.org/x/sync/errgroup",
    `package errgroup
type Group struct { n int }
func WithContext(ctx any) (*Group, any)
func (g *Group) Go(f func() error)
func (g *Group) TryGo(f func() error) bool
func (g *Group) Wait() error
func (g *Group) SetLimit(n int)
`,
  ],
]);
