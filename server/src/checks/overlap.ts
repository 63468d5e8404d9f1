import type { Effect, FunctionFacts, Spawn } from "../summaries/effects.ts";
import type { Hop, Reach } from "../summaries/hops.ts";
import { alwaysStops, type Order, reaches } from "../summaries/order.ts";
import { contentOf, type Place } from "../summaries/place.ts";
import { isOpen } from "../summaries/reach.ts";

/** Why two ways to a map may run at the same time. */
export interface Overlap {
  readonly how: "spawn" | "self" | "parallel-test" | "shared-with-api";
  /** The function that sees both. */
  readonly frame: FunctionFacts | undefined;
  /** A wait exists, but behind the access. */
  readonly lateJoin: boolean;
  readonly certain: boolean;
}

/** Decides whether two ways to accesses of one map may run at the same time. */
export class Overlaps {
  readonly #order: Order;
  readonly #leaking = new WeakMap<Reach, boolean>();

  constructor(order: Order) {
    this.#order = order;
  }

  /** Both lie in a goroutine of which one runs at a time. */
  inTurn(a: Reach, b: Reach): boolean {
    const start = a.hops.find(({ spawn }) => spawn?.how === "latched");
    if (start === undefined || !runsAlone(a, start)) return false;
    return b.hops.some(({ effect, spawn }) => effect === start.spawn && spawn === start.spawn);
  }

  between(a: Reach, b: Reach): Overlap | undefined {
    if (a.quiet && b.quiet) return undefined;
    const serial = a.hops[a.hops.length - 1]?.spawn?.serial;
    if (serial !== undefined && serial === b.hops[b.hops.length - 1]?.spawn?.serial) return undefined;
    let common = false;
    let guarded = false;
    // Asked of every pair of ways: iterators would be a twentieth of all that a scan makes.
    for (let i = 0; i < a.hops.length; i++) {
      const hopA = a.hops[i];
      if (hopA === undefined || !b.frames.has(hopA.facts)) continue;
      for (let j = 0; j < b.hops.length; j++) {
        const hopB = b.hops[j];
        if (hopA.facts !== hopB?.facts) continue;
        common = true;
        if (!sameMap(hopA.place, hopB.place)) continue;
        if (shareLock(hopA, hopB)) {
          // What one start runs several times at once takes this lock there: functions above know no more of it.
          guarded ||= hopA.effect === hopB.effect;
          continue;
        }
        const found = this.#inFrame(hopA, hopB, guarded);
        if (found !== undefined) return samePath(hopA.place, hopB.place) ? found : { ...found, certain: false };
      }
    }
    if (a === b) return undefined;
    return this.#apart(a, b, common);
  }

