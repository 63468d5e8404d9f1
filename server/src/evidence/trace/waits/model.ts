import type { Durations } from "./durations.ts";
import type { Overlap } from "./presence.ts";
import type { Stacks } from "./stacks.ts";

/** A goroutine waited from one moment to another and was woken. Times in nanoseconds since the trace's begin. */
export interface Wait {
  readonly goroutine: number;
  readonly start: number;
  readonly end: number;
  readonly reason: string;
  /** Where it waited. */
  readonly stack: number;
  /** Who woke it, -1 where nobody of the program did; where that one was. */
  readonly waker: number;
  readonly wakerStack: number;
  /** The waker's own wait that lay in this one: what this wait was waiting for in turn. */
  readonly because: Wait | undefined;
}

/** All waits at one place for one reason. */
export interface WaitSite {
  /** From 1, in the order in which they were met. */
  readonly id: number;
  readonly reason: string;
  readonly stack: number;
  readonly durations: Durations;
  longest: Wait | undefined;
  /** Wakers' stacks with the time their wake-ups ended. */
  readonly wakers: Map<number, { count: number; total: number }>;
  /** Nanoseconds of these waits during which the collector marked, and during which the world was stopped. */
  collecting: number;
  stopped: number;
  /** Goroutines waiting here at this moment, and at most at one time. */
  waiting: number;
  mostWaiting: number;
}

/** A goroutine's life in the trace; times in nanoseconds. */
export interface GoroutineLife {
  readonly id: number;
  /** The function it was started with; empty where the trace does not say. */
  name: string;
  readonly creator: number;
  readonly createdAt: number;
  readonly start: number;
  end: number;
  running: number;
  runnable: number;
  waiting: number;
  syscall: number;
  /** Times it went on another P than before. */
  migrations: number;
}

/** Time spans that a name was open in: regions, tasks, collector phases. */
export interface Span {
  readonly kind: "task" | "region" | "collector" | "stop";
  readonly name: string;
  readonly durations: Durations;
}

/** What a trace says of who waited for whom. */
export interface TraceModel {
  /** The Go release whose format it is in: 26 is 1.26. */
  readonly version: number;
  readonly events: number;
  /** Nanoseconds from the first event to the last. */
  readonly duration: number;
  readonly bytes: number;
  readonly processors: number;
  readonly stacks: Stacks;
  /** By total time, longest first. */
  readonly sites: readonly WaitSite[];
  readonly goroutines: readonly GoroutineLife[];
  /** From runnable to running. */
  readonly latency: Durations;
  readonly spans: readonly Span[];
  /** Of each pair that was asked for, one moment at which both functions were active, if there was one. */
  readonly overlaps: readonly Overlap[];
  /** CPU samples by stack. */
  readonly samples: ReadonlyMap<number, number>;
  /** Who was still waiting at the end, by site. */
  readonly stuck: ReadonlyMap<WaitSite, number>;
  /** Why reading ended before the end of the file, and where. */
  readonly lost: { readonly message: string; readonly offset: number } | undefined;
}
