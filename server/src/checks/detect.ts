import { none } from "../base/lists.ts";
import { finish } from "../base/steps.ts";
import { type Access, type FunctionFacts, writes } from "../summaries/effects.ts";
import type { Hop, Reach } from "../summaries/hops.ts";
import type { Order } from "../summaries/order.ts";
import { objectKey, type Root } from "../summaries/place.ts";
import type { Program } from "../summaries/program.ts";
import { keyOfReach, type Reaching } from "../summaries/reach.ts";
import { Lookers } from "../summaries/seen.ts";
import { type Conflict, type InferredGuard, locked, type Use } from "./conflict.ts";
import { KnownWays, Ways } from "./finder.ts";
import type { Guarding } from "./maps.ts";
import { callableFromOutside, inOneGoroutine, type Overlap, Overlaps, returned } from "./overlap.ts";
import {
  allLocks,
  alone,
  byPosition,
  callerHolds,
  Exclusion,
  excluded,
  fetchedBefore,
  handled,
  inferGuard,
  isDoubtful,
  isRegistration,
  isRepeated,
  mayAlias,
  orderPair,
  passesOwner,
  sameLockKind,
  select,
  takenApart,
  topPlace,
  type Way,
} from "./ways.ts";

const maxFunctions = 4000;
/** Functions without accesses between two steps. */
const lookedAtOnce = 500;
/** A change that reaches more functions than this concerns every map. */
const maxAffected = 3000;

/** A use and the maps it may be made to. */
interface KeyedUse {
  readonly use: Use;
  readonly keys: readonly string[];
}

/** Kept from one revision to the next; entries that a change concerns are dropped. */
export class UseCache {
  readonly #uses = new WeakMap<Access, readonly KeyedUse[]>();
  /** Which functions' uses, and which maps' conflicts, hang on what. */
  readonly functions = new Lookers();
  readonly maps = new Lookers();
  readonly ways = new KnownWays();
  /** Functions that were ever seen to use a map; some may not any more. */
  readonly #users = new Map<string, Set<string>>();

  get(access: Access): readonly KeyedUse[] | undefined {
    return this.#uses.get(access);
  }

  set(access: Access, uses: readonly KeyedUse[]): void {
    this.#uses.set(access, uses);
    for (const { use, keys } of uses) {
      for (const key of keys) {
        const users = this.#users.get(key);
        if (users === undefined) this.#users.set(key, new Set([use.facts.id]));
        else users.add(use.facts.id);
      }
    }
  }

  delete(access: Access): void {
    this.#uses.delete(access);
  }

  /** Ids of the functions that may use one of the maps. */
  users(keys: Iterable<string>): Set<string> {
    const ids = new Set<string>();
    for (const key of keys) for (const id of this.#users.get(key) ?? []) ids.add(id);
    return ids;
  }
}

/** Keys of the maps a function was last seen to use. */
export function keysOf(facts: FunctionFacts, cache: UseCache): Set<string> {
  const keys = new Set<string>();
  for (const block of facts.blocks) {
    for (const effect of block.effects) {
      if (effect.op !== "access") continue;
      for (const { keys: known } of cache.get(effect) ?? []) for (const key of known) keys.add(key);
    }
  }
  return keys;
}

/** Finds, object by object, pairs of accesses that nothing keeps apart. */
export class Detector {
  readonly #declared: ReadonlyMap<string, string>;
  readonly #program: Program;
  readonly #reaching: Reaching;
  readonly #overlaps: Overlaps;
  readonly #ways: Ways;
  readonly #cache: UseCache;

  constructor(
    program: Program,
    reaching: Reaching,
    order: Order,
    cache: UseCache,
    /** The name of the lock that a comment declares, by map. */
    declared: ReadonlyMap<string, string>,
  ) {
    this.#declared = declared;
    this.#program = program;
    this.#cache = cache;
    this.#reaching = reaching;
    this.#overlaps = new Overlaps(order);
    this.#ways = new Ways(program, reaching, cache.ways);
  }

