import type { VerdictOutcome } from "./verdict.ts";

/** What the sources alone say of a finding. `silenced`: suppressed by a comment, or called intended. */
export type StaticSide = "likely" | "possible" | "silenced";
/** What run-time evidence says; `none` also stands for runs that came to nothing. */
export type RuntimeSide = "collision" | "unprotected" | "refuted" | "none";
export type Severity = "error" | "warning" | "information" | "hint" | "none";

/** One row: when it applies, and what is shown then. */
export interface Row {
  readonly when: {
    readonly source: readonly StaticSide[];
    readonly evidence: readonly RuntimeSide[];
    /** The lines carry at least 1 % of a run's wait, or overlap in a trace; undefined for either. */
    readonly hot: boolean | undefined;
  };
  readonly badge: string;
  readonly severity: Severity;
  readonly action: string;
  /** Until when a verdict behind it stands. */
  readonly kept: string;
}

/** The decision matrix; the first row that applies decides. */
export const matrix: readonly Row[] = [
  {
    when: { source: ["silenced"], evidence: ["collision"], hot: undefined },
    badge: "Confirmed",
    severity: "error",
    action: "fix: the suppression is overridden and shown",
    kept: "until both sites change",
  },
  {
    when: { source: ["likely", "possible"], evidence: ["collision"], hot: undefined },
    badge: "Confirmed",
    severity: "error",
    action: "fix, then verify again",
    kept: "until both sites change",
  },
  {
    when: { source: ["silenced"], evidence: ["unprotected", "refuted", "none"], hot: undefined },
    badge: "Intended",
    severity: "none",
    action: "nothing: it is listed with its reason",
    kept: "until a site or the guard changes",
  },
  {
    when: { source: ["likely", "possible"], evidence: ["refuted"], hot: undefined },
    badge: "Refuted",
    severity: "none",
    action: "nothing: the proof is listed",
    kept: "until a site changes",
  },
  {
    when: { source: ["likely", "possible"], evidence: ["unprotected"], hot: undefined },
    badge: "Unprotected",
    severity: "warning",
    action: "fix, or run a stress test",
    kept: "until a site or the guard changes",
  },
  {
    when: { source: ["likely"], evidence: ["none"], hot: true },
    badge: "Likely, hot",
    severity: "warning",
    action: "verify first",
    kept: "180 days",
  },
  {
    when: { source: ["likely"], evidence: ["none"], hot: false },
    badge: "Likely",
    severity: "warning",
    action: "verify",
    kept: "180 days",
  },
  {
    when: { source: ["possible"], evidence: ["none"], hot: true },
    badge: "Possible, hot",
    severity: "information",
    action: "verify",
    kept: "90 days",
  },
  {
    when: { source: ["possible"], evidence: ["none"], hot: false },
    badge: "Possible",
    severity: "hint",
    action: "hidden by default",
    kept: "90 days",
  },
];

/** The row that decides. */
export function decide(source: StaticSide, evidence: RuntimeSide, hot: boolean): Row {
  const row = matrix.find(
    ({ when }) =>
      when.source.includes(source) && when.evidence.includes(evidence) && (when.hot === undefined || when.hot === hot),
  );
  if (row === undefined) throw new Error(`the decision matrix has no row for ${source}, ${evidence}`);
  return row;
}

export const sideOf: Readonly<Record<VerdictOutcome, RuntimeSide>> = {
  confirmed: "collision",
  unprotected: "unprotected",
  refuted: "refuted",
  "not-reproduced": "none",
  "no-test": "none",
  "build-failed": "none",
  intended: "none",
};
