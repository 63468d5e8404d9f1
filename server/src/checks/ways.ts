import { type Access, type FunctionFacts, writes } from "../summaries/effects.ts";
import { type Hop, type PathLock, Reach, under } from "../summaries/hops.ts";
import { reaches } from "../summaries/order.ts";
import { type Content, contentOf, type Place } from "../summaries/place.ts";
import { absoluteLock, isArgument, outermost, relativeLock } from "../summaries/reach.ts";
import { type Conflict, type InferredGuard, locked, type Use } from "./conflict.ts";
import { isHandler } from "./overlap.ts";

/** One way to one use of a map, with the locks held on it. */
export interface Way {
  readonly use: Use;
  readonly reach: Reach;
  readonly locks: ReadonlyMap<string, "exclusive" | "shared">;
  /** Without those that a function above holds while it waits for the goroutine. */
  readonly own: ReadonlyMap<string, "exclusive" | "shared">;
  /** With those that are taken where some field says so. */
  readonly conditional: ReadonlyMap<string, "exclusive" | "shared">;
  /** What handed the map on. */
  readonly handed: Content | undefined;
  /** Its value was stored in something that may itself be nobody else's. */
  readonly uncertain: boolean;
}

export function handled(reach: Reach): boolean {
  return isHandler(reach.hops[reach.hops.length - 1]?.spawn);
}

export function before(a: Use, b: Use): boolean {
  return byPosition(a, b) <= 0;
}

/** By file and offset: results never depend on the order in which things were read. */
export function byPosition(a: Use, b: Use): number {
  const one = a.facts.anchor;
  const two = b.facts.anchor;
  if (one.path !== two.path) return one.path < two.path ? -1 : 1;
  return one.base + a.access.start - (two.base + b.access.start) || (a.access.kind < b.access.kind ? -1 : 1);
}

export function isInit(facts: FunctionFacts): boolean {
  return facts.parent === undefined && (facts.name === "init" || facts.id.includes(".init@"));
}

export function topPlace(reach: Reach): Place | undefined {
  return reach.hops[reach.hops.length - 1]?.place;
}

export function allLocks(reach: Reach): readonly PathLock[] {
  return reach.hops[reach.hops.length - 1]?.locks ?? [];
}

export function lockId(lock: PathLock, object: Place | undefined): string | undefined {
  return lock.relative ?? absoluteLock(lock, object);
}

/** Locks held at the end of the way; with `conditional` also those that hang on a field. */
export function lockIds(reach: Reach, conditional: boolean): ReadonlyMap<string, "exclusive" | "shared"> {
  const ids = new Map<string, "exclusive" | "shared">();
  const object = topPlace(reach);
  for (const lock of allLocks(reach)) {
    if (lock.copied || (!conditional && lock.held.unless === "field")) continue;
    for (const id of [lock.relative, absoluteLock(lock, object)]) {
      if (id !== undefined && ids.get(id) !== "exclusive") ids.set(id, lock.held.mode);
    }
  }
  return ids;
}

/** The way with the locks that its goroutine holds itself: no others keep it from what runs beside it meanwhile. */
export function alone(way: Way): Way {
  if (way.own === way.locks) return way;
  return { ...way, reach: withoutWaiters(way.reach), locks: way.own, conditional: way.own };
}

/** `locks`: of all on the way. */
export function ownLockIds(reach: Reach, locks: Way["locks"]): Way["locks"] {
  return allLocks(reach).some(({ waiter }) => waiter !== undefined) ? lockIds(withoutWaiters(reach), false) : locks;
}

function withoutWaiters({ access, hops, end, assumed }: Reach): Reach {
  const own = hops.map((hop, index) =>
    index === hops.length - 1
      ? under(
          hop,
          hop.locks.filter(({ waiter }) => waiter === undefined),
        )
      : hop,
  );
  return new Reach(access, own, end, assumed);
}

/** Is some lock taken only where a field says so? */
export function hasConditional(reach: Reach): boolean {
  return allLocks(reach).some(({ held }) => held.unless === "field");
}

/** A lock both hold, at least one of them alone. */
export function excluded(a: Way["locks"], b: Way["locks"]): boolean {
  for (const [id, mode] of a) {
    const other = b.get(id);
    if (other !== undefined && (mode === "exclusive" || other === "exclusive")) return true;
  }
  return false;
}

