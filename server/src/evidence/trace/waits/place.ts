import { frameKind, lockOperation, parseFrameName, type Wait, waitOf } from "../../../knowledge/frames.ts";
import type { TraceFrame } from "../tables.ts";
import type { Stacks } from "./stacks.ts";

/** What a stack says to a person: the user's line, and the lock's operation where it waits for one. */
export interface Place {
  readonly kind: Wait;
  /** `Mutex.Lock`; empty where no lock's function was called. */
  readonly operation: string;
  /** The innermost frame outside of the runtime and sync; undefined where there is none. */
  readonly frame: TraceFrame | undefined;
}

/**
 * A trace leaves out the runtime's frames: what waits without any is a channel operation, one by design, unless its reason
 * is `sync`, which then is a lock of the runtime's own.
 */
export function placeOf(stacks: Stacks, id: number, reason = ""): Place {
  const frames = stacks.frames(id);
  const names = frames.map((frame) => parseFrameName(frame.function));
  const outer = names.findIndex((name) => frameKind(name.pkg) === "other");
  const inner = outer < 0 ? names : names.slice(0, outer);
  return {
    kind:
      outer < 0 || (inner.length === 0 && reason === "sync") ? "internal" : inner.length === 0 ? "idle" : waitOf(inner),
    operation: lockOperation(inner),
    frame: outer < 0 ? undefined : frames[outer],
  };
}
