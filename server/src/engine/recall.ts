import { dirname } from "../base/paths.ts";
import type { Analysis } from "./analysis.ts";
import { type PackageSummary, readFacts, writeFacts } from "./facts.ts";
import type { PackageKeys } from "./keys.ts";

/** Keeps bytes by keys that name what they follow from. What cannot be kept or read is as if it was not there. */
export interface FactsStore {
  find(key: string): Uint8Array | undefined;
  keep(key: string, bytes: Uint8Array): void;
  /** Keeps within bounds; called when something was kept. */
  tidy(): void;
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
  /** Facts that are to be kept, by directory. */
  readonly #made = new Map<string, Uint8Array>();

  constructor(analysis: Analysis, keys: PackageKeys, store: FactsStore) {
    this.#analysis = analysis;
    this.#keys = keys;
    this.#store = store;
  }

  /** Facts of a directory for the analysis to adopt, looked for in steps; undefined where they are to be worked out. */
  *finding(dir: string): Generator<void, readonly PackageSummary[] | undefined> {
    const key = yield* this.#keys.making(dir);
    const bytes = key === undefined ? undefined : this.#store.find(key);
    if (bytes === undefined) return undefined;
    try {
      return unpackFacts(this.#analysis, dir, bytes);
    } catch {
      return undefined;
    }
  }

  /** Facts of a directory that was lowered are to be kept. */
  add(dir: string, facts?: Uint8Array): void {
    if (this.#keys.of(dir) === undefined || this.#analysis.isFlawed(dir)) return;
    this.#made.set(dir, facts ?? packFacts(this.#analysis, dir, this.#analysis.summariesOf(dir)));
  }

  /** Keeps what was added, in steps. `keys` are made anew: files may have changed since. */
  *keeping(keys: PackageKeys = this.#keys): Generator<void, void> {
    for (const [dir, facts] of this.#made) {
      const key = this.#keys.of(dir);
      const now = yield* keys.making(dir);
      if (key !== undefined && now === key) this.#store.keep(key, facts);
      yield;
    }
    if (this.#made.size > 0) this.#store.tidy();
    this.#made.clear();
  }
}
