import { each, type Model, type Table } from "./model.ts";

const group: Model = { spawn: 1, how: "group", group: true };
const pooled: Model = { spawn: 1, many: true, how: "callback" };
const parallel: Model = { many: true, how: "parallel-body" };
const informer = ["OnAdd", "OnUpdate", "OnDelete"];

/** Who starts goroutines, waits for them, and runs what it is given once. */
export const goroutines: Table = [
  ["sync.(WaitGroup).Go", { ...group, label: "WaitGroup.Go" }],
  ["sync.(WaitGroup).Done", { op: "done" }],
  ["sync.(WaitGroup).Wait", { op: "wait" }],
  ["sync.(Once).Do", { once: 1 }],
  ["sync.OnceFunc", { onceResult: true }],
  ["sync.OnceValue", { onceResult: true }],
  ["sync.OnceValues", { onceResult: true }],
  ["time.AfterFunc", { spawn: 1, how: "timer", label: "time.AfterFunc" }],
  ["context.AfterFunc", { spawn: 1, how: "timer", label: "context.AfterFunc" }],
  ["runtime.SetFinalizer", { spawn: 1, how: "callback", label: "runtime.SetFinalizer" }],
  ["runtime.AddCleanup", { spawn: 1, how: "callback", label: "runtime.AddCleanup" }],
  ["testing.(B).RunParallel", { ...parallel, spawn: 1, label: "b.RunParallel" }],

  ["golang.org/x/sync/errgroup.(Group).Go", { ...group, label: "errgroup.Group.Go" }],
  ["golang.org/x/sync/errgroup.(Group).TryGo", { ...group, label: "errgroup.Group.TryGo" }],
  ["golang.org/x/sync/errgroup.(Group).Wait", { op: "wait" }],
  ["golang.org/x/sync/singleflight.(Group).DoChan", { spawn: 2, how: "callback", label: "singleflight.Group.DoChan" }],
  ["github.com/sourcegraph/conc.(WaitGroup).Go", { ...group, label: "conc.WaitGroup.Go" }],
  ["github.com/sourcegraph/conc.(WaitGroup).Wait", { op: "wait" }],
  ...["Pool", "ErrorPool", "ContextPool", "ResultPool"].flatMap(
    (type): Table => [
      [`github.com/sourcegraph/conc/pool.(${type}).Go`, { ...group, many: true, label: `pool.${type}.Go` }],
      [`github.com/sourcegraph/conc/pool.(${type}).Wait`, { op: "wait" }],
    ],
  ),
  ...each(
    "github.com/sourcegraph/conc/iter.",
    ["ForEach", "ForEachIdx", "Map", "MapErr"],
    { ...parallel, spawn: 1 },
    "iter.",
  ),
  ...each("github.com/samber/lo/parallel.", ["ForEach", "Map", "Times", "GroupBy"], { ...parallel, spawn: 1 }, "lop."),
  ["github.com/hashicorp/go-multierror.(Group).Go", { ...group, label: "multierror.Group.Go" }],
  ["github.com/hashicorp/go-multierror.(Group).Wait", { op: "wait" }],
  ["gopkg.in/tomb.v2.(Tomb).Go", { ...group, label: "tomb.Go" }],
  ["gopkg.in/tomb.v2.(Tomb).Wait", { op: "wait" }],
  ["github.com/oklog/run.(Group).Add", { spawn: 1, how: "callback", label: "run.Group.Add" }],
  ["github.com/panjf2000/ants/v2.Submit", { ...pooled, spawn: 0, label: "ants.Submit" }],
  ["github.com/panjf2000/ants/v2.(Pool).Submit", { ...pooled, label: "ants.Pool.Submit" }],
  ["github.com/panjf2000/ants/v2.NewPoolWithFunc", { ...pooled, label: "ants.NewPoolWithFunc" }],
  ["github.com/gammazero/workerpool.(WorkerPool).Submit", { ...pooled, label: "workerpool.Submit" }],
  ["github.com/alitto/pond.(WorkerPool).Submit", { ...pooled, label: "pond.Submit" }],
  ["github.com/Jeffail/tunny.NewFunc", { ...pooled, label: "tunny.NewFunc" }],

  ["github.com/zeromicro/go-zero/core/threading.GoSafe", { spawn: 0, how: "callback", label: "threading.GoSafe" }],
  ["github.com/zeromicro/go-zero/core/threading.(RoutineGroup).Run", { ...group, label: "RoutineGroup.Run" }],
  ["github.com/zeromicro/go-zero/core/threading.(RoutineGroup).RunSafe", { ...group, label: "RoutineGroup.RunSafe" }],
  ["github.com/zeromicro/go-zero/core/threading.(RoutineGroup).Wait", { op: "wait" }],
  ["github.com/zeromicro/go-zero/core/threading.(TaskRunner).Schedule", { ...pooled, label: "TaskRunner.Schedule" }],
  ["github.com/zeromicro/go-zero/core/mr.ForEach", { ...parallel, spawn: 1, label: "mr.ForEach" }],
  ["github.com/zeromicro/go-zero/core/mr.MapReduce", { ...parallel, spawn: 1, label: "mr.MapReduce" }],
  ["github.com/zeromicro/go-zero/core/mr.Finish", { ...parallel, spawn: 0, variadic: true, label: "mr.Finish" }],
  [
    "github.com/zeromicro/go-zero/core/mr.FinishVoid",
    { ...parallel, spawn: 0, variadic: true, label: "mr.FinishVoid" },
  ],

  ["k8s.io/client-go/util/workqueue.ParallelizeUntil", { ...parallel, spawn: 3, label: "workqueue.ParallelizeUntil" }],
  ["k8s.io/apimachinery/pkg/util/wait.(Group).Start", { ...group, label: "wait.Group.Start" }],
  ["k8s.io/apimachinery/pkg/util/wait.(Group).Wait", { op: "wait" }],
  ...each(
    "k8s.io/client-go/tools/cache.(SharedInformer).",
    ["AddEventHandler", "AddEventHandlerWithResyncPeriod"],
    { spawn: 1, how: "callback", methods: informer },
    "SharedInformer.",
  ),
  ...each(
    "k8s.io/client-go/tools/cache.(SharedIndexInformer).",
    ["AddEventHandler", "AddEventHandlerWithResyncPeriod"],
    { spawn: 1, how: "callback", methods: informer },
    "SharedIndexInformer.",
  ),
  [
    "sigs.k8s.io/controller-runtime/pkg/builder.(Builder).Complete",
    { spawn: 1, how: "callback", methods: ["Reconcile"], label: "builder.Complete" },
  ],

  ["github.com/robfig/cron/v3.(Cron).AddFunc", { spawn: 2, many: true, how: "callback", label: "cron.AddFunc" }],
  [
    "github.com/robfig/cron/v3.(Cron).AddJob",
    { spawn: 2, many: true, how: "callback", methods: ["Run"], label: "cron.AddJob" },
  ],
  ["github.com/robfig/cron.(Cron).AddFunc", { spawn: 2, many: true, how: "callback", label: "cron.AddFunc" }],
  ["github.com/go-co-op/gocron.(Scheduler).Do", { spawn: 1, many: true, how: "callback", label: "gocron.Do" }],
  ["github.com/go-co-op/gocron/v2.NewTask", { spawn: 0, many: true, how: "callback", label: "gocron.NewTask" }],
];

/** Fields whose functions run one after the other, in a goroutine of the library's. */
export const serialFields: ReadonlyMap<string, string> = new Map(
  ["AddFunc", "UpdateFunc", "DeleteFunc"].flatMap((name): [string, string][] => [
    [`k8s.io/client-go/tools/cache.ResourceEventHandlerFuncs.${name}`, `informer ${name}`],
    [`k8s.io/client-go/tools/cache.ResourceEventHandlerDetailedFuncs.${name}`, `informer ${name}`],
  ]),
);
