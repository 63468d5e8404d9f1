/** What a library function does with its arguments, as far as concurrency goes. Index 0 is the receiver of a method. */
export interface Model {
  /** Runs argument `spawn` in another goroutine. */
  readonly spawn?: number;
  /** The spawned function may run many times at once. */
  readonly many?: boolean;
  /** How it is called in messages; the function's own name otherwise. */
  readonly label?: string;
  readonly how?: "group" | "timer" | "handler" | "parallel-body" | "callback";
  /** If the argument is a value, this method of it is what runs. */
  readonly method?: string;
  /** The spawned goroutine ends before the receiver's Wait returns. */
  readonly group?: boolean;
  readonly op?: "done" | "wait";
  /** Argument `once` runs at most once, before every later return of the same call. */
  readonly once?: number;
  /** Results are what was stored in the receiver. */
  readonly content?: boolean;
  /** Map accesses of arguments. */
  readonly access?: readonly (readonly [
    argument: number,
    kind: "read" | "write" | "delete" | "clear" | "iterate" | "clone",
  ])[];
  /** Reads the maps inside its arguments by reflection, from this argument on. */
  readonly reflect?: number;
  /** The result is made by the call. */
  readonly fresh?: boolean;
  /** Calls these methods of an argument before it returns. */
  readonly invokes?: readonly [argument: number, methods: readonly string[]];
  /** Does not return. */
  readonly exits?: boolean;
}

const handler: Model = { spawn: 1, many: true, how: "handler", method: "ServeHTTP" };
const methodHandler: Model = { spawn: 2, many: true, how: "handler", method: "ServeHTTP" };
const headerWrite: Model = { access: [[0, "write"]] };
const headerRead: Model = { access: [[0, "read"]] };
const exits: Model = { exits: true };
const prints: Model = { reflect: 0 };

const heap: Model = { invokes: [0, ["Len", "Less", "Swap", "Push", "Pop"]] };
const sorted: Model = { invokes: [0, ["Len", "Less", "Swap"]] };

