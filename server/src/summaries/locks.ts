import { none } from "../base/lists.ts";
import { lockMethods } from "../knowledge/model.ts";
import type { Call, Effect, FunctionFacts, Lock } from "./effects.ts";
import { exitBlock } from "./frame.ts";
import type { Held, Place, Target } from "./place.ts";
import type { Program } from "./program.ts";

/** What a call does to the locks of its caller, as places of the callee's frame. */
interface Delta {
  readonly acquired: readonly Held[];
  readonly released: readonly Place[];
}

const noDelta: Delta = { acquired: none, released: none };

/** More steps than this are not made: all are looked at again where they are asked for. */
const maxRelocked = 2000;

/** State of the flow analysis: locks held, locks of the caller let go. Sets are never changed in place. */
interface State {
  readonly held: readonly Held[];
  readonly released: readonly Place[];
  /** Numbers of the defer statements passed on some way here. */
  readonly armed: readonly number[];
}

const noLocks: State = { held: none, released: none, armed: none };

/** Flow-sensitive locksets: which locks are held at each effect, wrappers and helpers included. */
export class Locksets {
  readonly #program: Program;
  readonly #deltas = new Map<string, Delta>();
  readonly #done = new Set<string>();
  /** Of those to be worked out again: what callers that were not looked at since still count on. */
  readonly #told = new Map<string, Delta>();
  /** Of those, the ones that were looked at again or may be before their callers are told. */
  readonly #pending = new Set<string>();
  readonly #running = new Set<string>();
  #generation: number;

  constructor(program: Program) {
    this.#program = program;
    this.#generation = program.generation;
  }

