import type { MapFacts } from "../../../common/src/finding.ts";
import type { InferredGuard } from "./conflict.ts";
import type { Detector } from "./detect.ts";
import { functionName, type Sources } from "./report.ts";

/** What is known of the map with a key: its guard, and every access with or without it. */
export function mapFacts(detector: Detector, key: string, name: string, sources: Sources): MapFacts | undefined {
  const uses = detector.usesOf(new Set([key])).get(key);
  if (uses === undefined) return undefined;
  const { guard, held, reached } = detector.guarding(key, uses);
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

/** Of declared maps of a package: those with a guard, by the byte offset of their end. */
export function guardsOf(
  detector: Detector,
  pkg: string,
  declared: readonly { readonly name: string; readonly end: number }[],
): { readonly end: number; readonly guard: string }[] {
  const groups = detector.usesOf(new Set(declared.map(({ name }) => `${pkg}.${name}`)));
  return declared.flatMap(({ name, end }) => {
    const uses = groups.get(`${pkg}.${name}`);
    const guard = uses === undefined ? undefined : detector.guarding(`${pkg}.${name}`, uses).guard;
    return guard === undefined ? [] : [{ end, guard: guardLabel(guard) }];
  });
}

/** The lock's own name: `mu` of `s.mu`. */
function guardLabel({ sample }: InferredGuard): string {
  return sample.held.place.text().replace(/^.*\.(?=\w)/, "");
}
