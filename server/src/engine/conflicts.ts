import type { Conflict } from "../checks/conflict.ts";
import { Detector, keysOf, UseCache } from "../checks/detect.ts";
import type { Guarding } from "../checks/maps.ts";
import type { FunctionFacts, Unit } from "../summaries/effects.ts";
import { handsOut, Locksets } from "../summaries/locks.ts";
import { Order } from "../summaries/order.ts";
import { maxStarting, type Program, sameSemaphores } from "../summaries/program.ts";
import { Reaching } from "../summaries/reach.ts";

/** Calls that lie between a function and the start of a goroutine that it is known for, and one. */
const startDepth = maxStarting + 2;

/** The conflicts that follow from a program, kept from one revision to the next. */
export class Conflicts {
  readonly #program: Program;
  /** The name of the lock that a comment declares, by map. */
  readonly #declared: () => ReadonlyMap<string, string>;
  /** By map, as of the last time that everything was settled. */
  #found = new Map<string, Conflict[]>();
  #uses = new UseCache();
  /** Of maps that were asked for. */
  readonly #guarding = new Map<string, Guarding>();
  /** Functions replaced since everything was settled, and what has changed with them, as `Seen` names it. */
  readonly #touched = new Set<string>();
  readonly #changed = new Set<string>();
  /** Functions that some caller may not call any more. */
  readonly #left = new Set<string>();
  readonly #touchedKeys = new Set<string>();
  /** Locks held in all functions but those replaced since; undefined where all are to be looked at. */
  #locksets: Locksets | undefined;
  readonly #replaced = new Set<string>();
  /** Who is called by whom was not followed from one change to the next. */
  #unfollowed = false;
  #rebuilds = 0;
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
    if (!sameSemaphores(old, unit)) this.#stale = true;
    const functions = [...(old?.functions ?? []), ...(unit?.functions ?? [])];
    const starting = this.#starting(old?.functions ?? []);
    for (const one of old?.functions ?? []) {
      // Locks may go with what it returns.
      if (handsOut(one)) this.#forgetLocks();
      for (const callee of this.#program.lastCallees(one)) this.#leave(callee);
      // A caller's own edges may hang on how this function runs what it is given.
      if (this.#followed) this.#passedTo(one.id);
      // Maps that the old text used may have lost their conflict with it.
      for (const key of keysOf(one, this.#uses)) this.#touchedKeys.add(key);
    }
    for (const one of functions) this.#touch(one.id);
    const { users, targets } = this.#program.replace(path, id, unit);
    for (const user of users) this.#touch(user);
    for (const target of targets) this.#changed.add(target).add(`>${target}`);
    const differs = String(this.#starting(unit?.functions ?? [])) !== String(starting);
    if (differs && this.#followed) this.#startsChanged(functions);
  }

  /** Is it known of each change whose callers are others with it? */
  get #followed(): boolean {
    return !this.#unfollowed && this.#rebuilds === this.#program.rebuilds;
  }

  #leave(callee: string): void {
    this.#left.add(callee);
    this.#changed.add(`>${callee}`);
  }

  #touch(id: string): void {
    this.#touched.add(id);
    this.#changed.add(id);
    this.#replaced.add(id);
  }

  #forgetLocks(): void {
    this.#locksets?.forget();
    this.#unfollowed = true;
  }

  /** Functions that a call passes are called by others when whom it passes them to changes. */
  #passedTo(id: string): void {
    for (const passer of this.#program.passers(id))
      for (const callee of this.#program.callees(passer)) this.#leave(callee);
  }

  #starting(functions: readonly FunctionFacts[]): string[] {
    return functions.flatMap(({ id }) => (this.#program.starts(id) ? [id] : []));
  }

  /** Whoever calls them may start goroutines now, or not any more. */
  #startsChanged(functions: readonly FunctionFacts[]): void {
    let ids = new Set(functions.map(({ id }) => id));
    for (let depth = 0; depth < startDepth; depth++) {
      for (const id of ids) this.#changed.add(`~${id}`);
      ids = new Set([...ids].flatMap((id) => this.#program.callers(id).map(({ caller }) => caller.id)));
    }
  }

  /** Conflicts as of the last time that everything was settled. */
  all(): Conflict[] {
    return [...this.#found.values()].flat();
  }

  /**
   * Who guards a map, as of the last time that everything was settled; undefined where nobody uses it, or where that is not
   * known yet and changes are still to be worked out.
   */
  guarding(key: string): Guarding | undefined {
    const known = this.#guarding.get(key);
    if (known !== undefined || this.#stale || this.#touched.size > 0) return known;
    const detector = this.detector();
    const uses = detector.usesOf(new Set([key])).get(key);
    if (uses === undefined) return undefined;
    const found = detector.guarding(key, uses);
    this.#guarding.set(key, found);
    return found;
  }

  detector(uses = this.#uses): Detector {
    const order = new Order(this.#program);
    this.#locksets ??= new Locksets(this.#program);
    const relocked = this.#locksets.refresh(this.#replaced);
    if (relocked === undefined) this.#stale = true;
    for (const id of relocked ?? []) this.#changed.add(id);
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
    const found = yield* this.#stale || this.#program.seen.ignored ? this.#everything() : this.#affected();
    const all = this.#stale || this.#program.seen.ignored;
    this.#found = found;
    for (const key of all ? [...this.#guarding.keys()] : this.#touchedKeys) this.#guarding.delete(key);
    this.#stale = false;
    this.#touched.clear();
    this.#changed.clear();
    this.#left.clear();
    this.#touchedKeys.clear();
    this.#unfollowed = false;
    this.#rebuilds = this.#program.rebuilds;
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

  /** Comes to everything where it cannot be told what is affected. */
  *#affected(): Generator<void, Map<string, Conflict[]>> {
    const detector = this.detector();
    // Calls indexed anew may have other callers far from what was changed.
    if (this.#rebuilds !== this.#program.rebuilds) this.#stale = true;
    if (this.#stale) return yield* this.#everything();
    for (const id of this.#touched) {
      const facts = this.#program.functions.get(id);
      this.#passedTo(id);
      for (const callee of facts === undefined ? [] : this.#program.callees(facts)) this.#changed.add(`>${callee}`);
    }
    // What these functions were known to use is forgotten here; should this be interrupted, the keys stay.
    for (const key of detector.affected(this.#changed)) this.#touchedKeys.add(key);
    const around = this.#followed ? [] : detector.affectedAround([...this.#touched, ...this.#left]);
    if (around === undefined) {
      this.#stale = true;
      return yield* this.#everything();
    }
    for (const key of around) this.#touchedKeys.add(key);
    yield;
    this.#uses.ways.remembering = true;
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
