import { none } from "../base/lists.ts";
import type { Access, Effect, FunctionFacts, Spawn } from "./effects.ts";
import type { Round, Signal } from "./order.ts";
import type { Held, Place } from "./place.ts";

/** A lock held on the way, with the two ways to recognise it elsewhere. */
export interface PathLock {
  readonly held: Held;
  /** In the current frame, undefined once no caller can name it. */
  readonly place: Place | undefined;
  /** Seen from the map: which lock of a value that holds the map. Equal for the same lock of another instance's own map. */
  readonly relative: string | undefined;
  /** A copy made by passing a struct by value. */
  readonly copied: boolean;
  /** The lock's field, whoever's it is; empty for locals. */
  readonly key: string;
  /** Known to be another value's lock than the one that holds the map. */
  readonly foreign: boolean;
  /**
   * The function that holds it until the goroutine of this way has ended: that keeps others from the map, but not what runs
   * beside the goroutine meanwhile. Undefined where the goroutine holds the lock itself.
   */
  readonly waiter: FunctionFacts | undefined;
}

/** One function on the way from an access up to where its goroutine or the program's use of the package begins. */
export interface Hop {
  readonly facts: FunctionFacts;
  /** The access itself, or the call or start that leads to it. */
  readonly effect: Effect;
  /** The map, in this frame. */
  readonly place: Place | undefined;
  readonly locks: readonly PathLock[];
  /** The innermost goroutine start at or below this hop. */
  readonly spawn: Spawn | undefined;
  /** The function that contains the start. */
  readonly spawner: FunctionFacts | undefined;
  /** That goroutine may still run when the function of this hop goes on behind `effect`. */
  readonly live: boolean;
  /** It was started by a helper that starts several and waits for them: they run beside each other alone. */
  readonly several: boolean;
  /** That goroutine was given the map itself, not the variable that holds it. */
  readonly handed: boolean;
  readonly signals: readonly Signal[];
  /** Channels the goroutine waits for before it gets here. */
  readonly gates: readonly Place[];
  /** Channels it waits for before each time it gets here, and answers on behind it. */
  readonly rounds: readonly Round[];
}

/** How the way up ended. */
export type End =
  /** At a function nobody in the scan calls. */
  | "entry"
  /** At a function that is kept or handed on as a value: who runs it, and beside what, is not seen. */
  | "loose"
  /** At the function whose variable the map belongs to. */
  | "instance"
  /** Somewhere the map could not be followed. */
  | "lost";

/** One way to get to an access. */
export class Reach {
  readonly access: Access;
  readonly hops: readonly Hop[];
  readonly end: End;
  /** Some call on the way is one of several possibilities. */
  readonly assumed: boolean;
  /** No goroutine on the way outlives a function of it, and the last one is no parallel test: two such ways never run at once. */
  readonly quiet: boolean;
  #frames: ReadonlySet<FunctionFacts> | undefined;

  constructor(access: Access, hops: readonly Hop[], end: End, assumed: boolean) {
    this.access = access;
    this.hops = hops;
    this.end = end;
    this.assumed = assumed;
    this.quiet = isQuiet(hops);
  }

  /** The functions of the hops: two ways without a common one are told apart at once. */
  get frames(): ReadonlySet<FunctionFacts> {
    this.#frames ??= new Set(this.hops.map((one) => one.facts));
    return this.#frames;
  }
}

function isQuiet(hops: readonly Hop[]): boolean {
  for (const { live, several } of hops) if (live || several) return false;
  return hops[hops.length - 1]?.facts.parallelTest !== true;
}

/** A hop that no goroutine start lies at or below. */
export function plainHop({
  facts,
  effect,
  place,
  locks,
  several,
  handed,
}: Pick<Hop, "facts" | "effect" | "place" | "locks" | "several" | "handed">): Hop {
  const [spawn, signals, gates, rounds] = [undefined, none, none, none];
  return { facts, effect, place, locks, spawn, spawner: spawn, live: false, several, handed, signals, gates, rounds };
}

// Written out: what copies an object makes a shape of its own each time, and nothing that looks at it is fast.

export function under(hop: Hop, locks: readonly PathLock[]): Hop {
  const { facts, effect, place, spawn, spawner, live, several, handed, signals, gates, rounds } = hop;
  return { facts, effect, place, locks, spawn, spawner, live, several, handed, signals, gates, rounds };
}

export function startedFrom(
  { facts, effect, place, locks, handed, gates, rounds }: Hop,
  { spawn, spawner, live, signals }: Pick<Hop, "spawn" | "spawner" | "live" | "signals">,
): Hop {
  return { facts, effect, place, locks, spawn, spawner, live, several: true, handed, signals, gates, rounds };
}

export function placedAt(
  { held, copied, key, foreign, waiter }: PathLock,
  place: Place,
  relative: string | undefined,
): PathLock {
  return { held, place, relative, copied, key, foreign, waiter };
}
