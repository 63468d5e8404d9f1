import type { WatchPoint } from "../../dossier.ts";

/** One log point that was passed. */
export interface WatchHit {
  readonly point: number;
  readonly goroutine: number;
  /** Which map or lock; undefined where the debugger could not tell. */
  readonly identity: string | undefined;
}

const hit = /\(maprace (\d+) g=(\d+)[^o]*o=([^)]*)\)$/;
const number = /^(\d{4,})(?: = 0x[0-9a-f]+)?$/;

/** Reads a line of the debugger's output; undefined where it is none of our log points. */
export function parseHit(line: string): WatchHit | undefined {
  const found = hit.exec(line.trimEnd());
  if (found === null) return undefined;
  const [, point = "", goroutine = "", object = ""] = found;
  return { point: Number(point), goroutine: Number(goroutine), identity: number.exec(object.trim())?.[1] };
}

interface Held {
  readonly exclusive: boolean;
  /** Its owner is known to be past the call; before that it may wait for the lock. */
  past: boolean;
}

/** What was seen of one map. */
export interface MapLockset {
  readonly map: string;
  readonly goroutines: readonly number[];
  readonly writes: number;
  readonly hits: number;
  /** Locks that every access held. */
  readonly common: readonly string[];
  /** Passed points, as indices into the plan. */
  readonly points: readonly number[];
}

/**
 * Follows locks and accesses as the debugger passes them (Savage et al., Eraser): the locks that all accesses of a map
 * held. A deferred unlock is not seen when it happens, so a lock stays held until another goroutine has it or its owner
 * takes it again: locks may be held too long here, never too short.
 */
export class LocksetObserver {
  readonly #points: readonly WatchPoint[];
  readonly #held = new Map<number, Map<string, Held>>();
  readonly #maps = new Map<
    string,
    { goroutines: Set<number>; writes: number; hits: number; common: Set<string> | undefined; points: Set<number> }
  >();
  /** Hits whose map or lock the debugger could not name. */
  unknown = 0;

  constructor(points: readonly WatchPoint[]) {
    this.#points = points;
  }

  pass({ point, goroutine, identity }: WatchHit): void {
    const at = this.#points[point];
    if (at === undefined) return;
    if (identity === undefined) {
      this.unknown++;
      return;
    }
    const held = this.#held.get(goroutine) ?? new Map<string, Held>();
    this.#held.set(goroutine, held);
    if (at.kind === "lock") held.set(identity, { exclusive: at.exclusive, past: false });
    else if (at.kind === "unlock") {
      if (!at.deferred) held.delete(identity);
    } else this.#access(point, at.exclusive, goroutine, identity, held);
  }

  #access(point: number, write: boolean, goroutine: number, map: string, held: Map<string, Held>): void {
    // Who is past a lock has it: an owner whose deferred unlock was not seen has let it go. Who waits for it still waits.
    for (const [lock, own] of held) {
      own.past = true;
      for (const [other, theirs] of this.#held) {
        const known = theirs.get(lock);
        if (other !== goroutine && known?.past === true && (own.exclusive || known.exclusive)) theirs.delete(lock);
      }
    }
    const locks = [...held].filter(([, { exclusive }]) => exclusive || !write).map(([lock]) => lock);
    const state = this.#maps.get(map) ?? {
      goroutines: new Set<number>(),
      writes: 0,
      hits: 0,
      common: undefined,
      points: new Set<number>(),
    };
    this.#maps.set(map, state);
    state.goroutines.add(goroutine);
    state.points.add(point);
    state.hits++;
    if (write) state.writes++;
    const { common } = state;
    state.common = new Set(common === undefined ? locks : locks.filter((lock) => common.has(lock)));
  }

  get maps(): readonly MapLockset[] {
    return [...this.#maps].map(([map, { goroutines, writes, hits, common, points }]) => ({
      map,
      goroutines: [...goroutines],
      writes,
      hits,
      common: [...(common ?? [])],
      points: [...points],
    }));
  }

  /** A map that two goroutines used at the finding's line and another, one of them writing, without a lock that all of them held. */
  get unprotected(): MapLockset | undefined {
    return this.maps.find(
      ({ goroutines, writes, common, points }) =>
        goroutines.length > 1 && writes > 0 && common.length === 0 && points.includes(0),
    );
  }
}
