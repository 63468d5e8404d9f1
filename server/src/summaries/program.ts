import { nothingDone } from "./blocks.ts";
import { Callers } from "./callers.ts";
import type { Call, FunctionFacts, PackageFacts, Spawn, Unit } from "./effects.ts";
import { Implementations, packageOf } from "./implementations.ts";
import { Invocations } from "./invocations.ts";
import { KeptFunctions } from "./kept.ts";
import type { Place, Ref, Root, Target } from "./place.ts";
import { isFresh, normalise, type Result, resultOf } from "./results.ts";
import { Seen, SeenMap } from "./seen.ts";
import type { Site } from "./site.ts";

const maxStores = 64;
/** Functions that hand on what they are given, one to the other, to one of them. */
const maxHelpers = 50;
/** Calls between a function and the start of a goroutine that it is known for. */
export const maxStarting = 5;
/** Functions between two steps of making the index: some milliseconds. */
const linkedAtOnce = 500;

/** A variable of one function: no other declaration sends on it under this name. */
function isLocal(key: string): boolean {
  return /@\d+$/.test(key);
}

/** A call of functions that are named, given no other functions: most calls. */
function isPlain({ dispatch, field, returned, functions }: Call | Spawn): boolean {
  return dispatch === undefined && field === undefined && returned === undefined && functions.length === 0;
}

/** A call of a method of a value that is at hand. */
function boundSite(caller: FunctionFacts, effect: Call | Spawn, bound: readonly Ref[]): Site {
  return { caller, effect, args: [bound, ...effect.args], assumed: false, via: undefined };
}

/** Stands for what a function returned where that is called. */
function resultKey(id: string): string {
  return `${id}()`;
}

/** Functions of which two versions of a declaration return others. */
function handedOutAnew(a: Unit | undefined, b: Unit | undefined): string[] {
  const told = (unit: Unit | undefined) =>
    new Map(
      (unit?.functions ?? []).map(({ id, returns }) => [
        id,
        String(returns.map(({ targets }) => targets.map((one) => one.id))),
      ]),
    );
  const [old, now] = [told(a), told(b)];
  return [...new Set([...old.keys(), ...now.keys()])].filter((id) => (old.get(id) ?? "") !== (now.get(id) ?? ""));
}

/** Do two versions of a declaration have the same channels that work as locks, as far as others send on them? */
export function sameSemaphores(a: Unit | undefined, b: Unit | undefined): boolean {
  const open = (unit: Unit | undefined) => String([...(unit?.semaphores ?? [])].filter((key) => !isLocal(key)));
  return open(a) === open(b);
}

/** All functions of a scan and who calls whom: the link step. Packages come and go one by one. */
export class Program {
  /** What those who ask look at. */
  readonly seen = new Seen();
  readonly functions: Map<string, FunctionFacts> = new SeenMap(this.seen);
  readonly #packages = new Map<string, PackageFacts>();
  #callers: Callers | undefined;
  #generation = 0;
  #rebuilds = 0;
  /** The index being made, where that was begun and interrupted. */
  #building: Generator<void, void> | undefined;
  #kept = new KeptFunctions();
  /** Whether functions start goroutines, by how many calls they are away from whom that was asked of; as of the last change. */
  readonly #starting: Map<string, boolean>[] = [];
  /** As of when the index was made. */
  #implementations = new Implementations();
  /** Functions each caller has sites at, or whose values it passes on, but for direct calls: those are read off the caller. */
  readonly #linked = new WeakMap<FunctionFacts, ReadonlySet<string>>();
  /** Ids of functions that call, or called once, what is kept under a key or what a function returned. */
  readonly #users = new Map<string, Set<string>>();
  readonly #literals = new Map<string, FunctionFacts[]>();
  readonly #invocations = new Invocations(this.functions, this.#literals);
  /** Functions whose value goes somewhere no call was seen to come from, and who passes it there. */
  readonly #loose = new Map<string, Set<FunctionFacts>>();
  #semaphores = new Set<string>();

  add(facts: PackageFacts): void {
    this.remove(facts.path);
    this.#packages.set(facts.path, facts);
    for (const unit of facts.units.values()) for (const one of unit.functions) this.functions.set(one.id, one);
    this.#forget();
  }

  /** Grows where who may run what is to be found out anew, and not only for functions that were replaced. */
  get generation(): number {
    return this.#generation;
  }

  /** Grows where the index is to be made anew: anybody may be called by others than before. */
  get rebuilds(): number {
    return this.#rebuilds;
  }