  /** Keys of the maps whose findings may change with what is named as `Seen` names it. */
  affected(changed: ReadonlySet<string>): Set<string> {
    this.#cache.ways.forget(changed);
    const concerned = new Set([...changed, ...this.#cache.functions.concerned(changed)]);
    return new Set([...this.#cache.maps.concerned(changed), ...this.#usedAnew(concerned)]);
  }

  /**
   * As `affected`, where it is not known what has changed beside these functions: their callees' and their callers' maps.
   * Undefined where those are too many.
   */
  affectedAround(changed: Iterable<string>): Set<string> | undefined {
    this.#cache.ways.clear();
    const reached = new Set<string>(changed);
    const queue = [...reached];
    for (const id of queue.slice()) for (const site of this.#program.callers(id)) queue.push(site.caller.id);
    for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
      if (reached.size >= maxAffected) return undefined;
      reached.add(id);
      const facts = this.#program.functions.get(id);
      if (facts === undefined) continue;
      for (const callee of this.#program.callees(facts)) if (!reached.has(callee)) queue.push(callee);
    }
    return this.#usedAnew(reached);
  }

  /** Maps that functions used so far, and those that they use now. */
  #usedAnew(ids: Iterable<string>): Set<string> {
    const functions = [...ids].map((id) => this.#program.functions.get(id)).filter((facts) => facts !== undefined);
    const keys = new Set<string>();
    for (const facts of functions) {
      for (const key of keysOf(facts, this.#cache)) keys.add(key);
      for (const block of facts.blocks)
        for (const effect of block.effects) if (effect.op === "access") this.#cache.delete(effect);
    }
    for (const key of this.uses(functions).keys()) keys.add(key);
    return keys;
  }

  /** Accesses of these maps, looked for where they were seen before. */
  usesOf(keys: ReadonlySet<string>): Map<string, Use[]> {
    const users = [...this.#cache.users(keys)].map((id) => this.#program.functions.get(id));
    return this.uses(
      users.filter((facts) => facts !== undefined),
      keys,
    );
  }

  readonly #isFresh = (root: Root) => this.#program.isFresh(root);

  /** Accesses by the map they are made to; with `only`, of those maps. */
  uses(functions: Iterable<FunctionFacts>, only?: ReadonlySet<string>): Map<string, Use[]> {
    return finish(this.gathering(functions, only));
  }

  /** As `uses`, an access in each step. */
  *gathering(functions: Iterable<FunctionFacts>, only?: ReadonlySet<string>): Generator<void, Map<string, Use[]>> {
    const groups = new Map<string, Use[]>();
    let looked = 0;
    for (const facts of functions) {
      if (++looked % lookedAtOnce === 0) yield;
      for (const access of accessesOf(facts)) {
        yield;
        for (const { use, keys } of this.#known(facts, access)) {
          for (const key of keys) {
            if (only?.has(key) === false) continue;
            const group = groups.get(key);
            if (group === undefined) groups.set(key, [use]);
            else group.push(use);
          }
        }
      }
    }
    for (const group of groups.values()) group.sort(byPosition);
    return groups;
  }

  #known(facts: FunctionFacts, access: Access): readonly KeyedUse[] {
    const known = this.#cache.get(access);
    if (known !== undefined) return known;
    const [uses, seen] = this.#program.seen.during(() =>
      this.#program.normalise({ place: access.place, load: access.load }).map((ref): KeyedUse => {
        const use: Use = { facts, access, place: ref.place, load: ref.load };
        return { use, keys: this.#keys(use) };
      }),
    );
    this.#cache.set(access, uses);
    this.#cache.functions.add(facts.id, seen);
    return uses;
  }

  #keys(use: Use): readonly string[] {
    const key = objectKey(use.place, this.#isFresh);
    if (key !== undefined) return [key];
    // A map that came as a parameter is known by its callers' names for it.
    const keys = new Set<string>();
    for (const reach of this.#reaching.of(use.facts, use.access, use.place)) {
      const found = keyOfReach(reach, this.#isFresh);
      if (found !== undefined) keys.add(found);
    }
    return [...keys];
  }

  /** Conflicts of one map: at most one per function that should change. */
  conflicts(key: string, uses: readonly Use[]): Conflict[] {
    const { seen } = this.#program;
    const [found, looked] = seen.during(() => {
      seen.noteAll(uses.map(({ facts }) => facts.id));
      return this.#conflicts(key, uses);
    });
    this.#cache.maps.add(key, looked);
    return found;
  }

  #conflicts(key: string, uses: readonly Use[]): Conflict[] {
    if (!uses.some((use) => writes(use.access.kind)) || uses.length > maxFunctions) return [];
    const ways = this.#ways.to(key, uses);
    // Maps that are only ever replaced whole are copied on write, unless they are one function's own variable.
    const replaced = !ways.some((way) => writes(way.use.access.kind) && way.use.access.kind !== "swap");
    if (
      replaced &&
      !ways.every((way) => topPlace(way.reach)?.root.kind === "local" && topPlace(way.reach)?.depth === 0)
    )
      return [];
    const guard = inferGuard(ways, this.#declared.get(key));
    const found: Conflict[] = [];
    const writing = ways.map((way) => writes(way.use.access.kind));
    const exclusion = new Exclusion(ways);
    // There are many pairs, and most are two reads, or hold one lock: nothing is made for those.
    for (let i = 0; i < ways.length; i++) {
      for (let j = i; j < ways.length; j++) {
        if ((writing[i] !== true && writing[j] !== true) || exclusion.between(i, j)) continue;
        const [a, b] = [ways[i], ways[j]];
        if (a === undefined || b === undefined) continue;
        const conflict = this.#pair(key, a, b, guard, uses);
        if (conflict !== undefined) found.push(conflict);
      }
    }
    return select(found);
  }

  /** Who guards a map that has these uses. */
  guarding(key: string, uses: readonly Use[]): Guarding {
    const ways = this.#ways.to(key, uses);
    const guard = inferGuard(ways, this.#declared.get(key));
    const reached = new Set(ways.map((way) => way.use));
    const held = new Set(guard === undefined ? [] : reached);
    for (const way of ways) if (guard !== undefined && !way.locks.has(guard.id)) held.delete(way.use);
    return { guard, uses, held, reached };
  }

  #pair(key: string, a: Way, b: Way, guard: InferredGuard | undefined, uses: readonly Use[]): Conflict | undefined {
    if (fetchedBefore(a, b) || fetchedBefore(b, a) || takenApart(a, b)) return undefined;
    if (this.#overlaps.inTurn(a.reach, b.reach)) return undefined;
    const overlap = this.#overlaps.between(a.reach, b.reach);
    // Those who wait with a lock let nothing else run beside the goroutine but what the waiting function starts itself.
    if (overlap?.frame !== undefined) return this.#conflict(key, [alone(a), alone(b)], guard, uses, overlap, undefined);
    if (excluded(a.locks, b.locks)) return undefined;
    // Locks that are taken where a field says so: whoever needs them sets it.
    if (overlap === undefined && excluded(a.conditional, b.conditional)) return undefined;
    const lockEvidence = overlap === undefined ? this.#evidence(a, b, guard) : undefined;
    if (overlap === undefined && lockEvidence === undefined) return undefined;
    return this.#conflict(key, [a, b], guard, uses, overlap, lockEvidence);
  }

  #conflict(
    key: string,
    [a, b]: readonly [Way, Way],
    guard: InferredGuard | undefined,
    uses: readonly Use[],
    overlap: Overlap | undefined,
    lockEvidence: string | undefined,
  ): Conflict {
    const [primary, other] = orderPair(a, b, guard);
    const certain = this.#certain(a, b, guard, overlap, lockEvidence);
    const { load } = primary.use;
    return {
      key,
      primary: primary.reach,
      primaryUse: primary.use,
      other: other.reach,
      otherUse: other.use,
      overlap,
      guard: guard !== undefined && (a.locks.has(guard.id) || b.locks.has(guard.id)) ? guard : undefined,
      sharedOnly: guard !== undefined && primary.locks.get(guard.id) === "shared" && writes(primary.use.access.kind),
      copied: allLocks(primary.reach).some((lock) => lock.copied),
      escaped: load !== undefined && load.locks.length > 0 && !primary.locks.has(guard?.id ?? ""),
      certain,
      evidence: overlap === undefined ? (lockEvidence ?? "") : "goroutines",
      more: uses,
    };
  }

  #certain(
    a: Way,
    b: Way,
    guard: InferredGuard | undefined,
    overlap: Overlap | undefined,
    lockEvidence: string | undefined,
  ): boolean {
    if ([a, b].some((way) => isDoubtful(way, lockEvidence === "lock" ? guard : undefined))) return false;
    if (callerHolds(a.reach, guard) || callerHolds(b.reach, guard) || a.uncertain || b.uncertain) return false;
    if (sameLockKind(a.reach, b.reach) || mayAlias(a.reach, b.reach)) return false;
    // A fresh map put in place by something like Start or Reset is most likely there before the others run.
    const replaced = [a, b].filter((way) => way.use.access.kind === "swap");
    if (replaced.some((way) => !isRepeated(way.reach)) && overlap?.frame === undefined) return false;
    if ([a, b].some(isRegistration)) return false;
    // A test that sends its requests one after the other orders its handler's accesses by them.
    if ((a.use.facts.test && handled(a.reach)) || (b.use.facts.test && handled(b.reach))) return false;
    return overlap === undefined ? lockEvidence === "lock" || lockEvidence === "published" : overlap.certain;
  }

  #evidence(a: Way, b: Way, guard: InferredGuard | undefined): "lock" | "published" | "weak" | undefined {
    const lock = this.#lockEvidence(a, b, guard);
    return lock === "lock" ? lock : (this.#published(a, b) ?? lock);
  }

  /** What holds the map is the evidence: an atomic that is loaded without a lock, a pool that gives it to the next. */
  #published(a: Way, b: Way): "published" | "weak" | undefined {
    const held = a.handed;
    if (held === undefined || a.use.facts.test || b.use.facts.test) return undefined;
    if (held === "put") return a === b ? "published" : undefined;
    if (held !== "atomic" && held !== "syncmap") return undefined;
    const open = [a, b].every(({ reach }) => {
      const top = reach.hops[reach.hops.length - 1];
      return top !== undefined && reach.end !== "lost" && (top.spawn !== undefined || callableFromOutside(top.facts));
    });
    return !open ? undefined : held === "atomic" ? "published" : "weak";
  }

  /** The lock is the evidence: somebody who locks this map elsewhere expects company. */
  #lockEvidence(a: Way, b: Way, guard: InferredGuard | undefined): "lock" | "weak" | undefined {
    if (guard === undefined) return undefined;
    const heldA = a.locks.get(guard.id);
    const heldB = b.locks.get(guard.id);
    if (heldA === undefined && heldB === undefined) return undefined;
    const both = heldA !== undefined && heldB !== undefined;
    if (both && heldA === "exclusive" && heldB === "exclusive") return undefined;
    const deviating = heldA === undefined ? a : heldB === undefined ? b : writes(a.use.access.kind) ? a : b;
    const top = deviating.reach.hops[deviating.reach.hops.length - 1];
    const against = (deviating === a ? b : a).reach;
    if (top === undefined || deviating.reach.end === "lost") return undefined;
    if (!this.#mayShare(a.reach, b.reach)) return undefined;
    if (deviating.use.facts.test || top.facts.test) return undefined;
    // Who alone writes in one goroutine may read there without the lock that others take to read.
    if (inOneGoroutine(a.reach, b.reach)) return undefined;
    // The lock of a value that may hold this one: here it may lie elsewhere, or be nobody else's.
    if (!passesOwner(deviating.reach, guard)) return "weak";
    // A value of this function that is not its own any more: others got it before.
    const shared = deviating.reach.end === "instance" && top.place !== undefined && this.#isFresh(top.place.root);
    if (deviating.reach.end === "instance" && !shared && top.spawn === undefined) return undefined;
    const entry =
      shared ||
      callableFromOutside(top.facts) ||
      top.spawn !== undefined ||
      this.#handedOut(top) ||
      // A method handed on as a value is run by somebody else; a literal often by who made it.
      (deviating.reach.end === "loose" && top.facts.parent === undefined);
    // A constructor that has handed its value to helpers still knows who uses it.
    if (shared && returned(top)) return "weak";
    if (!entry) return top.facts.parent === undefined ? undefined : "weak";
    // Another lock held there may be right as well, but not where the map was fetched under its own, let go since.
    const fetched = (deviating.use.load?.locks.length ?? 0) > 0;
    if (!both && locked(deviating.reach) && !fetched) return "weak";
    // A value is read into, or set up, before anybody else has it.
    if (/^(Unmarshal\w*|GobDecode|Scan)$/.test(top.facts.name)) return "weak";
    if (deviating.reach.hops.some(isSetUp) || against.hops.some(isSetUp)) return "weak";
    if (top.facts.receiver === undefined && /^New($|\p{Lu})/u.test(top.facts.name)) return "weak";
    // A lock that nobody takes alone, not even to write, was taken for something else that is read there.
    if (!guard.declared && !guard.exclusive) return "weak";
    const usual = guard.functions >= 2 && guard.held * 3 >= guard.total;
    const enough = guard.declared || usual || (both && guard.held >= 2);
    // A test's own value is nobody else's.
    return enough && !ofTest(against) ? "lock" : "weak";
  }

  /** A literal that a function anyone may call returns, with the map it sees there: an iterator. */
  #handedOut({ facts, place }: Hop): boolean {
    if (place?.root.kind === "local" && place.root.frame === facts.id) return false;
    const maker = facts.parent === undefined ? undefined : this.#program.functions.get(facts.parent);
    if (maker === undefined || !callableFromOutside(maker)) return false;
    return maker.returns.some((result) => result.targets.some((target) => target.id === facts.id));
  }

  #mayShare(a: Reach, b: Reach): boolean {
    const one = a.hops[a.hops.length - 1];
    const two = b.hops[b.hops.length - 1];
    const rootA = one?.place?.root;
    const rootB = two?.place?.root;
    if (one === undefined || two === undefined || rootA === undefined || rootB === undefined) return false;
    if (rootA.kind === "global" || rootB.kind === "global") return rootA === rootB || rootA.kind !== rootB.kind;
    // Of one function's own variable the control flow has already told the order.
    if (a.end === "instance" && b.end === "instance") return false;
    return true;
  }
}

/** Accesses of maps by a function; hardly any has one. */
function accessesOf({ blocks }: FunctionFacts): readonly Access[] {
  let found: Access[] | undefined;
  for (const { effects } of blocks)
    for (const effect of effects)
      if (effect.op === "access" && effect.kind !== "load") {
        found ??= [];
        found.push(effect);
      }
  return found ?? none;
}

/** The way begins in a test, with a value that no package variable holds. */
function ofTest({ hops }: Reach): boolean {
  const top = hops[hops.length - 1];
  return top?.facts.test === true && top.place?.root.kind !== "global";
}

/** By their names these run before the value is anybody else's. */
function isSetUp({ facts: { name, receiver } }: Hop): boolean {
  return receiver !== undefined && /^(Init(ialize)?|Set[Uu]p)($|\p{Lu})/u.test(name);
}
