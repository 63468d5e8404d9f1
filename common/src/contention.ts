/** Time in nanoseconds and how many waits or samples it is made of. */
export interface Measure {
  readonly time: number;
  readonly count: number;
}

/** What runs measure of a line or function. Wait caused and wait suffered are two columns, never added. */
export interface Stats {
  /** Others waited while a lock was held that is let go here (mutex profile). */
  readonly caused: Measure;
  /** Waited here for a lock (block profile). */
  readonly suffered: Measure;
  /** The same in what is called from here. */
  readonly causedBelow: Measure;
  readonly sufferedBelow: Measure;
  /** CPU time, of what is called included. */
  readonly cpu: Measure;
  /** CPU time of map operations done at this place itself. */
  readonly mapCpu: Measure;
}

/** Which number the overlay shows. */
export const metrics = ["wait", "suffered", "caused", "mapCpu", "cpu", "slowdown"] as const;
export type Metric = (typeof metrics)[number];

/** Kinds of profiles that are collected. */
export const profileKinds = ["mutex", "block", "cpu", "goroutine", "trace"] as const;
export type ProfileKind = (typeof profileKinds)[number];

/** How sure it is that a mark stands on the line that was measured. */
export type MarkState =
  | "exact"
  /** The line is elsewhere in the file now. */
  | "moved"
  /** The line's text was changed since. */
  | "changed"
  /** The file was saved after the run, and nobody saw what changed. */
  | "unsure";

/** What the overlay draws on one line. */
export interface Mark {
  /** From 1. */
  readonly line: number;
  readonly state: MarkState;
  readonly text: string;
  /** Share of the run's total, 0 to 1. */
  readonly heat: number;
  /** The line itself waits; else what it calls does. */
  readonly self: boolean;
}

/** A call site in the Contention tree. */
export interface CallSiteRow {
  readonly path: string | undefined;
  /** As the profile names it; shown where the source is not found. */
  readonly file: string;
  readonly line: number;
  readonly function: string;
  readonly operation: string;
  readonly text: string;
  readonly heat: number;
  readonly state: MarkState | "missing";
}

/** A lock with what was measured at it. */
export interface LockRow {
  /** `store.Inventory.mu`, or the function where it has no name. */
  readonly name: string;
  readonly text: string;
  readonly heat: number;
  readonly sites: readonly CallSiteRow[];
  /** Maps the lock guards, and the findings about them. */
  readonly guards: readonly { readonly map: string; readonly findings: readonly string[] }[];
  /** What may make it slower, without a measurement to show it. */
  readonly hints: readonly string[];
}

export interface FunctionRow {
  readonly function: string;
  readonly path: string | undefined;
  readonly line: number;
  readonly text: string;
}

/** What is shown now: one run, several merged, or one against another. */
export interface ContentionView {
  readonly runs: readonly string[];
  readonly base: string | undefined;
  readonly title: string;
  readonly notes: readonly string[];
  readonly locks: readonly LockRow[];
  readonly functions: readonly FunctionRow[];
}

/** Where a flame graph's stacks begin: at the program's roots, or at the locks with their callers below. */
export type FlameRoot = "all" | "locks";

/** Which part of which profile a flame graph shows. */
export interface FlameRequest {
  readonly files: readonly string[];
  /** Name of the sample type; empty takes the profile's last, as pprof does. */
  readonly sampleType: string;
  readonly root: FlameRoot;
  /** The node that is as wide as the window; 0 is the whole. */
  readonly node: number;
}

/** Part of a call tree in columns: a node, its ancestors and what is large enough below it to be seen. */
export interface FlameGraph {
  readonly title: string;
  readonly sampleTypes: readonly { readonly type: string; readonly unit: string }[];
  readonly sampleType: string;
  readonly root: FlameRoot;
  readonly focus: number;
  readonly labels: readonly { readonly name: string; readonly file: string; readonly line: number }[];
  /** One entry per node, parents before children; the first has parent -1. */
  readonly node: readonly number[];
  readonly label: readonly number[];
  readonly parent: readonly number[];
  readonly self: readonly number[];
  readonly total: readonly number[];
  /** Nodes too small for this window. */
  readonly hidden: number;
}
