import { dirname } from "../base/paths.ts";
import type { Analysis } from "./analysis.ts";
import { type PackageSummary, readFacts, writeFacts } from "./facts.ts";
import type { PackageKeys } from "./keys.ts";

/** Keeps bytes by keys that name what they follow from. What cannot be kept or read is as if it was not there. */
export interface FactsStore {
  find(key: string): Uint8Array | undefined;
  keep(key: string, bytes: Uint8Array): void;
}

/** Facts of a directory as bytes; they hold in any copy of its module. */
export function packFacts(analysis: Analysis, dir: string, summaries: readonly PackageSummary[]): Uint8Array {
  return writeFacts(summaries, baseOf(analysis, dir));
}

/** Throws where the bytes are no facts. */
export function unpackFacts(analysis: Analysis, dir: string, bytes: Uint8Array): readonly PackageSummary[] {
  return readFacts(bytes, baseOf(analysis, dir), analysis.globals);
}

function baseOf({ workspace }: Analysis, dir: string): string {
  return workspace.moduleOf(dir)?.dir ?? dirname(dir);
}

/** Takes the facts of directories from a store instead of working them out, and puts those there that were worked out. */
export class Recall {
  readonly #analysis: Analysis;
  readonly #keys: PackageKeys;
  readonly #store: FactsStore;

  constructor(analysis: Analysis, keys: PackageKeys, store: FactsStore) {
    this.#analysis = analysis;
    this.#keys = keys;
    this.#store = store;
  }

  /** Facts of a directory for the analysis to adopt; undefined where they are to be worked out. */
  find(dir: string): readonly PackageSummary[] | undefined {
    const key = this.#keys.of(dir);
    const bytes = key === undefined ? undefined : this.#store.find(key);
    if (bytes === undefined) return undefined;
    try {
      return unpackFacts(this.#analysis, dir, bytes);
    } catch {
      return undefined;
    }
  }

  /** To be called while the files are what they were when the directory's key was made. */
  keep(dir: string, facts: Uint8Array): void {
    const key = this.#keys.of(dir);
    if (key !== undefined) this.#store.keep(key, facts);
  }
}
