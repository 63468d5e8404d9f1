import type { Location } from "./finding.ts";

/** A line whose passing is logged by the debugger: an access of the map, or a call that takes or lets go a lock. */
export interface WatchPoint {
  readonly path: string;
  readonly line: number;
  /** `access 0`, in the order of the finding; `lock`; `unlock` */
  readonly kind: "access" | "lock" | "unlock";
  /** Writes the map; for locks: excludes every other holder. */
  readonly exclusive: boolean;
  /** The map or the lock as it is written there; empty where it has no name that a debugger can evaluate. */
  readonly expression: string;
  /** The unlock runs when the function returns, not at its line. */
  readonly deferred: boolean;
}

/** What the debugger is asked to look at for one finding. */
export interface WatchPlan {
  readonly points: readonly WatchPoint[];
  /** Every lock of the packages concerned is among the points. */
  readonly complete: boolean;
}

/** A generated test that calls the functions of both accesses concurrently. */
export interface StressTest {
  /** Directory of the package it belongs to. */
  readonly dir: string;
  /** `TestMaprace_1a2b3c4d` */
  readonly test: string;
  readonly source: string;
}

/** What verifying a finding needs beyond the finding itself. */
export interface Dossier {
  readonly watch: WatchPlan;
  /** Where the map's variable is declared, if it is local to a function. */
  readonly declared: Location | undefined;
  /** A sentence where no test can be written. */
  readonly stress: StressTest | string;
}