  /** Both ways pass through one function: its control flow decides. */
  #inFrame(a: Hop, b: Hop, guarded: boolean): Overlap | undefined {
    const { facts } = a;
    if (!a.live && !b.live && !(a.several && a.effect === b.effect)) return undefined;
    const place = a.place;
    if (a.effect === b.effect && a.spawn === b.spawn) return this.#withItself(a, guarded);
    const parallelTests = a.spawn?.how === "parallel-test" || b.spawn?.how === "parallel-test";
    if (parallelTests) {
      const both = a.spawn?.how === "parallel-test" && b.spawn?.how === "parallel-test";
      return both ? { how: "parallel-test", frame: facts, lateJoin: false, certain: true } : undefined;
    }
    if (!b.live && this.#order.beforeGate(facts, b.effect, a.gates)) return undefined;
    if (!a.live && this.#order.beforeGate(facts, a.effect, b.gates)) return undefined;
    if (!b.live && this.#order.takesTurns(facts, b.effect, a.rounds)) return undefined;
    if (!a.live && this.#order.takesTurns(facts, a.effect, b.rounds)) return undefined;
    const forward = this.#startsBefore(a, b, place);
    const backward = this.#startsBefore(b, a, place);
    if (!forward && !backward) return undefined;
    const started = forward ? a : b;
    const other = forward ? b : a;
    const late = !other.live && this.#joinedAfter(facts, started, other.effect);
    // One start reached by two calls of its function: most services are started once.
    const twice = a.spawn !== undefined && a.spawn === b.spawn && a.spawner !== facts;
    return { how: "spawn", frame: facts, lateJoin: late, certain: !twice };
  }

  /** Does `a`'s goroutine start, unjoined, before `b`'s effect? */
  #startsBefore(a: Hop, b: Hop, place: Place | undefined): boolean {
    if (!a.live || a.spawn === undefined || a.effect === b.effect) return false;
    if (a.spawn.how === "parallel-body") return false;
    if (ownRound(a.facts, place, a.effect, b.effect)) {
      // Both in one round of a loop that makes the map: only the order within the round counts.
      return !behindTheRound(a.facts, place, a.effect, b.effect) && this.#free(a, b.effect, a.effect);
    }
    return this.#free(a, b.effect, undefined);
  }

  #free(a: Hop, to: Effect, barrier: Effect | undefined): boolean {
    const many = a.spawn?.many === true || repeats(a.facts, a.effect);
    return reaches(
      a.facts,
      a.effect,
      to,
      (effect) => effect === barrier || replaces(a, effect) || this.#order.joins(a.facts, effect, a.signals, many),
    );
  }

  #withItself(a: Hop, guarded: boolean): Overlap | undefined {
    const { spawn, facts, place } = a;
    if (spawn === undefined || !(a.live || a.several)) return undefined;
    if (
      place
        ?.steps()
        .some(
          (step) =>
            step.kind === "elem" && step.index !== "" && contentOf(step) === undefined && !/^["\d]/.test(step.index),
        )
    ) {
      return undefined;
    }
    if ((spawn.many || a.several) && !guarded) return { how: "self", frame: facts, lateJoin: false, certain: true };
    if (!repeats(facts, a.effect) || ownRound(facts, place, a.effect, a.effect)) return undefined;
    const apart = (effect: Effect) => replaces(a, effect) || this.#order.joins(facts, effect, a.signals, false);
    if (!reaches(facts, a.effect, a.effect, apart)) return undefined;
    return {
      how: spawn.how === "parallel-test" ? "parallel-test" : "self",
      frame: facts,
      lateJoin: false,
      certain: true,
    };
  }

  #joinedAfter(facts: FunctionFacts, started: Hop, from: Effect): boolean {
    for (const block of facts.blocks) {
      for (const effect of block.effects) {
        if (!this.#order.joins(facts, effect, started.signals, false)) continue;
        if (reaches(facts, from, effect, () => false)) return true;
      }
    }
    return false;
  }

  /** The goroutine outlives every function on the way to its start. */
  #leaks(reach: Reach): boolean {
    let known = this.#leaking.get(reach);
    if (known === undefined) {
      known = this.#findLeak(reach);
      this.#leaking.set(reach, known);
    }
    return known;
  }

  #findLeak(reach: Reach): boolean {
    const top = reach.hops[reach.hops.length - 1];
    if (top === undefined || !top.live || top.spawn?.how === "parallel-test") return false;
    return !alwaysStops(top.facts, top.effect, (effect) => this.#order.joins(top.facts, effect, top.signals, false));
  }

  /** What a call leaves behind, a timer, finds the next call of the same function at work. */
  #calledAgain(a: Reach, b: Reach): Overlap | undefined {
    const topA = a.hops[a.hops.length - 1];
    const topB = b.hops[b.hops.length - 1];
    if (topA === undefined || topB === undefined || (topA.spawn === undefined) === (topB.spawn === undefined))
      return undefined;
    const [late, plain] = topA.spawn === undefined ? [b, topA] : [a, topB];
    const top = late.hops[late.hops.length - 1];
    if (top?.spawn?.how !== "timer" || !callableFromOutside(plain.facts) || !this.#leaks(late)) return undefined;
    // One that is told what to do it for is called more than once.
    if (plain.facts.params.length < 2 || !isOpen(a) || !isOpen(b)) return undefined;
    return { how: "shared-with-api", frame: undefined, lateJoin: false, certain: true };
  }

