/** One line of a stack. `file` is as the log has it; empty where the log has none. */
export interface StackFrame {
  /** `example.com/store.(*Inventory).Add` */
  readonly function: string;
  readonly file: string;
  readonly line: number;
}

/** Whom the detector or the runtime names: a number, or the main goroutine. */
export type GoroutineName = number | "main";

/** What an access does to a map; undefined where it is to other memory, or to the variable that holds the map. */
export type MapOperation = "read" | "write" | "delete" | "clear" | "iterate" | "clone";

/** One of the two accesses of a race report. */
export interface RaceAccess {
  readonly kind: "read" | "write";
  /** The one the detector remembered, not the one it stopped at. */
  readonly previous: boolean;
  readonly address: string;
  readonly goroutine: GoroutineName;
  /** The innermost first; empty where the stack could not be restored. */
  readonly frames: readonly StackFrame[];
  readonly operation: MapOperation | undefined;
}

/** A stack that says where a goroutine was started. */
export interface Creation {
  readonly goroutine: GoroutineName;
  readonly finished: boolean;
  readonly frames: readonly StackFrame[];
}

/** One `WARNING: DATA RACE`. `line` counts from 1 in the text it was read from. */
export interface RaceReport {
  readonly kind: "race";
  readonly line: number;
  readonly accesses: readonly RaceAccess[];
  readonly creations: readonly Creation[];
  /** The text ended, or went on with something else, before the report did. */
  readonly cut: boolean;
}

export interface CrashGoroutine {
  readonly id: number;
  /** `running`, `sync.WaitGroup.Wait` */
  readonly state: string;
  /** Minutes it has waited; 0 below one. */
  readonly minutes: number;
  readonly frames: readonly StackFrame[];
  /** Who started it, with the goroutine that did, where the runtime says so. */
  readonly creation: { readonly frame: StackFrame; readonly by: number | undefined } | undefined;
}

/** A `fatal error: concurrent map ...` with the goroutines printed below it. */
export interface CrashReport {
  readonly kind: "crash";
  readonly line: number;
  /** `concurrent map writes` */
  readonly message: string;
  /** The first one is where the runtime noticed. */
  readonly goroutines: readonly CrashGoroutine[];
}

export type Report = RaceReport | CrashReport;

const operations: readonly (readonly [RegExp, MapOperation])[] = [
  [/^(runtime\.mapassign|internal\/runtime\/maps\.\(\*Map\)\.PutSlot|reflect\.mapassign)/, "write"],
  [/^(runtime\.mapdelete|reflect\.mapdelete|internal\/runtime\/maps\.\(\*Map\)\.Delete)/, "delete"],
  [/^(runtime\.mapclear|internal\/runtime\/maps\.\(\*Map\)\.Clear|reflect\.mapclear)/, "clear"],
  [/^(runtime\.mapaccess|reflect\.mapaccess|internal\/runtime\/maps\.\(\*Map\)\.getWith)/, "read"],
  [/^(runtime\.map[iI]ter|reflect\.map[iI]ter|internal\/runtime\/maps\.\(\*Iter\))/, "iterate"],
  [/^(maps\.clone|internal\/runtime\/maps\.\(\*Map\)\.Clone)/, "clone"],
];

/** What the innermost frames do to a map, by their functions: files differ from one Go to the next. */
export function operationOf(frames: readonly StackFrame[]): MapOperation | undefined {
  for (const { function: name } of frames) {
    const found = operations.find(([pattern]) => pattern.test(name));
    if (found !== undefined) return found[1];
    if (!ofRuntime(name)) return undefined;
  }
  return undefined;
}

function ofRuntime(name: string): boolean {
  return /^(runtime|internal\/runtime\/\w+|maps|reflect)\./.test(name);
}

/** The innermost frame that is not the runtime's own: the line of the access. */
export function siteOf(frames: readonly StackFrame[]): StackFrame | undefined {
  return frames.find(({ function: name }) => !ofRuntime(name));
}

/** Both accesses, or the one with a stack, are to a map. */
export function isMapRace(report: RaceReport): boolean {
  return report.accesses.some(({ operation }) => operation !== undefined);
}
