import type { MapFacts } from "../../../common/src/finding.ts";
import type { InferredGuard, Use } from "./conflict.ts";
import { functionName, type Sources } from "./report.ts";

/** The lock that most ways to a map hold, its uses, and which of them hold it on all ways. */
export interface Guarding {
  readonly guard: InferredGuard | undefined;
  readonly uses: readonly Use[];
  readonly held: ReadonlySet<Use>;
  /** Uses that others can get in the way of. */
  readonly reached: ReadonlySet<Use>;
}

/** What is known of a map: its guard, and every access with or without it. */
export function mapFacts(guarding: Guarding | undefined, name: string, sources: Sources): MapFacts | undefined {
  if (guarding === undefined) return undefined;
  const { guard, uses, held, reached } = guarding;
  return {
    name,
    guard: guard?.sample.held.place.text(),
    accesses: uses.map((use) => {
      const { path, base } = use.facts.anchor;
      return {
        location: sources.location(path, base + use.access.start, base + use.access.end),
        kind: use.access.kind,
        function: functionName(use.facts),
        guarded: held.has(use) ? "held" : reached.has(use) ? "not held" : "owned",
      };
    }),
  };
}

/** The lock's own name: `mu` of `s.mu`. */
export function guardLabel({ sample }: InferredGuard): string {
  return sample.held.place.text().replace(/^.*\.(?=\w)/, "");
}
