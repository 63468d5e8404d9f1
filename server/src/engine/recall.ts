import { dirname } from "../base/paths.ts";
import type { Analysis } from "./analysis.ts";
import { readFacts, writeFacts } from "./facts.ts";
import type { PackageKeys } from "./keys.ts";

/** Keeps bytes by keys that name what they follow from. What cannot be kept or read is as if it was not there. */
export interface FactsStore {
  find(key: string): Uint8Array | undefined;
  keep(key: string, bytes: Uint8Array): void;
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

  /** Answers whether the directory's facts were there; if not, it is to be loaded and lowered. */
  recall(dir: string): boolean {
    const key = this.#keys.of(dir);
    const bytes = key === undefined ? undefined : this.#store.find(key);
    if (bytes === undefined) return false;
    try {
      this.#analysis.adopt(readFacts(bytes, this.#base(dir), this.#analysis.globals));
      return true;
    } catch {
      return false;
    }
  }

  /** To be called of a directory that was lowered, while its files are what they were when its key was made. */
  keep(dir: string): void {
    const key = this.#analysis.isFlawed(dir) ? undefined : this.#keys.of(dir);
    if (key !== undefined) this.#store.keep(key, writeFacts(this.#analysis.summariesOf(dir), this.#base(dir)));
  }

  /** Copies of a module share their facts. */
  #base(dir: string): string {
    return this.#analysis.workspace.moduleOf(dir)?.dir ?? dirname(dir);
  }
}
