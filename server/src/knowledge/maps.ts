import { each, type Table } from "./model.ts";

const pairs = (kind: "write" | "iterate"): Table[number][1] => ({
  access: [
    [0, kind],
    [1, "iterate"],
  ],
});
const header = [
  "net/http.(Header)",
  "net/url.(Values)",
  "net/textproto.(MIMEHeader)",
  "google.golang.org/grpc/metadata.(MD)",
];

/** Library functions that read and write the maps they are given, and containers that hand values on. */
export const maps: Table = [
  ["maps.Clone", { access: [[0, "clone"]], shallow: 0 }],
  ["maps.Copy", pairs("write")],
  ["maps.Keys", { access: [[0, "iterate"]] }],
  ["maps.Values", { access: [[0, "iterate"]] }],
  ["maps.All", { access: [[0, "iterate"]] }],
  ["maps.Insert", { access: [[0, "write"]] }],
  ["maps.DeleteFunc", { access: [[0, "delete"]] }],
  ["maps.Equal", pairs("iterate")],
  ["maps.EqualFunc", pairs("iterate")],
  ["maps.Collect", { fresh: true }],
  ["golang.org/x/exp/maps.Clone", { access: [[0, "clone"]], shallow: 0 }],
  ["golang.org/x/exp/maps.Copy", pairs("write")],
  ["golang.org/x/exp/maps.Keys", { access: [[0, "iterate"]], fresh: true }],
  ["golang.org/x/exp/maps.Values", { access: [[0, "iterate"]], fresh: true }],
  ["golang.org/x/exp/maps.Clear", { access: [[0, "clear"]] }],
  ["github.com/samber/lo.Keys", { access: [[0, "iterate"]], fresh: true }],
  ["github.com/samber/lo.Values", { access: [[0, "iterate"]], fresh: true }],
  ...header.flatMap(
    (type): Table => [
      ...each(`${type}.`, ["Set", "Add", "Del", "Append", "Delete"], { access: [[0, "write"]] }),
      ...each(`${type}.`, ["Get", "Values", "Has", "Write", "Encode", "Len"], { access: [[0, "read"]] }),
      [`${type}.Clone`, { access: [[0, "clone"]], fresh: true }],
      [`${type}.Copy`, { access: [[0, "clone"]], fresh: true }],
    ],
  ),

  ...each("sync.(Map).", ["Load", "LoadOrStore", "LoadAndDelete", "Swap"], { load: "syncmap" }),
  ["sync.(Map).Store", { store: [2, "syncmap"] }],
  ["sync.(Map).Range", { visits: "syncmap" }],
  ["sync.(Pool).Get", { load: "pool" }],
  ["sync.(Pool).Put", { store: [1, "pool"] }],
  ["sync/atomic.(Value).Load", { load: "atomic" }],
  ["sync/atomic.(Value).Store", { store: [1, "atomic"] }],
  ["sync/atomic.(Value).Swap", { store: [1, "atomic"], load: "atomic" }],
  ["sync/atomic.(Pointer).Load", { load: "atomic" }],
  ["sync/atomic.(Pointer).Store", { store: [1, "atomic"] }],
  ["sync/atomic.(Pointer).Swap", { store: [1, "atomic"], load: "atomic" }],
  ["context.WithValue", { store: [2, "context"] }],
  ["context.(Context).Value", { load: "context" }],
  ...each("context.", ["WithCancel", "WithTimeout", "WithDeadline", "WithCancelCause", "WithoutCancel"], {
    same: [0, 0],
  }),
  ["golang.org/x/sync/errgroup.WithContext", { same: [0, 1] }],
  ["os/signal.NotifyContext", { same: [0, 0] }],
];
