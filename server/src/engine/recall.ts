import { dirname } from "../base/paths.ts";
import { finish } from "../base/steps.ts";
import type { PackageFacts } from "../summaries/effects.ts";
import type { Analysis } from "./analysis.ts";
import { type PackageSummary, readingFacts, writingFacts } from "./facts.ts";
import type { PackageKeys } from "./keys.ts";

/** Keeps bytes by keys that name what they follow from. What cannot be kept or read is as if it was not there. */
export interface FactsStore {
  find(key: string): Uint8Array | undefined;
  keep(key: string, bytes: Uint8Array): void;
  /** Was something kept of these modules before? Who asks in vain need not work out keys to look for it. */
  knows(modules: string): boolean;
  note(modules: string): void;
  /** Keeps within bounds; called when something was kept. */
  tidy(): void;
}

/** Facts of a directory as bytes, in steps; they hold in any copy of its module. */
export function packingFacts(
  analysis: Analysis,
  dir: string,
  summaries: readonly PackageSummary[],
): Generator<void, Uint8Array> {
  return writingFacts(summaries, baseOf(analysis, dir));
}

/** Throws where the bytes are no facts. */
export function unpackingFacts(
  analysis: Analysis,
  dir: string,
  bytes: Uint8Array,
): Generator<void, readonly PackageSummary[]> {
  return readingFacts(bytes, baseOf(analysis, dir), analysis.globals);
}

function baseOf({ workspace }: Analysis, dir: string): string {
  return workspace.moduleOf(dir)?.dir ?? dirname(dir);
}

/** What a workspace is called in a store. */
export function modulesOf({ workspace }: Analysis): string {
  return workspace.modules.map(({ path }) => path).join(" ");
}

/** Takes the facts of directories from a store instead of working them out, and puts those there that were worked out. */
export class Recall {
  readonly #analysis: Analysis;
  readonly #keys: PackageKeys;
  readonly #store: FactsStore;
  /** Facts that are to be kept, by directory. */
  readonly #made = new Map<string, Uint8Array>();
  readonly #modules: string;
  readonly #known: boolean;

  constructor(analysis: Analysis, keys: PackageKeys, store: FactsStore) {
    this.#analysis = analysis;
    this.#keys = keys;
    this.#store = store;
    this.#modules = modulesOf(analysis);
    this.#known = store.knows(this.#modules);
  }

  /** Facts of a directory for the analysis to adopt, looked for in steps; undefined where they are to be worked out. */
  *finding(dir: string): Generator<void, readonly PackageSummary[] | undefined> {
    if (!this.#known) return undefined;
    const key = yield* this.#keys.making(dir);
    const bytes = key === undefined ? undefined : this.#store.find(key);
    if (bytes === undefined) return undefined;
    try {
      return yield* unpackingFacts(this.#analysis, dir, bytes);
    } catch {
      return undefined;
    }
  }

  /** Facts of a directory that was lowered are to be kept, as bytes or what they are made of in steps. */
  *adding(dir: string, facts?: Uint8Array | readonly PackageSummary[]): Generator<void, void> {
    if ((yield* this.#keys.making(dir)) === undefined || this.#analysis.isFlawed(dir)) return;
    const known = facts ?? this.#analysis.summariesOf(dir);
    this.#made.set(dir, known instanceof Uint8Array ? known : yield* packingFacts(this.#analysis, dir, known));
  }

  /**
   * Keeps what was added, until `go` says no; it is asked again and again. `keys` are made anew: files may have changed
   * since.
   */
  async keep(go: () => Promise<boolean>, keys: PackageKeys = this.#keys): Promise<void> {
    for (const [dir, bytes] of this.#made) {
      if (!(await go())) return;
      for (const _ of keys.making(dir)) if (!(await go())) return;
      const key = this.#keys.of(dir);
      if (key !== undefined && keys.of(dir) === key) this.#store.keep(key, bytes);
    }
    if (this.#made.size > 0) {
      this.#store.note(this.#modules);
      this.#store.tidy();
    }
    this.#made.clear();
  }
}

/** What came of a directory elsewhere: bytes that were kept, or facts that were lowered before their turn. */
export interface Known {
  readonly adopted: ReadonlyMap<string, readonly PackageSummary[] | undefined>;
  readonly lowered: ReadonlyMap<string, readonly PackageFacts[]>;
}

/** Takes the facts that are known and works out the rest, in the order of the directories, so that findings hang on neither. */
export function takeIn(
  analysis: Analysis,
  dirs: readonly string[],
  { adopted, lowered }: Known,
  recall: Recall | undefined,
  done: () => void,
): void {
  for (const dir of dirs) if (adopted.get(dir) === undefined && !lowered.has(dir)) analysis.load(dir);
  for (const dir of dirs) {
    const facts = adopted.get(dir);
    if (facts !== undefined) {
      analysis.adopt(facts);
      continue;
    }
    const made = lowered.get(dir);
    analysis.add(made ?? finish(analysis.lowered(dir)));
    if (made !== undefined) continue;
    if (recall !== undefined) finish(recall.adding(dir));
    done();
  }
}
