import type { Judgement } from "./verdicts/judge.ts";

/** What the analysis is sure of. `confirmed` comes only from run-time evidence. */
export const confidences = ["possible", "likely", "confirmed"] as const;
export type Confidence = (typeof confidences)[number];

/** A piece of a file; offsets are bytes, lines and columns count from 1, columns in UTF-16 units. */
export interface Location {
  readonly path: string;
  readonly start: number;
  readonly end: number;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** How a goroutine that reaches an access begins. */
export interface GoroutineStart {
  readonly location: Location;
  /** `go statement`, `http.HandleFunc`, `exported method` */
  readonly label: string;
  /** Function the start stands in. */
  readonly function: string;
}

/** A call on the way from a goroutine's start to an access. */
export interface PathStep {
  readonly location: Location;
  readonly function: string;
  readonly text: string;
}

export interface AccessReport {
  readonly location: Location;
  readonly kind: string;
  readonly function: string;
  /** Locks held, as written there: `s.mu`, `s.mu (read)`. */
  readonly locks: readonly string[];
  /** Undefined where the access may run in any goroutine that uses the package. */
  readonly start: GoroutineStart | undefined;
  /** From the start to the access. */
  readonly path: readonly PathStep[];
}

export interface Guard {
  /** The lock as written at the primary access's place, `s.mu`; empty where it has no name there. */
  readonly text: string;
  /** For people: the lock as written where it is held, where it has no name at the primary access. */
  readonly name: string;
  /** Some access holds it as a read lock. */
  readonly shared: boolean;
  readonly held: number;
  readonly total: number;
}

export interface Finding {
  readonly rule: string;
  readonly confidence: Confidence;
  readonly message: string;
  /** The map's field or variable. */
  readonly map: string;
  /** The map's key: `import/path.Type.field`. */
  readonly object: string;
  readonly package: string;
  readonly primary: AccessReport;
  readonly other: AccessReport;
  /** Further accesses of the map that take part. */
  readonly more: readonly AccessReport[];
  readonly guard: Guard | undefined;
  /** Where the primary access's map was fetched under its lock, for a reference that left the critical section. */
  readonly fetched: Location | undefined;
  /** Why nothing orders the two accesses. */
  readonly reason: string;
  /** Which evidence the confidence rests on. */
  readonly evidence: string;
  /** Survives edits elsewhere: from package, function, normalised line and occurrence. */
  readonly fingerprint: string;
  /** Content of the two accesses' lines and functions, primary first: verdicts stand while these do. */
  readonly sites: readonly [string, string];
  /** There once run-time evidence has been weighed. */
  readonly judgement?: Judgement;
}

/** A shared map: the lock that most accesses hold, and every access. */
export interface MapFacts {
  /** `T.field` or the variable. */
  readonly name: string;
  /** The guard as written where it is held; undefined where no lock is ever held. */
  readonly guard: string | undefined;
  readonly accesses: readonly {
    readonly location: Location;
    readonly kind: string;
    readonly function: string;
    /** `owned`: nobody else has the value yet. */
    readonly guarded: "held" | "not held" | "owned";
  }[];
}

/** Why nothing likely is reported of one access. */
export interface AccessAnswer {
  readonly location: Location;
  /** As written: `s.cache`. */
  readonly map: string;
  readonly kind: string;
  readonly answer: string;
}
