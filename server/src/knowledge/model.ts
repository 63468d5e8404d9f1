/** What a library function does with its arguments, as far as concurrency goes. Index 0 is the receiver of a method. */
export interface Model {
  /** Runs argument `spawn` in another goroutine. */
  readonly spawn?: number;
  /** The spawned function may run many times at once. */
  readonly many?: boolean;
  /** How it is called in messages; the function's own name otherwise. */
  readonly label?: string;
  readonly how?: "group" | "timer" | "handler" | "parallel-body" | "callback";
  /** If the argument is a value, these methods of it are what runs. */
  readonly methods?: readonly string[];
  /** Every function among the arguments from `spawn` on is spawned. */
  readonly variadic?: boolean;
  /** The spawned goroutine ends before the receiver's Wait returns. */
  readonly group?: boolean;
  readonly op?: "done" | "wait";
  /** Argument `once` runs at most once, before every later return of the same call. */
  readonly once?: number;
  /** The result is a function that runs argument 0 at most once, and returns what it returned. */
  readonly onceResult?: boolean;
  /** Results are what was stored in the receiver. */
  readonly load?: Container;
  /** The argument is stored in the receiver. */
  readonly store?: readonly [argument: number, container: Container];
  /** Argument 1 is called with a key and what was stored in the receiver. */
  readonly visits?: "syncmap";
  /** Result 0, or the one given, is or wraps an argument: `context.WithCancel(ctx)`. */
  readonly same?: readonly [argument: number, result: number];
  /** Map accesses of arguments. */
  readonly access?: readonly (readonly [
    argument: number,
    kind: "read" | "write" | "delete" | "clear" | "iterate" | "clone",
  ])[];
  /** Reads the maps inside its arguments by reflection, from this argument on. */
  readonly reflect?: number;
  /** Which maps that reaches: as fmt prints, as encoding/json does, or all. */
  readonly depth?: "print" | "encode" | "all";
  /** The argument that is a format string. */
  readonly format?: number;
  /** The result is made by the call. */
  readonly fresh?: boolean;
  /** The result is a copy of an argument whose elements are shared with it. */
  readonly shallow?: number;
  /** Calls these methods of an argument before it returns. */
  readonly invokes?: readonly [argument: number, methods: readonly string[]];
  /** Does not return. */
  readonly exits?: boolean;
}

/** What holds values for others to take. */
export type Container = "syncmap" | "atomic" | "pool" | "context";

export type Table = readonly (readonly [key: string, model: Model])[];

/** The same model under several names. */
export function each(prefix: string, names: readonly string[], model: Model, label?: string): Table {
  return names.map((name) => [`${prefix}${name}`, { ...model, label: `${label ?? prefix}${name}` }]);
}

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
