import type { Conflict } from "../checks/conflict.ts";
import { Detector, keysOf, UseCache } from "../checks/detect.ts";
import type { Unit } from "../summaries/effects.ts";
import { handsOut, Locksets } from "../summaries/locks.ts";
import { Order } from "../summaries/order.ts";
import type { Program } from "../summaries/program.ts";
import { Reaching } from "../summaries/reach.ts";

/** The conflicts that follow from a program, kept from one revision to the next. */
export class Conflicts {
  readonly #program: Program;
  /** The name of the lock that a comment declares, by map. */
  readonly #declared: () => ReadonlyMap<string, string>;
  /** By map, as of the last time that everything was settled. */
  #found = new Map<string, Conflict[]>();
  #uses = new UseCache();
  /** Functions replaced since. */
  readonly #touched = new Set<string>();
  readonly #touchedKeys = new Set<string>();
  /** Locks held in all functions but those replaced since; undefined where all are to be looked at. */
  #locksets: Locksets | undefined;
  readonly #replaced = new Set<string>();
  /** Declarations changed since: everything is looked at again. */
  #stale = true;

  constructor(program: Program, declared: () => ReadonlyMap<string, string>) {
    this.#program = program;
    this.#declared = declared;
  }

  /** Everything is to be looked at again. */
  invalidate(): void {
    this.#stale = true;
  }

  /** Replaces what comes of one declaration of a package. */
  replace(path: string, id: string, unit: Unit | undefined): void {
    const old = this.#program.package(path)?.units.get(id);
    // What sends on a channel with room for one takes a lock: anybody may.
    if (!sameKeys(old?.semaphores, unit?.semaphores)) this.#stale = true;
    for (const one of old?.functions ?? []) {
      this.#touched.add(one.id);
      this.#replaced.add(one.id);
      if (handsOut(one)) this.#locksets = undefined;
      for (const callee of this.#program.callees(one)) this.#touched.add(callee);
      // A caller's own edges may hang on how this function runs what it is given.
      for (const { caller } of this.#program.callers(one.id)) {
        for (const callee of this.#program.callees(caller)) this.#touched.add(callee);
      }
      // Maps that the old text used may have lost their conflict with it.
      for (const key of keysOf(one, this.#uses)) this.#touchedKeys.add(key);
    }
    for (const one of unit?.functions ?? []) {
      this.#touched.add(one.id);
      this.#replaced.add(one.id);
    }
    for (const one of this.#program.replace(path, id, unit)) this.#touched.add(one);
  }

  /** Conflicts as of the last time that everything was settled. */
  all(): Conflict[] {
    return [...this.#found.values()].flat();
  }

  detector(uses = this.#uses): Detector {
    const order = new Order(this.#program);
    this.#locksets ??= new Locksets(this.#program);
    this.#locksets.refresh(this.#replaced);
    this.#replaced.clear();
    const locksets = this.#locksets;
    return new Detector(this.#program, new Reaching(this.#program, locksets, order), order, uses, this.#declared());
  }

  /**
   * Brings the conflicts up to date, in steps of some milliseconds; only the maps that the changed functions can affect
   * are looked at again. Where it is not taken to its end nothing has changed, and the next one begins anew.
   */
  *settle(): Generator<void, void> {
    yield* this.#program.indexing();
    const found = yield* this.#stale ? this.#everything() : this.#affected();
    this.#found = found;
    this.#stale = false;
    this.#touched.clear();
    this.#touchedKeys.clear();
  }

  *#everything(): Generator<void, Map<string, Conflict[]>> {
    const uses = new UseCache();
    const detector = this.detector(uses);
    const found = new Map<string, Conflict[]>();
    const groups = yield* detector.gathering(this.#program.functions.values());
    for (const [key, group] of groups) {
      const conflicts = detector.conflicts(key, group);
      if (conflicts.length > 0) found.set(key, conflicts);
      yield;
    }
    this.#uses = uses;
    return found;
  }

  *#affected(): Generator<void, Map<string, Conflict[]>> {
    const detector = this.detector();
    // What the touched functions were known to use is forgotten here; should this be interrupted, the keys stay.
    for (const key of detector.affected(this.#touched)) this.#touchedKeys.add(key);
    yield;
    const found = new Map(this.#found);
    for (const key of this.#touchedKeys) found.delete(key);
    for (const [key, group] of detector.usesOf(this.#touchedKeys)) {
      const conflicts = detector.conflicts(key, group);
      if (conflicts.length > 0) found.set(key, conflicts);
      yield;
    }
    return found;
  }
}

function sameKeys(a: ReadonlySet<string> = new Set(), b: ReadonlySet<string> = new Set()): boolean {
  return a.size === b.size && [...a].every((key) => b.has(key));
}