  #forget(): void {
    this.#generation++;
    this.#rebuilds++;
    this.#callers = undefined;
    this.#building = undefined;
  }

  /**
   * Replaces what comes of one declaration of a package that was added before. Answers ids of functions that are kept in
   * other places than before, and of those that call what is kept there.
   */
  replace(path: string, id: string, unit: Unit | undefined): { users: Iterable<string>; targets: Iterable<string> } {
    const facts = this.#packages.get(path);
    if (facts === undefined) return { users: [], targets: [] };
    const old = facts.units.get(id);
    const started = this.#startingOf(old);
    this.#starting.length = 0;
    for (const one of old?.functions ?? []) this.functions.delete(one.id);
    if (unit === undefined) facts.units.delete(id);
    else facts.units.set(id, unit);
    for (const one of unit?.functions ?? []) this.functions.set(one.id, one);
    const ready = this.#building === undefined && sameSemaphores(old, unit) ? this.#callers : undefined;
    for (const key of old?.semaphores ?? []) if (isLocal(key)) this.#semaphores.delete(key);
    for (const key of unit?.semaphores ?? []) if (isLocal(key)) this.#semaphores.add(key);
    // Whether a call of what is kept is sure hangs on who keeps it.
    const same = ready === undefined || this.#startingOf(unit) === started;
    const doubted = same ? [] : this.#kept.doubtedAnew((one) => this.starts(one));
    const changed =
      ready === undefined ? undefined : this.#kept.replace(old, unit, this.functions, (one) => this.starts(one));
    const users = this.#usersOf([...(changed?.keys() ?? []), ...handedOutAnew(old, unit).map(resultKey)]);
    if (ready === undefined || changed === undefined || doubted.length > 0) this.#forget();
    else {
      this.#relink(ready, old, unit);
      if (changed.size > 0 || users.size > 0) this.#relinkUsers(ready, users);
    }
    return { users, targets: [...[...(changed?.values() ?? [])].flat().map((target) => target.id), ...doubted] };
  }

  #usersOf(keys: Iterable<string>): Set<string> {
    const users = [...keys].flatMap((key) => [key, `${key}[]`].flatMap((one) => [...(this.#users.get(one) ?? [])]));
    return new Set(users);
  }

  /** Other functions are kept under these keys than before: whoever calls what is kept there may run others. */
  #relinkUsers(callers: Callers, users: ReadonlySet<string>): void {
    this.#generation++;
    for (const id of users) {
      const user = this.functions.get(id);
      if (user === undefined) continue;
      this.#unlink(callers, user);
      this.#linkAll(callers, user);
    }
  }

  /** Takes one declaration's calls out of the index and puts its new ones in. */
  #relink(callers: Callers, old: Unit | undefined, unit: Unit | undefined): void {
    const passers = new Set<FunctionFacts>();
    for (const one of old?.functions ?? []) {
      this.#invocations.forget(one);
      for (const passer of this.passers(one.id)) passers.add(passer);
      this.#unlink(callers, one);
      if (one.parent !== undefined) this.#literals.delete(one.parent);
    }
    for (const one of unit?.functions ?? []) {
      if (one.parent !== undefined) this.#literals.set(one.parent, [...(this.#literals.get(one.parent) ?? []), one]);
    }
    for (const one of unit?.functions ?? []) this.#linkAll(callers, one);
    // How a callee runs the functions it is given is part of its callers' edges.
    for (const passer of passers) {
      if (this.functions.get(passer.id) !== passer) continue;
      this.#unlink(callers, passer);
      this.#linkAll(callers, passer);
    }
  }

  /** Functions that pass functions to this one, or to one that hands its own parameters on to it; of those it forgets what was known. */
  passers(id: string): ReadonlySet<FunctionFacts> {
    const passers = new Set<FunctionFacts>();
    const helpers = new Set([id]);
    for (const helper of helpers) {
      for (const { caller, effect } of this.#index().of(helper)) {
        if (effect.functions.some((targets) => targets.length > 0)) passers.add(caller);
        for (const { place } of effect.args.flat()) {
          if (place.depth > 0 || place.root.param < 0 || helpers.size > maxHelpers) continue;
          helpers.add(place.root.frame);
          const facts = this.functions.get(place.root.frame);
          if (facts !== undefined) this.#invocations.forget(facts);
        }
      }
    }
    return passers;
  }

  #unlink(callers: Callers, caller: FunctionFacts): void {
    for (const id of this.lastCallees(caller)) {
      callers.drop(id, caller);
      this.#loose.get(id)?.delete(caller);
    }
  }

  #linkAll(callers: Callers, caller: FunctionFacts): void {
    if (caller.blocks === nothingDone) return;
    let linked: Set<string> | undefined;
    for (const { effects } of caller.blocks) {
      for (const effect of effects) {
        if (effect.op !== "call" && effect.op !== "spawn") continue;
        for (const target of effect.targets) {
          callers.put(target.id, caller, effect, target.bound && boundSite(caller, effect, target.bound));
        }
        if (isPlain(effect)) continue;
        linked ??= new Set();
        this.#link(callers, caller, effect, linked);
      }
    }
    if (linked === undefined) this.#linked.delete(caller);
    else this.#linked.set(caller, linked);
  }

  package(path: string): PackageFacts | undefined {
    return this.#packages.get(path);
  }

  remove(path: string): void {
    this.#starting.length = 0;
    const known = this.#packages.get(path);
    if (known === undefined) return;
    for (const unit of known.units.values()) for (const one of unit.functions) this.functions.delete(one.id);
    this.#packages.delete(path);
    this.#forget();
  }

  /** Everything that may run a function. */
  callers(id: string): readonly Site[] {
    this.seen.note(id, ">");
    return this.#index().inOrder(id);
  }

  /** Functions a call or start may run, as far as they are known. */
  callees(facts: FunctionFacts): ReadonlySet<string> {
    this.#index();
    return this.lastCallees(facts);
  }

  /** As `callees`, as of when the function was linked last. */
  lastCallees(facts: FunctionFacts): ReadonlySet<string> {
    const callees = new Set(this.#linked.get(facts));
    for (const { effects } of facts.blocks)
      for (const effect of effects)
        if (effect.op === "call" || effect.op === "spawn") for (const { id } of effect.targets) callees.add(id);
    return callees;
  }

  /** Is the channel one with room for one, and so a lock to whoever sends on it? */
  isSemaphore(place: Place): boolean {
    this.#index();
    const key = place.step?.kind === "field" ? place.step.key : place.depth === 0 ? place.root.id : "";
    return this.#semaphores.has(key);
  }

  /** Is the function's value used in ways whose calls cannot be seen? */
  isLoose(id: string): boolean {
    this.seen.note(id, ">");
    const callers = this.#index();
    if ((this.#loose.get(id)?.size ?? 0) > 0) return true;
    return !callers.has(id) && this.#kept.has(id);
  }

  /** Makes the index of calls in steps; without them it is made in one piece by whoever asks first. */
  *indexing(): Generator<void, void> {
    this.#begin();
    while (!this.#step()) yield;
  }

  /** True at the end. Whoever asks for the index while a step of it is made gets what there is. */
  #step(): boolean {
    const building = this.#building;
    this.#building = undefined;
    if (building === undefined || building.next().done === true) return true;
    this.#building = building;
    return false;
  }

  #begin(): Callers {
    if (this.#callers === undefined) {
      this.#callers = new Callers();
      this.#building = this.#build(this.#callers);
    }
    return this.#callers;
  }

  #index(): Callers {
    const callers = this.#begin();
    while (!this.#step());
    return callers;
  }

  *#build(callers: Callers): Generator<void, void> {
    this.#kept = new KeptFunctions();
    this.#implementations = new Implementations();
    this.#invocations.clear();
    this.#literals.clear();
    this.#users.clear();
    this.#loose.clear();
    this.#semaphores = new Set();
    for (const one of this.functions.values()) this.#addLiteral(one);
    yield;
    for (const facts of this.#packages.values()) this.#addPackage(facts);
    yield;
    yield* this.#kept.addPassed(this.functions, (id) => this.starts(id));
    let linked = 0;
    for (const caller of this.functions.values()) {
      this.#linkAll(callers, caller);
      if (++linked % linkedAtOnce === 0) yield;
    }
  }

  #addLiteral(one: FunctionFacts): void {
    if (one.parent === undefined) return;
    const list = this.#literals.get(one.parent);
    if (list === undefined) this.#literals.set(one.parent, [one]);
    else list.push(one);
  }

  #addPackage(facts: PackageFacts): void {
    for (const unit of facts.units.values()) {
      for (const key of unit.semaphores) this.#semaphores.add(key);
      this.#kept.add(unit);
    }
    for (const [type, methods] of facts.methods) this.#implementations.add(type, methods);
  }

  /** Does the function start a goroutine, itself or through what it calls? `depth`: calls that lead here from whom it is asked of. */
  starts(id: string, depth = 0): boolean {
    this.seen.note(id, "~");
    if (depth > maxStarting) return false;
    this.#starting[depth] ??= new Map();
    let known = this.#starting[depth].get(id);
    if (known === undefined) {
      known = this.#findStart(this.functions.get(id), depth);
      this.#starting[depth].set(id, known);
    }
    return known;
  }

  #findStart(facts: FunctionFacts | undefined, depth: number): boolean {
    for (const { effects } of facts?.blocks ?? []) {
      for (const effect of effects) {
        if (effect.op === "spawn") return true;
        if (effect.op === "call") for (const { id } of effect.targets) if (this.starts(id, depth + 1)) return true;
      }
    }
    return false;
  }

  /** Functions of a declaration that start goroutines, as text. */
  #startingOf(unit: Unit | undefined): string {
    return String((unit?.functions ?? []).map(({ id }) => id).filter((id) => this.starts(id)));
  }

  /** Who may run besides the functions that a call names. */
  #link(callers: Callers, caller: FunctionFacts, effect: Call | Spawn, linked: Set<string>): void {
    const { dispatch } = effect;
    const add = (id: string, site: Site) => {
      linked.add(id);
      callers.put(id, caller, effect, site);
    };
    const implementations = dispatch === undefined ? [] : this.#implementations.of(dispatch);
    // The one type of the scan that fits an interface of the scan is what is meant.
    const assumed = implementations.length > 1 || !this.#packages.has(packageOf(dispatch?.interface ?? ""));
    for (const id of implementations) add(id, { caller, effect, args: effect.args, assumed, via: undefined });
    if (effect.field !== undefined && effect.targets.length === 0) {
      this.#use(effect.field, caller);
      const stored = this.stored(effect.field);
      for (const target of stored.slice(0, maxStores)) {
        const args = target.bound === undefined ? effect.args : undefined;
        const assumed = this.#kept.isAssumed(effect.field, target);
        add(target.id, { caller, effect, args, assumed, via: undefined });
      }
    }
    for (const { id } of effect.returned?.root.source?.targets ?? []) this.#use(resultKey(id), caller);
    for (const target of effect.returned === undefined ? [] : this.#returned(effect.returned)) {
      add(target.id, { caller, effect, args: undefined, assumed: false, via: undefined });
    }
    for (const [index, targets] of effect.functions.entries()) {
      for (const target of targets) this.#passed(add, linked, caller, effect, index, target);
    }
  }

  #use(key: string, { id }: FunctionFacts): void {
    const known = this.#users.get(key);
    if (known === undefined) this.#users.set(key, new Set([id]));
    else known.add(id);
  }

  /** Functions kept in a field, a variable or the elements of one. */
  stored(key: string): readonly Target[] {
    this.#index();
    return this.#kept.at(key);
  }

  /** The functions a call may have returned. */
  #returned({ root }: Place): readonly Target[] {
    const { source } = root;
    if (source === undefined) return [];
    return source.targets.flatMap(({ id }) => this.functions.get(id)?.returns[source.index]?.targets ?? []);
  }

  /** A function passed as an argument runs where the callee runs its parameter; unknown callees run it at once. */
  #passed(
    add: (id: string, site: Site) => void,
    linked: Set<string>,
    caller: FunctionFacts,
    effect: Call | Spawn,
    index: number,
    target: Target,
  ): void {
    const args = target.bound === undefined ? undefined : [target.bound];
    const callees = effect.targets.map((one) => this.functions.get(one.id)).filter((one) => one !== undefined);
    if (callees.length === 0) {
      if (effect.dispatch === undefined) add(target.id, { caller, effect, args, assumed: false, via: undefined });
      else this.#loosen(target, caller, linked);
      return;
    }
    for (const callee of callees) {
      const param = callee.params[index];
      const uses = param === undefined ? [] : this.#invocations.of(callee, param);
      if (uses.length === 0 && !this.#kept.keeps(param)) this.#loosen(target, caller, linked);
      for (const via of uses) add(target.id, { caller, effect, args, assumed: false, via });
    }
  }

  #loosen({ id }: Target, caller: FunctionFacts, linked: Set<string>): void {
    linked.add(id);
    const known = this.#loose.get(id);
    if (known === undefined) this.#loose.set(id, new Set([caller]));
    else known.add(caller);
  }

  /** Where a call's result lives, in the caller's frame: through the returns of its callees. `fresh`: made by the callee. */
  result(place: Place): Result | undefined {
    return resultOf(this.functions, place);
  }

  /** The value at the root was made by its function, or by one that returned it to it. */
  isFresh(root: Root): boolean {
    return isFresh(this.functions, root);
  }

  /** A place with call results replaced by what the callees return; several when they return several. */
  normalise(ref: Ref): readonly Ref[] {
    return normalise(this.functions, ref);
  }
}
