import type { Measure, Stats } from "../../../../common/src/contention.ts";

/** A line of some function, and what was measured there. */
export interface LineStats extends Stats {
  readonly function: string;
  /** As the profile names it. */
  readonly file: string;
  readonly line: number;
  /** `Mutex.Lock`: what the line calls itself; empty where the wait is further below. */
  readonly operation: string;
  /** Function of the standard library in which the lock is taken, where it is not this one. */
  readonly via: string;
  /** Goroutines that waited here for a lock when the dump was made. */
  readonly blocked: number;
  /** Of the waits here, where there is a trace. */
  readonly longest: LongestWait | undefined;
}

/** The longest wait for a lock at a line, as an execution trace tells it. Times in nanoseconds. */
export interface LongestWait {
  readonly time: number;
  /** Since the trace's begin. */
  readonly start: number;
  readonly goroutine: number;
  /** The goroutine that ended it, and its line; undefined where the trace does not say. */
  readonly waker:
    | { readonly goroutine: number; readonly function: string; readonly file: string; readonly line: number }
    | undefined;
  /** How many waits of others it waited for in turn. */
  readonly links: number;
  /** Shares, 0 to 1, of all waits here during which the collector marked and the world was stopped. */
  readonly collecting: number;
  readonly stopped: number;
  /** Goroutines that waited here at one time, at most. */
  readonly mostWaiting: number;
}

/** A declaration with its closures. */
export interface FunctionStats extends Stats {
  readonly pkg: string;
  /** `T.M` or `F` */
  readonly declaration: string;
  readonly file: string;
}

/** What one run's profiles say of the user's own code. */
export interface Contention {
  readonly total: {
    readonly caused: Measure;
    readonly suffered: Measure;
    readonly cpu: Measure;
    readonly mapCpu: Measure;
  };
  /** Waits by design that were left out: channels, WaitGroup, Cond. */
  readonly idle: Measure;
  /** Waits for the runtime's own locks, left out. */
  readonly internal: Measure;
  readonly lines: readonly LineStats[];
  readonly functions: readonly FunctionStats[];
}

/** Adds up measures of one place. */
export class StatsBuilder {
  readonly caused = { time: 0, count: 0 };
  readonly suffered = { time: 0, count: 0 };
  readonly causedBelow = { time: 0, count: 0 };
  readonly sufferedBelow = { time: 0, count: 0 };
  readonly cpu = { time: 0, count: 0 };
  readonly mapCpu = { time: 0, count: 0 };

  stats(): Stats {
    const { caused, suffered, causedBelow, sufferedBelow, cpu, mapCpu } = this;
    return { caused, suffered, causedBelow, sufferedBelow, cpu, mapCpu };
  }
}

/** Waits at a place and below it. */
export function within(stats: Stats, kind: "caused" | "suffered"): Measure {
  const [self, below] = kind === "caused" ? [stats.caused, stats.causedBelow] : [stats.suffered, stats.sufferedBelow];
  return { time: self.time + below.time, count: self.count + below.count };
}

/** How many times slower than without waiting; 1 where either profile is missing. */
export function slowdown(stats: Stats): number {
  const wait = within(stats, "suffered").time;
  return stats.cpu.time <= 0 || wait <= 0 ? 1 : Math.max(1, (stats.cpu.time + wait) / stats.cpu.time);
}
