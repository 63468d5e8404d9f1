import type { Finding } from "../../../common/src/finding.ts";
import type { AccessKind } from "../summaries/effects.ts";
import type { Conflict } from "./conflict.ts";
import type { Repair, Trees } from "./repairs/repair.ts";

/** What the reader is told about a rule; the examples run as fixtures. */
export interface CheckDoc {
  readonly title: string;
  /** One sentence for lists and SARIF. */
  readonly summary: string;
  readonly why: string;
  /** Go source; the offending line carries `// want`. */
  readonly bad: string;
  readonly good: string;
  /** What looks alike and is not reported, one sentence each. */
  readonly silent: readonly string[];
  /** Races of the kind that are missed, and what may be reported wrongly. */
  readonly limits: readonly string[];
}

/** A rule: which conflicts are its own. The first rule of the registry that matches has the conflict. */
export interface Check {
  readonly rule: string;
  /** Directory name, and the anchor of its page. */
  readonly name: string;
  /** Findings of a rule in preview are shown as possible at most, until the gates hold for it. */
  readonly stage: "stable" | "preview";
  readonly doc: CheckDoc;
  /** Order among the rules: lower is asked first. */
  readonly precedence: number;
  matches(conflict: Conflict): boolean;
  /** Changes that clear the finding, best first. */
  fix(finding: Finding, trees: Trees): Repair[];
  /** Verb for the primary access: what is wrong with it. */
  message(conflict: Conflict, words: Words): string;
}

/** Pieces of a message in the reader's words. */
export interface Words {
  readonly map: string;
  readonly action: string;
  readonly otherAction: string;
  readonly otherPlace: string;
  readonly guard: string;
  readonly primaryLocks: string;
  readonly otherLocks: string;
}

/** Reads every element, not one. */
export function walks(kind: AccessKind): boolean {
  return kind === "iterate" || kind === "clone" || kind === "reflect";
}