/** Standard library and well-known modules, by `import/path.Func` and `import/path.(Type).Method`. */
export const models: ReadonlyMap<string, Model> = new Map<string, Model>([
  ["sync.(WaitGroup).Go", { spawn: 1, how: "group", group: true, label: "WaitGroup.Go" }],
  ["sync.(WaitGroup).Done", { op: "done" }],
  ["sync.(WaitGroup).Wait", { op: "wait" }],
  ["sync.(Once).Do", { once: 1 }],
  ["sync.(Map).Load", { content: true }],
  ["sync.(Map).LoadOrStore", { content: true }],
  ["sync.(Map).LoadAndDelete", { content: true }],
  ["sync.(Map).Swap", { content: true }],
  ["sync/atomic.(Value).Load", { content: true }],
  ["sync/atomic.(Pointer).Load", { content: true }],
  ["time.AfterFunc", { spawn: 1, how: "timer", label: "time.AfterFunc" }],
  ["context.AfterFunc", { spawn: 1, how: "timer", label: "context.AfterFunc" }],
  ["golang.org/x/sync/errgroup.(Group).Go", { spawn: 1, how: "group", group: true, label: "errgroup.Group.Go" }],
  ["golang.org/x/sync/errgroup.(Group).TryGo", { spawn: 1, how: "group", group: true, label: "errgroup.Group.TryGo" }],
  ["golang.org/x/sync/errgroup.(Group).Wait", { op: "wait" }],
  ["github.com/sourcegraph/conc.(WaitGroup).Go", { spawn: 1, how: "group", group: true, label: "conc.WaitGroup.Go" }],
  ["github.com/sourcegraph/conc.(WaitGroup).Wait", { op: "wait" }],
  [
    "github.com/sourcegraph/conc/pool.(Pool).Go",
    { spawn: 1, many: true, how: "group", group: true, label: "pool.Pool.Go" },
  ],
  ["github.com/sourcegraph/conc/pool.(Pool).Wait", { op: "wait" }],
  ["github.com/panjf2000/ants/v2.Submit", { spawn: 0, many: true, how: "callback", label: "ants.Submit" }],
  ["github.com/panjf2000/ants/v2.(Pool).Submit", { spawn: 1, many: true, how: "callback", label: "ants.Pool.Submit" }],
  ["github.com/oklog/run.(Group).Add", { spawn: 1, how: "callback", label: "run.Group.Add" }],
  ["github.com/robfig/cron/v3.(Cron).AddFunc", { spawn: 2, many: true, how: "callback", label: "cron.AddFunc" }],
  ["k8s.io/apimachinery/pkg/util/wait.Until", { spawn: 0, how: "callback", label: "wait.Until" }],
  [
    "k8s.io/client-go/util/workqueue.ParallelizeUntil",
    { spawn: 3, many: true, how: "parallel-body", label: "workqueue.ParallelizeUntil" },
  ],
  ["net/http.HandleFunc", { ...handler, label: "http.HandleFunc" }],
  ["net/http.Handle", { ...handler, label: "http.Handle" }],
  ["net/http.ListenAndServe", { ...handler, label: "http.ListenAndServe" }],
  ["net/http.Serve", { ...handler, label: "http.Serve" }],
  ["net/http.(ServeMux).HandleFunc", { ...methodHandler, label: "http.ServeMux.HandleFunc" }],
  ["net/http.(ServeMux).Handle", { ...methodHandler, label: "http.ServeMux.Handle" }],
  [
    "net/http/httptest.NewServer",
    { spawn: 0, many: true, how: "handler", method: "ServeHTTP", label: "httptest.NewServer" },
  ],
  [
    "net/http/httptest.NewTLSServer",
    { spawn: 0, many: true, how: "handler", method: "ServeHTTP", label: "httptest.NewTLSServer" },
  ],
  ["github.com/gorilla/mux.(Router).HandleFunc", { ...methodHandler, label: "mux.Router.HandleFunc" }],
  ["github.com/gorilla/mux.(Router).Handle", { ...methodHandler, label: "mux.Router.Handle" }],
  ...["Get", "Post", "Put", "Delete", "Patch", "Head", "Options"].map((verb): [string, Model] => [
    `github.com/go-chi/chi/v5.(Mux).${verb}`,
    { ...methodHandler, label: `chi.Mux.${verb}` },
  ]),
  ...["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"].flatMap((verb): [string, Model][] => [
    [`github.com/gin-gonic/gin.(RouterGroup).${verb}`, { ...methodHandler, label: `gin.${verb}` }],
    [`github.com/labstack/echo/v4.(Echo).${verb}`, { ...methodHandler, label: `echo.${verb}` }],
    [`github.com/julienschmidt/httprouter.(Router).${verb}`, { ...methodHandler, label: `httprouter.${verb}` }],
  ]),
  ["testing.(B).RunParallel", { spawn: 1, many: true, how: "parallel-body", label: "b.RunParallel" }],
  ["maps.Clone", { access: [[0, "clone"]], fresh: true }],
  [
    "maps.Copy",
    {
      access: [
        [0, "write"],
        [1, "iterate"],
      ],
    },
  ],
  ["maps.Keys", { access: [[0, "iterate"]] }],
  ["maps.Values", { access: [[0, "iterate"]] }],
  ["maps.All", { access: [[0, "iterate"]] }],
  ["maps.Insert", { access: [[0, "write"]] }],
  ["maps.DeleteFunc", { access: [[0, "delete"]] }],
  [
    "maps.Equal",
    {
      access: [
        [0, "iterate"],
        [1, "iterate"],
      ],
    },
  ],
  ["maps.Collect", { fresh: true }],
  ["golang.org/x/exp/maps.Clone", { access: [[0, "clone"]], fresh: true }],
  [
    "golang.org/x/exp/maps.Copy",
    {
      access: [
        [0, "write"],
        [1, "iterate"],
      ],
    },
  ],
  ["golang.org/x/exp/maps.Keys", { access: [[0, "iterate"]] }],
  ["golang.org/x/exp/maps.Values", { access: [[0, "iterate"]] }],
  ["golang.org/x/exp/maps.Clear", { access: [[0, "clear"]] }],
  ...["net/http.(Header)", "net/url.(Values)", "net/textproto.(MIMEHeader)"].flatMap((type): [string, Model][] => [
    ...["Set", "Add", "Del"].map((name): [string, Model] => [`${type}.${name}`, headerWrite]),
    ...["Get", "Values", "Has", "Write", "Encode"].map((name): [string, Model] => [`${type}.${name}`, headerRead]),
    [`${type}.Clone`, { access: [[0, "clone"]], fresh: true }],
  ]),
  ...["Print", "Printf", "Println", "Sprint", "Sprintf", "Sprintln", "Errorf", "Fprint", "Fprintf", "Fprintln"].map(
    (name): [string, Model] => [`fmt.${name}`, prints],
  ),
  ...["Print", "Printf", "Println"].map((name): [string, Model] => [`log.${name}`, prints]),
  ["encoding/json.Marshal", prints],
  ["encoding/json.MarshalIndent", prints],
  ["encoding/json.(Encoder).Encode", { reflect: 1 }],
  ...["Init", "Push", "Pop", "Fix", "Remove"].map((name): [string, Model] => [`container/heap.${name}`, heap]),
  ...["Sort", "Stable", "IsSorted"].map((name): [string, Model] => [`sort.${name}`, sorted]),
  ["os.Exit", exits],
  ["runtime.Goexit", exits],
  ["log.Fatal", exits],
  ["log.Fatalf", exits],
  ["log.Fatalln", exits],
  ["log.Panic", exits],
  ["log.Panicf", exits],
  ...["common", "T", "B", "F", "TB"].flatMap((type) =>
    ["Fatal", "Fatalf", "FailNow", "Skip", "Skipf", "SkipNow"].map((name): [string, Model] => [
      `testing.(${type}).${name}`,
      exits,
    ]),
  ),
]);

/** Fields whose functions the library calls from goroutines of its own. */
export const handlerFields: ReadonlyMap<string, { method: string; label: string }> = new Map([
  ["net/http.Server.Handler", { method: "ServeHTTP", label: "http.Server" }],
]);

/** Lock operations by method name, on any type that is not the module's own. */
export const lockMethods: ReadonlyMap<string, { op: "lock" | "unlock" | "try"; mode: "exclusive" | "shared" }> =
  new Map([
    ["Lock", { op: "lock", mode: "exclusive" }],
    ["Unlock", { op: "unlock", mode: "exclusive" }],
    ["RLock", { op: "lock", mode: "shared" }],
    ["RUnlock", { op: "unlock", mode: "shared" }],
    ["TryLock", { op: "try", mode: "exclusive" }],
    ["TryRLock", { op: "try", mode: "shared" }],
    // An atomic flag that is swapped in a loop and stored back is a lock of its own making.
    ["CompareAndSwap", { op: "try", mode: "exclusive" }],
    ["Store", { op: "unlock", mode: "exclusive" }],
  ]);