  /** No function sees both: the map is shared through its type or a package variable. */
  #apart(a: Reach, b: Reach, common: boolean): Overlap | undefined {
    const topA = a.hops[a.hops.length - 1];
    const topB = b.hops[b.hops.length - 1];
    if (topA === undefined || topB === undefined) return undefined;
    const { facts: first } = topA;
    const { facts: second } = topB;
    if (!maySame(a, topA, b, topB)) return undefined;
    if (first !== second && first.parallelTest && second.parallelTest && topA.place?.root.kind === "global") {
      return { how: "parallel-test", frame: undefined, lateJoin: false, certain: true };
    }
    if (common) return first === second ? this.#calledAgain(a, b) : undefined;
    if (first.test || second.test) return undefined;
    const leakA = this.#leaks(a);
    const leakB = this.#leaks(b);
    if (!leakA && !leakB) return undefined;
    if (leakA && leakB)
      return {
        how: "spawn",
        frame: undefined,
        lateJoin: false,
        certain: topA.place?.root.kind === "global" || sameReceiver(topA, topB),
      };
    const plain = leakA ? topB : topA;
    if (plain.spawn !== undefined || !callableFromOutside(plain.facts)) return undefined;
    // A map found by another way, `p.Out.Header` beside `req.Header`, is often another value's.
    const same = samePath(topA.place, topB.place) || sameReceiver(topA, topB);
    const certain = same && !builds(plain.facts) && !isGiven(leakA ? topA : topB);
    return { how: "shared-with-api", frame: undefined, lateJoin: false, certain };
  }
}

/** What anyone may call is called once for a value, by custom, where it is named like this; other starts are for each request. */
const service = /^(Run|Start|Serve|Listen|Loop|Watch|Open|Init|New)($|[^\p{Ll}])/u;

/** Both ways lie in one goroutine: the same statement starts it on both, and runs once as far as is seen. */
export function inOneGoroutine(a: Reach, b: Reach): boolean {
  const top = a.hops[a.hops.length - 1];
  if (top === undefined || (callableFromOutside(top.facts) && !service.test(top.facts.name))) return false;
  const [above, others] = [a, b].map(({ hops }) => hops.filter(({ spawn }) => spawn !== undefined));
  if (above === undefined || others === undefined || above.length === 0 || above.length !== others.length) return false;
  return above.every((hop, index) => {
    const { spawn, effect, facts } = hop;
    if (effect !== others[index]?.effect || spawn !== others[index]?.spawn || hop.several) return false;
    const once = (spawn?.how === "go" || spawn?.how === "latched" || spawn?.how === "group") && !spawn.many;
    return once && !repeats(facts, effect);
  });
}

/** May be called by code outside the scan, at any time. */
export function callableFromOutside(facts: FunctionFacts): boolean {
  return facts.exported && facts.parent === undefined && facts.name !== "main" && facts.name !== "init" && !facts.test;
}

/** Both hold a lock that this function knows, a variable of its own perhaps. */
function shareLock(a: Hop, b: Hop): boolean {
  for (const one of a.locks) {
    const { place, held } = one;
    if (place === undefined || one.copied || held.unless === "field" || one.waiter === a.facts) continue;
    for (const other of b.locks) {
      if (other.waiter === b.facts) continue;
      const excludes = held.mode === "exclusive" || other.held.mode === "exclusive";
      if (other.place === place && excludes && leadsByFields(place)) return true;
    }
  }
  return false;
}

/** A flag of the value that holds the map lets one of its goroutines run at a time. */
function runsAlone({ hops }: Reach, { spawn }: Hop): boolean {
  if (spawn?.how !== "latched") return false;
  return hops.some(({ effect, place }) => effect === spawn && place?.root.param === 0 && place.depth > 0);
}

function leadsByFields(place: Place): boolean {
  for (let at: Place | undefined = place; at?.step !== undefined; at = at.parent)
    if (at.step.kind !== "field") return false;
  return true;
}

function sameMap(a: Place | undefined, b: Place | undefined): boolean {
  return a !== undefined && b !== undefined && a.root === b.root;
}

/** The same steps, element indexes aside. */
function samePath(a: Place | undefined, b: Place | undefined): boolean {
  if (a === b) return true;
  const one = a?.steps() ?? [];
  const two = b?.steps() ?? [];
  return (
    one.length === two.length &&
    one.every((step, i) => step.kind === "elem" || (two[i]?.kind === "field" && two[i].key === step.key))
  );
}

function sameReceiver(a: Hop, b: Hop): boolean {
  return a.facts.receiver !== undefined && a.facts.receiver === b.facts.receiver;
}