/** Which of many ways hold a lock that keeps them apart: there are many pairs of ways, and few sets of locks. */
export class Exclusion {
  readonly #sets: Way["locks"][] = [];
  /** By way, the number of its set. */
  readonly #numbers: readonly number[];
  readonly #known: (boolean | undefined)[] = [];

  constructor(ways: readonly Pick<Way, "own">[]) {
    const numbers = new Map<string, number>();
    this.#numbers = ways.map(({ own: locks }) => {
      const key = locks.size === 0 ? "" : [...locks].join("\n");
      let number = numbers.get(key);
      if (number === undefined) {
        number = this.#sets.push(locks) - 1;
        numbers.set(key, number);
      }
      return number;
    });
  }

  /** `i`, `j`: places of the ways in their list. */
  between(i: number, j: number): boolean {
    const [one, two] = [this.#numbers[i] ?? 0, this.#numbers[j] ?? 0];
    const at = one * this.#sets.length + two;
    let known = this.#known[at];
    if (known === undefined) {
      const [a, b] = [this.#sets[one], this.#sets[two]];
      known = a !== undefined && b !== undefined && excluded(a, b);
      this.#known[at] = known;
    }
    return known;
  }
}

/**
 * Both hold a lock of the same field or variable, at least one alone: most likely the same lock, even where the two
 * values cannot be followed to one. Not where it is known to be another one's.
 */
export function sameLockKind(a: Reach, b: Reach): boolean {
  return allLocks(a).some(
    (one) =>
      one.key !== "" &&
      one.held.unless !== "field" &&
      !one.foreign &&
      !one.copied &&
      allLocks(b).some(
        (other) =>
          other.key === one.key &&
          !other.foreign &&
          !other.copied &&
          (one.held.mode === "exclusive" || other.held.mode === "exclusive"),
      ),
  );
}

/** Each holds a lock and one of them is reached through a pointer, which may well point to the other. */
export function mayAlias(a: Reach, b: Reach): boolean {
  const pointer = (lock: PathLock) =>
    lock.held.place.step?.kind === "field" && !lock.held.place.step.inline && !lock.foreign;
  return locked(a) && locked(b) && [...allLocks(a), ...allLocks(b)].some(pointer);
}

/**
 * Some function on the way says that its caller holds the lock, and none was seen to. What is said of a method speaks of
 * its own value's lock: where one is held, and the map's guard is another type's, it says nothing of that. A caller that
 * takes the guard itself, and not for this call, breaks what is asked of it.
 */
export function callerHolds(reach: Reach, guard: InferredGuard | undefined): boolean {
  const step = guard?.sample.held.place.step;
  const owner = step?.kind === "field" ? step.key.slice(0, step.key.lastIndexOf(".")) : undefined;
  return reach.hops.some(({ facts }, index) => {
    if (!facts.callerLocks) return false;
    const caller = reach.hops[index + 1];
    if (caller !== undefined && guard !== undefined && !caller.facts.callerLocks && takes(caller, guard)) return false;
    const another = owner !== undefined && facts.receiver !== undefined && facts.receiver !== owner;
    return !(another && locked(reach));
  });
}

function takes({ facts, place }: Hop, guard: InferredGuard): boolean {
  return facts.blocks.some((block) =>
    block.effects.some(
      (effect) => effect.op === "lock" && place !== undefined && relativeLock(effect.place, place) === guard.id,
    ),
  );
}

/** Something is made known in a package variable: what is called Register is for init functions, by custom. */
export function isRegistration({ use, reach }: Way): boolean {
  const top = reach.hops[reach.hops.length - 1];
  if (top === undefined || top.spawn !== undefined || top.place?.root.kind !== "global") return false;
  return writes(use.access.kind) && top.facts.receiver === undefined && /^(Must)?Register/.test(top.facts.name);
}

/** What handed the map on, on this way to it. */
export function handedBy(reach: Reach): Content | undefined {
  for (const { place } of reach.hops) {
    for (let at = place; at !== undefined; at = at.parent) {
      const of = contentOf(at.step);
      if (of !== undefined) return of;
    }
  }
  return undefined;
}

/** The map is what such a container holds, or a field of that: what lies further off has an owner of its own. */
export function heldIn(reach: Reach, containers: readonly Content[]): boolean {
  return reach.hops.some(({ place }) => {
    let fields = 0;
    for (let at = place; at !== undefined; at = at.parent) {
      const of = contentOf(at.step);
      if (of !== undefined) return fields <= 1 && containers.includes(of);
      if (at.step?.kind === "field") fields++;
    }
    return false;
  });
}

/** Each received a value of its own, or took one out of a pool; or both are the sender's own accesses. */
export function takenApart(a: Way, b: Way): boolean {
  const one = a.handed;
  if (one === "received" || one === "sent" || one === "pool") return b.handed === one;
  return one === "put" && a.reach !== b.reach && b.handed === "put";
}

/** A goroutine does it again and again, and not where a sync.Once lets it be done once. */
export function isRepeated(reach: Reach): boolean {
  return (
    !allLocks(reach).some(({ held }) => held.kind === "once" && held.mode === "exclusive") &&
    reach.hops[reach.hops.length - 1]?.spawn !== undefined &&
    reach.hops.some((hop) => hop.effect.op !== "spawn" && reaches(hop.facts, hop.effect, hop.effect, () => false))
  );
}

/** Which of the two should change: the one without the guard, else the write, else the first in the file. */
export function orderPair(a: Way, b: Way, guard: InferredGuard | undefined): [Way, Way] {
  if (guard !== undefined) {
    const heldA = a.locks.get(guard.id);
    const heldB = b.locks.get(guard.id);
    if (heldA === undefined && heldB !== undefined) return [a, b];
    if (heldB === undefined && heldA !== undefined) return [b, a];
    if (heldA === "shared" && heldB !== undefined && writes(a.use.access.kind)) return [a, b];
    if (heldB === "shared" && heldA !== undefined && writes(b.use.access.kind)) return [b, a];
  }
  const writeA = writes(a.use.access.kind);
  const writeB = writes(b.use.access.kind);
  if (writeA !== writeB) return writeA ? [a, b] : [b, a];
  const first = before(a.use, b.use);
  return first ? [a, b] : [b, a];
}

/** One conflict per function that misses the guard; without a guard one for the map. The strongest evidence wins. */
export function select(found: readonly Conflict[]): Conflict[] {
  const best = new Map<string, Conflict>();
  for (const conflict of found) {
    const slot = conflict.guard === undefined ? "" : outermost(conflict.primaryUse.facts);
    const known = best.get(slot);
    if (known === undefined || weight(conflict) > weight(known)) best.set(slot, conflict);
  }
  const kept = [...best.values()];
  // With a guard named, the remark that nothing is locked says no more.
  const guarded = kept.filter((one) => one.guard !== undefined);
  return guarded.some((one) => one.certain) ? guarded : kept;
}

export function weight(conflict: Conflict): number {
  let points = conflict.certain ? 1000 : 0;
  if (conflict.overlap !== undefined) points += 100;
  if (isHandler(conflict.primary.hops[conflict.primary.hops.length - 1]?.spawn)) points += 5;
  if (writes(conflict.primaryUse.access.kind)) points += 20;
  if (writes(conflict.otherUse.access.kind)) points += 10;
  if (conflict.primaryUse !== conflict.otherUse) points += 3;
  if (conflict.sharedOnly || conflict.copied) points += 2;
  // Of equals, the shortest way explains best.
  return points - (conflict.primary.hops.length + conflict.other.hops.length) / 10;
}

/** The lock held at most uses of the map, if any is held at two functions' uses. */
export function inferGuard(ways: readonly Way[], declared: string | undefined): InferredGuard | undefined {
  const counts = new Map<string, Candidate>();
  const considered = new Set<Access>();
  for (const way of ways) {
    considered.add(way.use.access);
    for (const lock of allLocks(way.reach)) {
      if (lock.copied || lock.held.kind !== "mutex" || takenBeside(way.reach, lock)) continue;
      const id = lockId(lock, topPlace(way.reach));
      if (id === undefined) continue;
      const entry = counts.get(id) ?? {
        sample: lock,
        uses: new Set<Access>(),
        near: new Set<Access>(),
        functions: new Set<string>(),
        shared: false,
        exclusive: false,
      };
      if (lock.held.mode === "shared") entry.shared = true;
      else entry.exclusive = true;
      entry.uses.add(way.use.access);
      if (takenNear(way.reach, lock)) {
        entry.near.add(way.use.access);
        entry.functions.add(outermost(way.use.facts));
      }
      counts.set(id, entry);
    }
  }
  let best: [id: string, lock: Candidate] | undefined;
  for (const one of counts) if (best === undefined || comesBefore(one[1], best[1], declared)) best = one;
  if (best === undefined) return undefined;
  const [id, { sample, uses, functions, shared, exclusive }] = best;
  return {
    id,
    sample,
    held: uses.size,
    total: Math.max(considered.size, uses.size),
    functions: functions.size,
    shared,
    exclusive,
    declared: declared !== undefined && lockNameOf(sample) === declared,
    varying: varying(ways, id),
  };
}

/** A lock that may be the guard, with what it is held at. */
interface Candidate {
  readonly sample: PathLock;
  readonly uses: Set<Access>;
  /** Uses that it was taken close to. */
  readonly near: Set<Access>;
  readonly functions: Set<string>;
  shared: boolean;
  exclusive: boolean;
}

/** What the author says comes first, then what most accesses are close to, then what most hold. */
function comesBefore(a: Candidate, b: Candidate, declared: string | undefined): boolean {
  if (declared !== undefined) {
    const named = [a, b].map(({ sample }) => lockNameOf(sample) === declared);
    if (named[0] !== named[1]) return named[0] === true;
  }
  return a.near.size === b.near.size ? a.uses.size > b.uses.size : a.near.size > b.near.size;
}

/** Uses that some ways lead to with the lock held, and others without. */
function varying(ways: readonly Way[], lock: string): ReadonlySet<Access> {
  const held = new Set(ways.filter((way) => way.locks.has(lock)).map((way) => way.use.access));
  return new Set(ways.filter((way) => !way.locks.has(lock) && held.has(way.use.access)).map((way) => way.use.access));
}

/**
 * Who takes this way, and beside what, is not sure. `guard`: the lock is what tells of company; then it is enough that
 * every way to the use is alike in it.
 */
export function isDoubtful({ reach, use }: Way, guard: InferredGuard | undefined): boolean {
  return guard === undefined ? reach.assumed || reach.end === "loose" : reach.assumed && guard.varying.has(use.access);
}

/** The lock is taken by the function that uses the map, or one close to it: far above, it is there for something else. */
function takenNear({ hops }: Reach, lock: PathLock): boolean {
  const at = hops.findIndex((hop) => hop.locks.some((one) => one.held === lock.held));
  return at >= 0 && at <= 2;
}

/** A method that is given the map takes its own value's lock: that is there for what lies in it. */
function takenBeside({ hops }: Reach, lock: PathLock): boolean {
  const taker = hops.find((hop) => hop.locks.some((one) => one.held === lock.held));
  const { root } = lock.held.place;
  return taker?.facts.receiver !== undefined && isArgument(taker) && root.param === 0 && root !== taker.place?.root;
}

/** One replaces the variable, the other uses the map it fetched from there or was given: it no longer looks at the variable. */
export function fetchedBefore(swap: Way, other: Way): boolean {
  if (swap.use.access.kind !== "swap" || other.use.access.kind === "swap") return false;
  return other.use.load !== undefined || other.reach.hops.some(isArgument);
}

/** Does the way to the map lead through the value that holds the lock, as far as the lock lies in one? */
export function passesOwner(reach: Reach, guard: InferredGuard): boolean {
  const { relative, held } = guard.sample;
  // A lock that only some function's own variables lead to means nothing where that function is not on the way.
  if (relative === undefined) {
    const { kind, frame } = held.place.root;
    return kind === "global" || reach.hops.some(({ facts }) => facts.id === frame);
  }
  const first = held.place.steps().find((step) => step.kind === "field" && relative.startsWith(`.${step.key}`));
  if (first?.kind !== "field") return true;
  const owner = first.key.slice(0, first.key.lastIndexOf(".") + 1);
  return reach.hops.some((hop) =>
    hop.place
      ?.steps()
      .some(
        (step) => step.kind === "field" && step.key.startsWith(owner) && !step.key.slice(owner.length).includes("."),
      ),
  );
}

/** The lock's own field or variable. */
function lockNameOf({ held: { place } }: PathLock): string {
  const field = place.steps().findLast((step) => step.kind === "field");
  return field?.kind === "field" ? field.name : place.root.name;
}