  /**
   * Functions were replaced. What is known of the others holds as long as these do the same to the locks of their callers,
   * as nearly all do. Answers whose effects may be under other locks than before, the replaced ones left out; undefined
   * where there are too many to tell.
   */
  refresh(replaced: ReadonlySet<string>): ReadonlySet<string> | undefined {
    if (this.#generation !== this.#program.generation) this.forget();
    this.#generation = this.#program.generation;
    const found = new Set<string>();
    const asked = new Set<string>();
    const queue = this.#forgetAll(replaced);
    let steps = 0;
    for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
      const known = this.#told.get(id) ?? noDelta;
      // It may stand there twice.
      if (!this.#told.delete(id) && asked.has(id)) continue;
      asked.add(id);
      this.#pending.delete(id);
      const returns = replaced.has(id) && !found.has(id) && handsOut(this.#program.functions.get(id));
      if (sameDelta(known, this.#delta(id)) && !returns) continue;
      for (const { caller } of this.#program.callers(id)) {
        // Who was looked at before this function was found to change is looked at again.
        if (found.has(caller.id) && !this.#done.has(caller.id)) continue;
        queue.push(caller.id);
        found.add(caller.id);
        this.#forget(caller.id);
      }
      // Calls that go in circles may have no end of it.
      if (++steps > maxRelocked) break;
    }
    this.#pending.clear();
    if (queue.length === 0) return found;
    this.#done.clear();
    this.#deltas.clear();
    this.#told.clear();
    return undefined;
  }

  /**
   * What a function did to locks its callers may do through it. Where it comes to call one of them, both would hold each other
   * up: those that did anything are forgotten, too. Answers all of them.
   */
  #forgetAll(replaced: Iterable<string>): string[] {
    const forgotten = new Set(replaced);
    for (const id of forgotten) {
      const did = (this.#deltas.get(id) ?? this.#told.get(id) ?? noDelta) !== noDelta;
      this.#forget(id);
      if (!did) continue;
      for (const { caller } of this.#program.callers(id))
        if ((this.#deltas.get(caller.id) ?? noDelta) !== noDelta) forgotten.add(caller.id);
    }
    return [...forgotten];
  }

  /** All are worked out again when they are asked for; what their callers were told is remembered. */
  forget(): void {
    for (const id of this.#done) this.#forget(id);
  }

  #forget(id: string): void {
    if (this.#done.has(id) && !this.#pending.has(id)) this.#told.set(id, this.#deltas.get(id) ?? noDelta);
    this.#pending.add(id);
    this.#deltas.delete(id);
    this.#done.delete(id);
  }

  /** Sets `locks` of every effect of the function; entry locks are not included. */
  annotate(facts: FunctionFacts): void {
    this.#program.seen.note(facts.id);
    if (this.#done.has(facts.id)) return;
    this.#done.add(facts.id);
    // Whose locks hang on a function that changes, `refresh` tells.
    this.#deltas.set(
      facts.id,
      this.#program.seen.unwatched(() => this.#solve(facts)),
    );
  }

  #delta(id: string): Delta {
    const known = this.#deltas.get(id);
    if (known !== undefined) return known;
    const facts = this.#program.functions.get(id);
    if (facts === undefined || this.#running.has(id)) return noDelta;
    this.#running.add(id);
    this.annotate(facts);
    this.#running.delete(id);
    return this.#deltas.get(id) ?? noDelta;
  }

  /** Neither takes locks nor lets any go, and calls nobody who does: most functions. */
  #isWithoutLocks({ blocks }: FunctionFacts): boolean {
    for (const { effects } of blocks)
      for (const effect of effects) if (effect.op !== "defer" && this.#step(noLocks, effect) !== noLocks) return false;
    return true;
  }

  #solve(facts: FunctionFacts): Delta {
    if (!this.#isWithoutLocks(facts)) return this.#follow(facts);
    // Nearly all have none as it is.
    for (const { effects } of facts.blocks) {
      for (const effect of effects) {
        if (effect.locks.length > 0) effect.locks = noLocks.held;
        const load = effect.op === "access" && effect.kind === "load" ? effect.load : undefined;
        if (load !== undefined && load.locks.length > 0) load.locks = noLocks.held;
      }
    }
    return noDelta;
  }

  #follow(facts: FunctionFacts): Delta {
    const { blocks } = facts;
    const states: (State | undefined)[] = blocks.map(() => undefined);
    states[0] = noLocks;
    const queue = [0];
    let budget = blocks.length * 20 + 100;
    for (let index = queue.shift(); index !== undefined && budget-- > 0; index = queue.shift()) {
      const block = blocks[index];
      let state = states[index];
      if (block === undefined || state === undefined) continue;
      for (const effect of block.effects) state = this.#step(state, effect);
      for (const next of block.next) {
        const known = states[next];
        const joined: State = known === undefined ? state : join(known, state);
        if (known !== undefined && same(known, joined)) continue;
        states[next] = joined;
        if (!queue.includes(next)) queue.push(next);
      }
    }
    const exits = this.#exits(facts, states);
    let exit: State | undefined = exits;
    for (const [index, block] of blocks.entries()) {
      let state: State | undefined = states[index];
      if (state === undefined || (index === exitBlock && exits !== undefined)) continue;
      for (const effect of block.effects) {
        effect.locks = state.held;
        if (effect.op === "access" && effect.load !== undefined && effect.kind === "load")
          effect.load.locks = state.held;
        state = this.#step(state, effect);
      }
      // Deferred calls may branch, so the exit is every block behind block 1 without a successor.
      if (block.next.length === 0 && (index === 1 || states[1] !== undefined))
        exit = exit === undefined ? state : join(exit, state);
    }
    if (exit === undefined) return noDelta;
    const acquired = exit.held.filter(
      (held) => held.place.root.kind === "global" || held.place.root.param >= 0 || held.place.root.frame !== facts.id,
    );
    return acquired.length === 0 && exit.released.length === 0 ? noDelta : { acquired, released: exit.released };
  }

  /**
   * The end of the function, for each way that leads there by itself: a return before a defer statement does not run
   * its call. Undefined where the deferred calls branch.
   */
  #exits({ blocks }: FunctionFacts, states: readonly (State | undefined)[]): State | undefined {
    const last = blocks[exitBlock];
    if (last === undefined || last.next.length > 0) return undefined;
    const exits: { readonly state: State; readonly success: boolean }[] = [];
    const seen = new Set<Effect>();
    for (const [index, block] of blocks.entries()) {
      let state = states[index];
      if (state === undefined || !block.next.includes(exitBlock)) continue;
      for (const effect of block.effects) state = this.#step(state, effect);
      for (const effect of last.effects) {
        if (effect.deferredBy !== undefined && !state.armed.includes(effect.deferredBy)) continue;
        effect.locks = seen.has(effect) ? common(effect.locks, state.held) : state.held;
        seen.add(effect);
        state = this.#step(state, effect);
      }
      exits.push({ state, success: block.effects[block.effects.length - 1]?.op === "return" });
    }
    return joinExits(exits);
  }

  #step(state: State, effect: Effect): State {
    if (effect.op === "defer")
      return state.armed.includes(effect.id)
        ? state
        : { held: state.held, released: state.released, armed: [...state.armed, effect.id] };
    if (
      (effect.op === "lock" || effect.op === "unlock") &&
      effect.kind === "semaphore" &&
      !this.#program.isSemaphore(effect.place)
    )
      return state;
    if (effect.op === "lock") {
      const { place, mode, kind, unless } = effect;
      return lock(state, { place, mode, kind, unless });
    }
    if (effect.op === "unlock") {
      // A deferred unlock of a lock that is not held was not reached: it belongs to a branch that took the lock.
      if (effect.deferred && !state.held.some((held) => held.place === effect.place)) return state;
      return unlock(state, effect.place, effect.mode);
    }
    return effect.op === "call" ? this.#call(state, effect) : state;
  }

  #call(state: State, effect: Call): State {
    if (effect.returned !== undefined) return this.#returned(state, effect.returned);
    const stored = effect.targets.length === 0 && effect.field !== undefined ? this.#program.stored(effect.field) : [];
    const target = effect.targets.length === 1 ? effect.targets[0] : stored.length === 1 ? stored[0] : undefined;
    if (target === undefined) return state;
    const delta = this.#delta(target.id);
    if (delta === noDelta) return state;
    const args = target.bound === undefined ? effect.args : [target.bound, ...effect.args];
    let next = state;
    for (const place of delta.released) {
      const own = translate(place, target.id, args);
      if (own !== undefined) next = unlock(next, own, undefined);
    }
    for (const held of delta.acquired) {
      const own = translate(held.place, target.id, args);
      const { mode, kind, unless } = held;
      const asked = typeof unless === "object" ? effect.flags[unless.param.param] !== unless.value : true;
      if (own === undefined || !asked) continue;
      next = lock(next, { place: own, mode, kind, unless: unless === "field" ? unless : undefined });
    }
    return this.#ownMutex(next, delta, target.id, effect);
  }

  /** A type of the module's own whose Lock sends on a channel: its values are the locks. */
  #ownMutex(state: State, delta: Delta, id: string, effect: Call): State {
    const receiver = effect.args[0];
    const method = lockMethods.get(id.slice(id.lastIndexOf(".") + 1));
    if (receiver?.length !== 1 || receiver[0] === undefined || method === undefined || !id.includes(").")) return state;
    const { place } = receiver[0];
    if (method.op === "unlock") return unlock(state, place, method.mode);
    if (method.op !== "lock" || !delta.acquired.some((held) => held.kind === "semaphore")) return state;
    return lock(state, { place, mode: method.mode, kind: "mutex", unless: undefined });
  }

  /** `unlock := s.lock(); ...; unlock()`: what the returned function lets go. */
  #returned(state: State, result: Place): State {
    const { source } = result.root;
    const maker = source?.targets.length === 1 ? source.targets[0] : undefined;
    const facts = maker === undefined ? undefined : this.#program.functions.get(maker.id);
    const made = facts?.returns[source?.index ?? 0]?.targets ?? [];
    const target = made.length === 1 ? made[0] : undefined;
    if (source === undefined || maker === undefined || facts === undefined || target === undefined) return state;
    const args = maker.bound === undefined ? source.args : [maker.bound, ...source.args];
    let next = state;
    for (const place of this.#releasedBy(target)) {
      const own = translate(place, facts.id, args);
      if (own !== undefined) next = unlock(next, own, undefined);
    }
    return next;
  }

  #releasedBy(target: Target): readonly Place[] {
    if (/^sync\.\((RW)?Mutex\)\.R?Unlock$/.test(target.id)) return (target.bound ?? []).map((ref) => ref.place);
    return this.#delta(target.id).released;
  }
}

function sameDelta(a: Delta, b: Delta): boolean {
  if (a === b) return true;
  const held = (delta: Delta) =>
    delta.acquired.map(({ place, mode, kind, unless }) => [
      nameOf(place),
      mode,
      kind,
      typeof unless === "object" ? `${unless.param.id} ${unless.value}` : unless,
    ]);
  const named = (delta: Delta) => String([...held(delta).map(String).sort(), "", ...delta.released.map(nameOf).sort()]);
  return named(a) === named(b);
}

/** The same for equal places of two versions of a function. */
function nameOf(place: Place): string {
  return `${place.root.id} ${place
    .steps()
    .map((step) => (step.kind === "field" ? step.key : `[${step.index}]`))
    .join(" ")}`;
}

/** Does it return a function? Whoever calls that may let locks go. */
export function handsOut(facts: FunctionFacts | undefined): boolean {
  return facts?.returns.some(({ targets }) => targets.length > 0) === true;
}

/** A place of the callee's frame in the caller's; undefined where the caller cannot name it. */
export function translate(
  place: Place,
  callee: string,
  args: readonly (readonly { place: Place }[])[] | undefined,
): Place | undefined {
  const { root } = place;
  if (root.kind === "global" || root.frame !== callee) return place;
  if (root.param < 0 || args === undefined) return undefined;
  const arg = args[root.param];
  const only = arg?.[0];
  if (only === undefined || arg === undefined || arg.length > 1) return undefined;
  return place.onto(only.place);
}

/** The lock lies in a parameter that is a copy: nobody else holds the same one. */
export function isCopied(place: Place): boolean {
  return place.root.byValue && place.steps().every((step) => step.kind === "field" && step.inline);
}

function holding({ released, armed }: State, held: readonly Held[]): State {
  return { held, released, armed };
}

function lock(state: State, held: Held): State {
  const others = state.held.filter((one) => one.place !== held.place || one.mode !== held.mode);
  return holding(state, [...others, held]);
}

function unlock(state: State, place: Place, mode: Lock["mode"] | undefined): State {
  const held = state.held.filter((one) => one.place !== place || (mode !== undefined && one.mode !== mode));
  if (held.length < state.held.length) return holding(state, held);
  const { released, armed } = state;
  return released.includes(place) ? state : { held: state.held, released: [...released, place], armed };
}

function join(a: State, b: State): State {
  if (a.released.length + b.released.length + a.armed.length + b.armed.length === 0)
    return { held: common(a.held, b.held), released: none, armed: none };
  // A lock of the caller that one way lets go and takes again, and the other leaves alone, is the caller's as before.
  const kept = [...retaken(a, b), ...retaken(b, a)];
  const released = [...a.released, ...b.released.filter((place) => !a.released.includes(place))].filter(
    (place) => !kept.includes(place),
  );
  const armed = [...a.armed, ...b.armed.filter((id) => !a.armed.includes(id))];
  return { held: common(a.held, b.held), released, armed };
}

function retaken(a: State, b: State): readonly Place[] {
  return a.released.filter(
    (place) =>
      !b.released.includes(place) &&
      a.held.some((held) => held.place === place) &&
      !b.held.some((held) => held.place === place),
  );
}

/** Locks held on both ways. */
function common(a: readonly Held[], b: readonly Held[]): readonly Held[] {
  if (a.length === 0 || b.length === 0) return none;
  const both: Held[] = [];
  for (const one of a) {
    const other = b.find((two) => two.place === one.place && two.mode === one.mode);
    if (other !== undefined) both.push(one.unless === undefined ? other : one);
  }
  return both;
}

/** Locks held at the end. Of `lockAlive() error`, those held where it says nil: else the caller does not go on. */
function joinExits(exits: readonly { readonly state: State; readonly success: boolean }[]): State | undefined {
  const [first, ...rest] = exits.map(({ state }) => state);
  if (first === undefined) return undefined;
  const all = rest.reduce(join, first);
  const good = exits.filter(({ success }) => success).map(({ state }) => state);
  if (good.length === 0 || good.length === exits.length) return all;
  return holding(all, good.map(({ held }) => held).reduce(common));
}

function same(a: State, b: State): boolean {
  return (
    a.held.length === b.held.length &&
    a.released.length === b.released.length &&
    a.armed.length === b.armed.length &&
    a.held.every((one) => b.held.some((other) => other.place === one.place && other.unless === one.unless))
  );
}
