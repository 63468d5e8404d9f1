import type { CallSite, Held, Load, Place, Ref, Root, Target } from "./place.ts";

export type AccessKind =
  | "read"
  | "write"
  | "delete"
  | "clear"
  | "iterate"
  | "len"
  | "clone"
  | "reflect"
  /** The variable that holds the map is assigned. */
  | "swap"
  /** The variable that holds the map is read, the map itself is not. */
  | "load"
  /** A variable that is a key or value of a map access is read. */
  | "operand";

export function writes(kind: AccessKind): boolean {
  return kind === "write" || kind === "delete" || kind === "clear" || kind === "swap";
}

interface Ranged {
  readonly start: number;
  readonly end: number;
  /** Runs at the end, if the defer statement with this number was reached. */
  deferredBy: number | undefined;
  /** Runs only where a parameter of the function has this value. */
  when: { readonly param: Root; readonly value: boolean } | undefined;
  /** Locks held just before, set by the lockset analysis. */
  locks: readonly Held[];
}

export interface Access extends Ranged {
  readonly op: "access";
  readonly kind: AccessKind;
  readonly place: Place;
  /** The earlier read through which the map was reached. */
  readonly load: Load | undefined;
}

export interface Lock extends Ranged {
  readonly op: "lock" | "unlock";
  readonly place: Place;
  readonly mode: "exclusive" | "shared";
  readonly kind: Held["kind"];
  /** Runs at the end, if the statement that deferred it was reached. */
  readonly deferred: boolean;
  readonly unless: Held["unless"];
}

/** A call that runs its targets before it returns. */
export interface Call extends Ranged, CallSite {
  readonly op: "call";
  /** An interface method: the interface's key and all its method names. */
  readonly dispatch: Dispatch | undefined;
  /** Where the function that is called is kept: a field, a variable, the elements of one. */
  readonly field: string | undefined;
  /** A function-typed parameter (root id) that is called. */
  readonly param: string | undefined;
  /** The function was returned by another call. */
  readonly returned: Place | undefined;
  /** Functions passed as arguments, by parameter index. */
  readonly functions: readonly (readonly Target[])[];
  /** Arguments that are the constants `true` and `false`. */
  readonly flags: readonly (boolean | undefined)[];
  readonly deferred: boolean;
}

export interface Dispatch {
  readonly interface: string;
  readonly method: string;
  readonly names: readonly string[];
}

/** How a goroutine comes to run. */
/** `latched`: a go statement behind a flag that lets one of its goroutines run at a time. */
export type SpawnKind =
  | "go"
  | "latched"
  | "group"
  | "timer"
  | "handler"
  | "parallel-test"
  | "parallel-body"
  | "callback";

/** A call whose targets run in another goroutine. */
export interface Spawn extends Ranged, Omit<Call, "op"> {
  readonly op: "spawn";
  readonly how: SpawnKind;
  /** What the reader sees: `go statement`, `errgroup.Group.Go`. */
  readonly label: string;
  /** May run many times at once by itself. */
  readonly many: boolean;
  /** The group whose Wait ends it. */
  readonly group: readonly Place[];
  /** Starts under the same key run one after the other. */
  readonly serial: string | undefined;
}

/** An edge between goroutines. */
export interface Sync extends Ranged {
  readonly op: "done" | "wait" | "send" | "receive" | "close" | "drain";
  readonly place: Place;
}

/** From here on others may reach the value. */
export interface Publish extends Ranged {
  readonly op: "publish";
  readonly root: Root;
  /** Where the value was stored. */
  readonly into: readonly Place[];
}

/** A defer statement: from here on its call runs at the end. */
export interface Defer extends Ranged {
  readonly op: "defer";
  readonly id: number;
}

/** A return statement. */
export interface Return extends Ranged {
  readonly op: "return";
  /** The last result is `nil` or `true`. */
  readonly success: boolean;
}

export type Effect = Access | Lock | Call | Spawn | Sync | Publish | Defer | Return;

/** The place that it is done to, of what is done to one. */
export function placeOf(effect: Effect): Place | undefined {
  const { op } = effect;
  return op === "call" || op === "spawn" || op === "publish" || op === "defer" || op === "return"
    ? undefined
    : effect.place;
}

/** Does it stand in a defer statement itself? */
export function isDeferred(effect: Effect): boolean {
  const { op } = effect;
  return (op === "lock" || op === "unlock" || op === "call" || op === "spawn") && effect.deferred;
}

export interface Block {
  readonly effects: readonly Effect[];
  readonly next: readonly number[];
}

/** Where a declaration and the literals in it stand: an edit above moves `base` and nothing else. */
export interface Anchor {
  readonly path: string;
  base: number;
}

/** Offsets by name. */
export interface Offsets extends Iterable<readonly [name: string, offset: number]> {
  readonly size: number;
  get(name: string): number | undefined;
}

/** What one function does, in terms of its own frame. Nothing in here refers to syntax. */
export interface FunctionFacts {
  /** `import/path.F`, `import/path.(T).M`, `import/path.F.func1` */
  readonly id: string;
  readonly name: string;
  readonly pkg: string;
  readonly anchor: Anchor;
  /** Offsets of the function and its effects count from the anchor. */
  readonly start: number;
  readonly end: number;
  /** Function that encloses a literal. */
  readonly parent: string | undefined;
  /** Type key of the receiver. */
  readonly receiver: string | undefined;
  readonly exported: boolean;
  readonly test: boolean;
  readonly generated: boolean;
  readonly params: readonly Root[];
  /** Block 0 is the entry, block 1 the exit with the deferred calls. */
  readonly blocks: readonly Block[];
  /** Per result, where the returned value may be; `fresh` when it was made here. */
  readonly returns: readonly {
    readonly refs: readonly Ref[];
    readonly fresh: boolean;
    readonly targets: readonly Target[];
  }[];
  /** Fields of local values that lead to another place. */
  readonly links: ReadonlyMap<Place, Place>;
  /** Offsets of loops, pairs of start and end. */
  readonly loops: readonly number[];
  /** Where the variables and values stand whose ids end in `name@` and a number, by name and number. */
  readonly offsets: Offsets;
  /** Calls t.Parallel: the whole function runs beside others of its kind. */
  readonly parallelTest: boolean;
  /** The doc comment or the name says that the caller holds the lock, or keeps calls apart. */
  readonly callerLocks: boolean;
}

/** What comes of one declaration: the function, its literals, and the functions it stores in fields (by field key). */
export interface Unit {
  readonly anchor: Anchor;
  readonly functions: readonly FunctionFacts[];
  readonly stores: ReadonlyMap<string, readonly Target[]>;
  /** Function parameters that are kept for later: the parameter's id, and what names the place. */
  readonly kept: readonly (readonly [param: string, key: string])[];
  /** Fields and variables that are given a channel with room for one: sending on it takes a lock. */
  readonly semaphores: ReadonlySet<string>;
  /** Types, as `import/path.Name`, on all fields or methods of which it hangs, whatever they are called. */
  readonly layout: ReadonlySet<string>;
}

/** Everything the link step needs of a package. */
export interface PackageFacts {
  readonly path: string;
  /** By function id; package variables' initializers have one unit per file. */
  readonly units: Map<string, Unit>;
  /** Method names of each declared type, promoted ones included, with the id of the method that answers. */
  readonly methods: ReadonlyMap<string, ReadonlyMap<string, string>>;
}
