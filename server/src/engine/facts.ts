import type { Directive } from "../checks/suppression.ts";
import type { PackageFacts } from "../summaries/effects.ts";
import { decodeGraph, encodeGraph, type Graph, GraphError } from "../summaries/graph.ts";
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
  readonly bytes: number;
  readonly directives: readonly Directive[];
  /** Maps and the locks that comments declare for them. */
  readonly guards: readonly (readonly [map: string, lock: string])[];
}

/** Grows with every change of what is written. */
const version = 3;

interface FactsFile extends Graph {
  readonly maprace: number;
}

/** Text of a facts file; paths below `dir` are written so that they hold in any copy of it. */
export function writeFacts(packages: readonly PackageSummary[], dir: string): string {
  const graph = encodeGraph(packages);
  const strings = graph.strings.map((one) => (one.startsWith(`${dir}/`) ? `\u0000${one.slice(dir.length)}` : one));
  return JSON.stringify({ maprace: version, ...graph, strings });
}

/** Throws {@link GraphError} where the text is no facts file of this version. */
export function readFacts(text: string, dir: string, globals: Map<string, Place>): readonly PackageSummary[] {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch {
    throw new GraphError("not a facts file");
  }
  if (!isFactsFile(file)) throw new GraphError("not a facts file");
  if (file.maprace !== version) throw new GraphError(`facts of version ${file.maprace}, this is version ${version}`);
  const strings = file.strings.map((one) => (one.startsWith("\u0000") ? dir + one.slice(1) : one));
  const packages = decodeGraph({ ...file, strings }, globals);
  if (!isPackages(packages)) throw new GraphError("holds no packages");
  return packages;
}

function isFactsFile(value: unknown): value is FactsFile {
  if (typeof value !== "object" || value === null) return false;
  const lists = ["strings", "shapes", "data"].every((key) => Array.isArray(Reflect.get(value, key)));
  return lists && ["maprace", "root"].every((key) => typeof Reflect.get(value, key) === "number");
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
