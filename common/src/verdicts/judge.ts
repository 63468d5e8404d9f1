import type { Finding } from "../finding.ts";
import { decide, type RuntimeSide, type Severity, sideOf } from "./matrix.ts";
import type { Verdict, VerdictOutcome } from "./verdict.ts";

/** What is shown of a finding once all evidence is weighed. */
export interface Judgement {
  /** `Confirmed`, `Likely, hot` */
  readonly badge: string;
  readonly severity: Severity;
  readonly action: string;
  /** The verdict that speaks of it, without its log. */
  readonly verdict: Omit<Verdict, "log"> | undefined;
  /** What evidence changed about the finding, for the explain page. */
  readonly notes: readonly string[];
}

/** Evidence beside the sources. */
export interface Evidence {
  readonly verdicts: readonly Verdict[];
  /** Fingerprints of findings on hot lines. */
  readonly hot: ReadonlySet<string>;
  /** Milliseconds since 1970. */
  readonly now: number;
}

const day = 86_400_000;
/** The strongest evidence first. */
const strength: readonly VerdictOutcome[] = [
  "confirmed",
  "refuted",
  "unprotected",
  "intended",
  "not-reproduced",
  "build-failed",
  "no-test",
];

/** Does a verdict still speak of a finding? What it was reached on must not have changed since. */
export function stands(verdict: Verdict, finding: Finding, now: number): boolean {
  if (verdict.object !== finding.object) return false;
  const same = finding.sites.filter((site) => verdict.sites.includes(site)).length;
  const sites = same === 2 && verdict.sites.every((site) => finding.sites.includes(site));
  switch (verdict.outcome) {
    case "confirmed":
      return same > 0;
    case "refuted":
      return sites;
    case "unprotected":
    case "intended":
      return sites && verdict.guard === (finding.guard?.name ?? "");
    default:
      return sites && now - verdict.time < (finding.confidence === "possible" ? 90 : 180) * day;
  }
}

/** Weighs the evidence on every finding: those to be shown, and those that are silenced or refuted. */
export function judge(
  findings: readonly Finding[],
  suppressed: readonly Finding[],
  evidence: Evidence,
): { shown: Finding[]; silenced: Finding[] } {
  const shown: Finding[] = [];
  const silenced: Finding[] = [];
  const confirmed = confirmedObjects([...findings, ...suppressed], evidence);
  for (const [list, muted] of [[findings, false] as const, [suppressed, true] as const]) {
    for (const finding of list) {
      const judged = judgeOne(finding, muted, confirmed, evidence);
      (judged.judgement?.severity === "none" ? silenced : shown).push(judged);
    }
  }
  return { shown, silenced };
}

function confirmedObjects(findings: readonly Finding[], { verdicts, now }: Evidence): Set<string> {
  const proofs = verdicts.filter(({ outcome }) => outcome === "confirmed");
  if (proofs.length === 0) return new Set();
  return new Set(findings.filter((one) => proofs.some((proof) => stands(proof, one, now))).map(({ object }) => object));
}

function judgeOne(finding: Finding, muted: boolean, confirmed: ReadonlySet<string>, evidence: Evidence): Finding {
  const { verdicts, hot, now } = evidence;
  const standing = verdicts
    .filter((one) => stands(one, finding, now))
    .sort((a, b) => strength.indexOf(a.outcome) - strength.indexOf(b.outcome));
  const [verdict] = standing;
  const intended = standing.find(({ outcome }) => outcome === "intended");
  const side: RuntimeSide = verdict === undefined ? "none" : sideOf[verdict.outcome];
  const notes: string[] = [];
  const raised = finding.confidence === "possible" && confirmed.has(finding.object) && side !== "collision";
  if (raised) notes.push("raised to likely: another race on the same map was confirmed");
  const base = raised || finding.confidence !== "possible" ? "likely" : "possible";
  const silent = muted || intended !== undefined;
  const row = decide(silent ? "silenced" : base, side, hot.has(finding.fingerprint));
  if (silent && side === "collision") notes.push("shown although it was suppressed: a run saw the collision");
  else if (intended !== undefined) notes.push(`called intended: ${intended.evidence}`);
  const stale = staleOf(finding, evidence);
  if (stale !== undefined) notes.push(stale);
  const kept = silent && side !== "collision" ? (intended ?? verdict) : verdict;
  return {
    ...finding,
    confidence: side === "collision" ? "confirmed" : base,
    judgement: {
      badge: row.badge,
      severity: row.severity,
      action: row.action,
      verdict: kept === undefined ? undefined : withoutLog(kept),
      notes,
    },
  };
}

/** A verdict on this very finding that no longer stands. */
function staleOf(finding: Finding, { verdicts, now }: Evidence): string | undefined {
  const old = verdicts.find((one) => one.fingerprint === finding.fingerprint && !stands(one, finding, now));
  if (old === undefined) return undefined;
  return `an earlier verdict (${old.outcome}) is stale: a site or the guard has changed, or it is too old`;
}

function withoutLog(verdict: Verdict): Omit<Verdict, "log"> {
  const { log: _, ...rest } = verdict;
  return rest;
}
