import { finish } from "../base/steps.ts";
import type { PackageFacts } from "../summaries/effects.ts";
import { type LoweringStep, testsAreLeft } from "../summaries/lower.ts";
import type { ReadDirectory } from "./ahead.ts";

/** Lowers directories as they arrive: tests when all that they import is there, all else at once. */
export class LoweringAhead {
  readonly #lowering: (dir: string) => Iterator<LoweringStep, readonly PackageFacts[]>;
  readonly #arrivals = new Arrivals();
  readonly #begun = new Map<string, Iterator<LoweringStep, readonly PackageFacts[]>>();

  constructor(lowering: (dir: string) => Iterator<LoweringStep, readonly PackageFacts[]>) {
    this.#lowering = lowering;
  }

  /** Facts of the directories that are complete now. */
  *add(read: ReadDirectory): Generator<readonly [dir: string, facts: readonly PackageFacts[]]> {
    const complete = this.#arrivals.add(read);
    if (!complete.includes(read.dir)) this.#begin(read.dir);
    for (const dir of complete) {
      const begun = this.#begun.get(dir);
      this.#begun.delete(dir);
      yield [dir, finish(begun ?? this.#lowering(dir))];
    }
  }

  #begin(dir: string): void {
    const work = this.#lowering(dir);
    for (let step = work.next(); step.done !== true; step = work.next()) {
      if (step.value !== testsAreLeft) continue;
      this.#begun.set(dir, work);
      return;
    }
  }
}

/** Tells of directories that arrive one by one when all that they import is there. */
export class Arrivals {
  readonly #there = new Set<string>();
  /** How many imports are missing, by directory, and who waits for a directory. */
  readonly #missing = new Map<string, number>();
  readonly #waiting = new Map<string, string[]>();

  /** Directories that are complete now. */
  add({ dir, imports }: ReadDirectory): string[] {
    this.#there.add(dir);
    const missing = imports.filter((one) => !this.#there.has(one));
    for (const one of missing) this.#waiting.set(one, [...(this.#waiting.get(one) ?? []), dir]);
    if (missing.length > 0) this.#missing.set(dir, missing.length);
    const complete = missing.length === 0 ? [dir] : [];
    for (const one of this.#waiting.get(dir) ?? []) {
      const left = (this.#missing.get(one) ?? 0) - 1;
      this.#missing.set(one, left);
      if (left === 0) complete.push(one);
    }
    return complete;
  }
}