/** A method was given the value for the goroutine's work, as a request to `RoundTrip`: its caller lets go of it. */
function isGiven({ facts, place }: Hop): boolean {
  return facts.receiver !== undefined && place?.root.frame === facts.id && place.root.param > 0;
}

/** A method that returns its receiver, to be called on while the value is set up. */
function builds(facts: FunctionFacts): boolean {
  const self = facts.receiver === undefined ? undefined : facts.params[0];
  return facts.returns.some((result) => result.refs.some(({ place }) => place.depth === 0 && place.root === self));
}

/** A variable of a function around it: every call of that one has its own. */
function isCaptured({ place, facts }: Hop): boolean {
  return place?.root.kind === "local" && place.root.frame !== facts.id;
}

/** Two tops may mean the same map: the same variable, or parameters of the same type. */
function maySame(a: Reach, topA: Hop, b: Reach, topB: Hop): boolean {
  const one = topA.place?.root;
  const two = topB.place?.root;
  if (one === undefined || two === undefined) return false;
  if (one.kind === "global" || two.kind === "global") return one === two;
  if (one !== two && (isCaptured(topA) || isCaptured(topB))) return false;
  if (isOpen(a) && isOpen(b)) return true;
  const local = a.end === "instance" ? topA : topB;
  const other = a.end === "instance" ? b : a;
  return isOpen(other) && escapes(local);
}

/** The local value is returned or stored where others find it. */
function escapes(hop: Hop): boolean {
  const root = hop.place?.root;
  if (root === undefined) return false;
  if (returned(hop)) return true;
  for (const { effects } of hop.facts.blocks)
    for (const effect of effects) if (effect.op === "publish" && effect.root === root) return true;
  return false;
}

/** The function returns the value the map belongs to. */
export function returned(hop: Hop): boolean {
  const root = hop.place?.root;
  return hop.facts.returns.some((result) => result.refs.some((ref) => ref.place.root === root));
}

/** The variable gets another map: the goroutine that was given the old one keeps it for itself. */
function replaces(a: Hop, effect: Effect): boolean {
  return a.handed && effect.op === "access" && effect.kind === "swap" && effect.place === a.place;
}

/** Lies the effect on a cycle of the control flow? */
function repeats(facts: FunctionFacts, effect: Effect): boolean {
  return reaches(facts, effect, effect, () => false);
}

/** The map is made anew in each round of the innermost loop around both effects. */
function ownRound(facts: FunctionFacts, place: Place | undefined, a: Effect, b: Effect): boolean {
  const declared = declaredAt(facts, place);
  if (declared === undefined) return false;
  for (let i = 0; i < facts.loops.length; i += 2) {
    const start = facts.loops[i] ?? 0;
    const end = facts.loops[i + 1] ?? 0;
    const inside = (offset: number) => offset >= start && offset < end;
    if (inside(declared) && inside(a.start) && inside(b.start)) return true;
  }
  return false;
}

/** Where the map's variable is declared, or the one that chooses it among the elements of another: `lists[i]`. */
function declaredAt(facts: FunctionFacts, place: Place | undefined): number | undefined {
  if (place === undefined) return undefined;
  if (place.root.frame === facts.id && place.root.param < 0 && place.depth === 0) return place.root.declared;
  for (const step of place.steps()) {
    const own = step.kind === "elem" && step.index.startsWith(`${facts.id}/`) && /@\d+$/.test(step.index);
    if (own) return facts.offsets.get(step.index.slice(facts.id.length + 1));
  }
  return place.root.frame === facts.id && place.root.param < 0 ? place.root.declared : undefined;
}

/** Of one round, `to` stands before `from`, and no loop within the round leads back to it. */
function behindTheRound(facts: FunctionFacts, place: Place | undefined, from: Effect, to: Effect): boolean {
  if (to.start >= from.start) return false;
  const declared = declaredAt(facts, place) ?? 0;
  for (let i = 0; i < facts.loops.length; i += 2) {
    const [start, end] = [facts.loops[i] ?? 0, facts.loops[i + 1] ?? 0];
    const inside = (offset: number) => offset >= start && offset < end;
    if (!inside(declared) && inside(from.start) && inside(to.start)) return false;
  }
  return true;
}

/** Started by the library for each request or event. */
export function isHandler(spawn: Spawn | undefined): boolean {
  return spawn?.how === "handler";
}
