import type { Directive } from "../checks/suppression.ts";
import { GraphError } from "../summaries/columns.ts";
import { decodingGraph } from "../summaries/decode.ts";
import type { PackageFacts } from "../summaries/effects.ts";
import { encodingGraph } from "../summaries/encode.ts";
import type { Place } from "../summaries/place.ts";

/** What is known of a package without its sources: all that findings follow from. */
export interface PackageSummary {
  readonly facts: PackageFacts;
  readonly files: readonly FileSummary[];
}

export interface FileSummary {
  readonly path: string;
  /** Tells whether the file is still the one that was summarised. */
  readonly hash: string;
  /** Tells whether it still declares the same. */
  readonly declared: string;
  readonly bytes: number;
  readonly generated: boolean;
  readonly imports: readonly string[];
  readonly directives: readonly Directive[];
  /** Maps and the locks that comments declare for them. */
  readonly guards: readonly (readonly [map: string, lock: string])[];
}

/** Bytes of packages, in steps; paths below `dir` are written so that they hold in any copy of it. */
export function writingFacts(packages: readonly PackageSummary[], dir: string): Generator<void, Uint8Array> {
  const units = packages.flatMap(({ facts }) => [...facts.units.values()]);
  const rename = (one: string) => (one.startsWith(`${dir}/`) ? `\u0000${one.slice(dir.length)}` : one);
  return encodingGraph(packages, units, rename);
}

/** The packages again, in steps. Throws {@link GraphError} where the bytes are no packages. */
export function* readingFacts(
  bytes: Uint8Array,
  dir: string,
  globals: Map<string, Place>,
): Generator<void, readonly PackageSummary[]> {
  const rename = (one: string) => (one.startsWith("\u0000") ? dir + one.slice(1) : one);
  const packages = yield* decodingGraph(bytes, rename, globals);
  if (!isPackages(packages)) throw new GraphError("holds no packages");
  return packages;
}

function isPackages(value: unknown): value is PackageSummary[] {
  return (
    Array.isArray(value) &&
    value.every(
      (one: Partial<PackageSummary> | undefined) =>
        one?.facts?.units instanceof Map && one.facts.methods instanceof Map && Array.isArray(one.files),
    )
  );
}
