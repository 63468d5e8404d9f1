import { type Access, type FunctionFacts, writes } from "../summaries/effects.ts";
import type { PathLock, Reach } from "../summaries/hops.ts";
import type { Load, Place } from "../summaries/place.ts";
import type { Overlap } from "./overlap.ts";

/** An access to one map, by one function. */
export interface Use {
  readonly facts: FunctionFacts;
  readonly access: Access;
  readonly place: Place;
  /** The read that fetched the map, in this function or one that returned it. */
  readonly load: Load | undefined;
}

/** The lock most accesses of a map hold. */
export interface InferredGuard {
  /** `relative` or `absolute` identity. */
  readonly id: string;
  readonly sample: PathLock;
  readonly held: number;
  readonly total: number;
  /** Held for reading somewhere: it is an RWMutex. */
  readonly shared: boolean;
  /** Held alone somewhere. */
  readonly exclusive: boolean;
  /** Distinct functions that hold it. */
  readonly functions: number;
  /** A comment at the map says so. */
  readonly declared: boolean;
  /** Uses that some ways lead to with it, and others without. */
  readonly varying: ReadonlySet<Access>;
}

/** Two ways to one map that nothing keeps apart: what every check looks at. */
export interface Conflict {
  readonly key: string;
  /** The access that should change. */
  readonly primary: Reach;
  readonly primaryUse: Use;
  readonly other: Reach;
  readonly otherUse: Use;
  readonly overlap: Overlap | undefined;
  readonly guard: InferredGuard | undefined;
  /** The primary access holds the guard, but only to read. */
  readonly sharedOnly: boolean;
  /** The primary access's lock is a copy of its own. */
  readonly copied: boolean;
  /** The map was fetched under the guard and is used without it. */
  readonly escaped: boolean;
  readonly certain: boolean;
  readonly evidence: string;
  readonly more: readonly Use[];
}

/** Some lock is held on the way, whichever. */
export function locked(reach: Reach): boolean {
  return (
    reach.hops[reach.hops.length - 1]?.locks.some(({ held }) => held.kind === "mutex" && held.unless !== "field") ===
    true
  );
}

/** One side is the body of `b.RunParallel` or the like. */
export function inParallelBody(conflict: Conflict): boolean {
  return conflict.primary.hops[conflict.primary.hops.length - 1]?.spawn?.how === "parallel-body";
}

/** The function that waits for the goroutine later reads the map before. */
export function readTooEarly(conflict: Conflict): boolean {
  if (conflict.overlap?.lateJoin !== true) return false;
  const top = conflict.primary.hops[conflict.primary.hops.length - 1];
  const plain = top?.spawn === undefined ? conflict.primaryUse : conflict.otherUse;
  return !writes(plain.access.kind);
}
