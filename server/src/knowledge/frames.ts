/** A function name of a profile, taken apart: `import/path.(*T[...]).M.func1`. */
export interface FrameName {
  /** `import/path`, with the escapes of its last element undone. */
  readonly pkg: string;
  /** `(*T).M.func1` */
  readonly rest: string;
  /** Names that may be the declaration's: `T`, `M`, `func1`. */
  readonly parts: readonly string[];
}

export function parseFrameName(name: string): FrameName {
  const bracket = name.indexOf("[");
  const head = bracket < 0 ? name : name.slice(0, bracket);
  // A receiver's parenthesis ends the path too: its type arguments may hold slashes.
  const paren = head.indexOf("(");
  const slash = (paren < 0 ? head : head.slice(0, paren)).lastIndexOf("/");
  const dot = name.indexOf(".", slash + 1);
  if (dot < 0) return { pkg: "", rest: name, parts: [name] };
  const pkg = name
    .slice(0, dot)
    .replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  const rest = name.slice(dot + 1);
  const parts = withoutBrackets(rest)
    .replace(/[()*]/g, "")
    .split(/[.-]/)
    .filter((part) => part !== "");
  return { pkg, rest, parts };
}

function withoutBrackets(text: string): string {
  let depth = 0;
  let out = "";
  for (const char of text) {
    if (char === "[") depth++;
    else if (char === "]") depth--;
    else if (depth === 0) out += char;
  }
  return out;
}

/** `T.M` or `F`: the declaration a frame's code stands in, closures counted to it. */
export function declarationOf({ rest, parts }: FrameName): string {
  const [first = "", second] = parts;
  if (second === undefined) return first;
  return !rest.startsWith("(") && /^(func|gowrap|deferwrap)?\d+$|^fm$/.test(second) ? first : `${first}.${second}`;
}

/** What a frame of a profile stands for, by its package. */
export type FrameKind =
  /** The lock itself. */
  | "sync"
  /** Scheduler, allocator, maps: below every user's call. */
  | "runtime"
  | "other";

export function frameKind(pkg: string): FrameKind {
  if (pkg === "sync" || pkg === "internal/sync") return "sync";
  if (
    pkg === "runtime" ||
    pkg.startsWith("internal/runtime/") ||
    pkg.startsWith("runtime/internal/") ||
    pkg === "sync/atomic"
  )
    return "runtime";
  return "other";
}

/** How a sample of a mutex or block profile waited. */
export type Wait =
  /** A Mutex, RWMutex or sync.Map: contention. */
  | "lock"
  /** WaitGroup, Cond, channels, select, sleep: waiting by design. */
  | "idle"
  /** Locks of the runtime itself, which no user's code can name. */
  | "internal";

/** Waits for others to finish or to signal; nothing is contended. */
const waiting = /^\(\*(WaitGroup|Cond)\)\.|^runtime_notifyList|^OnceFunc|^OnceValue/;

const channel = /^(chan(recv|send)|selectgo|select(nb|set)|closechan|block$|netpoll)/;

/** Classifies a sample by the frames from its leaf up to the first that is neither runtime nor sync. */
export function waitOf(inner: readonly FrameName[]): Wait {
  const [leaf] = inner;
  // The runtime's own locks are contended below a user's Lock too; then the leaf is the runtime's.
  if (leaf === undefined || frameKind(leaf.pkg) !== "sync")
    return leaf !== undefined && channel.test(leaf.rest) ? "idle" : "internal";
  return inner.some((frame) => frameKind(frame.pkg) === "sync" && waiting.test(frame.rest)) ? "idle" : "lock";
}

/** `Mutex.Lock`, `sync.Map.Store`: the operation that the user called. */
export function lockOperation(inner: readonly FrameName[]): string {
  const outer = inner.filter((frame) => frame.pkg === "sync" || frame.pkg === "internal/sync").at(-1);
  if (outer === undefined) return "";
  const name = withoutBrackets(outer.rest).replace(/[()*]/g, "");
  return name.startsWith("Map.") || name.startsWith("HashTrieMap.") ? `sync.${name}` : name;
}

const mapFrame =
  /^(mapassign|mapaccess[12]|mapdelete|mapclear|makemap|mapIterStart|mapIterNext|mapiterinit|mapiternext|mapclone|hashGrow|evacuate|growWork|maps_|reflect_map|mapclone2)/;

/** Is the frame an operation of a map, of Swiss tables or of the buckets before Go 1.24? */
export function isMapOperation(frame: FrameName): boolean {
  if (frame.pkg === "internal/runtime/maps") return true;
  if (frame.pkg === "maps") return frame.rest.startsWith("clone");
  return frame.pkg === "runtime" && mapFrame.test(frame.rest);
}
