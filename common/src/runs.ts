import { type ProfileKind, profileKinds } from "./contention.ts";

/** A file that a run left behind. */
export interface RunFile {
  readonly kind: ProfileKind;
  readonly path: string;
}

/** One collection of profiles, as it is kept and as it is shown. */
export interface RunRecord {
  readonly id: string;
  /** `BenchmarkInventory in example.com/shop/store` */
  readonly label: string;
  /** Milliseconds since 1970, when collecting ended. */
  readonly time: number;
  readonly seconds: number;
  /** What was run or fetched, as a person reads it. */
  readonly command: string;
  readonly files: readonly RunFile[];
  /** What the user should know: a rate that was not set, a program that ended early. */
  readonly notes: readonly string[];
  /** Mutex fraction and block rate are known to have been set: an empty profile says that nothing was contended. */
  readonly ratesSet: boolean;
}

/** A run record from untyped JSON; undefined where it is none. */
export function readRunRecord(raw: unknown): RunRecord | undefined {
  if (typeof raw !== "object" || raw === null) return undefined;
  const record: Partial<Record<keyof RunRecord, unknown>> = raw;
  const { id, label, time, seconds, command, files, notes, ratesSet } = record;
  if (typeof id !== "string" || typeof label !== "string" || typeof time !== "number" || !Array.isArray(files))
    return undefined;
  return {
    id,
    label,
    time,
    seconds: typeof seconds === "number" ? seconds : 0,
    command: typeof command === "string" ? command : "",
    files: files.flatMap(runFile),
    ratesSet: ratesSet === true,
    notes: Array.isArray(notes) ? notes.filter((note): note is string => typeof note === "string") : [],
  };
}

function runFile(raw: unknown): RunFile[] {
  if (typeof raw !== "object" || raw === null || !("kind" in raw) || !("path" in raw) || typeof raw.path !== "string")
    return [];
  const { kind, path } = raw;
  const known = profileKinds.find((one) => one === kind);
  return known === undefined ? [] : [{ kind: known, path }];
}

/** What a run's file of a kind is called. */
export function runFileName(kind: ProfileKind): string {
  return kind === "goroutine" ? "goroutine.txt" : kind === "trace" ? "trace.out" : `${kind}.pprof`;
}

/** A profile from elsewhere as a run's file; its name is a hint where the profile itself leaves its kind open. */
export function namedFile(path: string): RunFile {
  const name = path.replace(/^.*[\\/]/, "").toLowerCase();
  return { kind: profileKinds.find((kind) => name.includes(kind)) ?? "mutex", path };
}
