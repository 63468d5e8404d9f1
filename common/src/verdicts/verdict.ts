import type { Finding } from "../finding.ts";

/** Where the verdicts of a workspace stand when its users share them. */
export const verdictsFile = ".maprace/verdicts.json";

/** What an attempt to verify a finding came to. A silent run is `not-reproduced`, never `refuted`. */
export const outcomes = [
  "confirmed",
  "unprotected",
  "not-reproduced",
  "no-test",
  "build-failed",
  "refuted",
  "intended",
] as const;
export type VerdictOutcome = (typeof outcomes)[number];

/** One verdict, as it is kept and as a colleague can check it. */
export interface Verdict {
  readonly outcome: VerdictOutcome;
  readonly fingerprint: string;
  readonly rule: string;
  /** The map's key: `import/path.Type.field`. */
  readonly object: string;
  /** `Finding.sites` when it was reached. */
  readonly sites: readonly [string, string];
  /** The guard's name then; empty without one. */
  readonly guard: string;
  /** One sentence: `race report at both lines, in round 1 of TestCache`. */
  readonly evidence: string;
  /** `go1.26.8 linux/amd64` */
  readonly toolchain: string;
  /** What was run, a line each. */
  readonly command: string;
  /** How often the tests or the program ran. */
  readonly runs: number;
  readonly seconds: number;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** The report, or the end of the tool's output. */
  readonly log: string;
}

/** Longer logs are cut in the middle: both ends say most. */
const logLimit = 24_000;

export function cutLog(text: string): string {
  if (text.length <= logLimit) return text;
  const half = logLimit / 2;
  return `${text.slice(0, half)}\n[... ${text.length - logLimit} characters left out ...]\n${text.slice(-half)}`;
}

/** What of a finding a verdict remembers. */
export function subjectOf(finding: Finding): Pick<Verdict, "fingerprint" | "rule" | "object" | "sites" | "guard"> {
  const { fingerprint, rule, object, sites, guard } = finding;
  return { fingerprint, rule, object, sites, guard: guard?.name ?? "" };
}

/** Verdicts from untyped JSON; entries that are none are left out. */
export function readVerdicts(raw: unknown): Verdict[] {
  const list: unknown = typeof raw === "object" && raw !== null && "verdicts" in raw ? raw.verdicts : raw;
  return Array.isArray(list) ? list.flatMap(readVerdict) : [];
}

function readVerdict(raw: unknown): Verdict[] {
  if (typeof raw !== "object" || raw === null) return [];
  const record: Partial<Record<keyof Verdict, unknown>> = raw;
  const outcome = outcomes.find((one) => one === record.outcome);
  const { sites, fingerprint, object } = record;
  if (outcome === undefined || typeof fingerprint !== "string" || typeof object !== "string") return [];
  if (!Array.isArray(sites)) return [];
  const [first, second]: unknown[] = sites;
  if (typeof first !== "string" || typeof second !== "string") return [];
  return [
    {
      outcome,
      fingerprint,
      object,
      sites: [first, second],
      rule: text(record.rule),
      guard: text(record.guard),
      evidence: text(record.evidence),
      toolchain: text(record.toolchain),
      command: text(record.command),
      log: cutLog(text(record.log)),
      runs: count(record.runs),
      seconds: count(record.seconds),
      time: count(record.time),
    },
  ];
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function count(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : 0;
}

/** The kept verdicts with one more; it takes the place of those on the same finding. */
export function withVerdict(kept: readonly Verdict[], added: Verdict): Verdict[] {
  return [...kept.filter((one) => one.fingerprint !== added.fingerprint), added].sort((a, b) =>
    a.fingerprint < b.fingerprint ? -1 : 1,
  );
}
