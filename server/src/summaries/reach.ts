import { none } from "../base/lists.ts";
import type { Access, FunctionFacts, Spawn } from "./effects.ts";
import { type Hop, type PathLock, placedAt, plainHop, Reach, startedFrom, under } from "./hops.ts";
import { follow } from "./links.ts";
import { isCopied, type Locksets, translate } from "./locks.ts";
import { alwaysStops, type Order, type Round, reaches, type Signal } from "./order.ts";
import { contentOf, type Held, objectKey, type Place, type Ref, type Root, type Step, sameStep } from "./place.ts";
import type { Program } from "./program.ts";
import type { Site } from "./site.ts";

const maxDepth = 9;
const maxReaches = 40;
const maxSites = 24;

/** Finds all ways from goroutine starts and entries to an access, with the locks held on each. */
export class Reaching {
  readonly #program: Program;
  readonly #locksets: Locksets;
  readonly #order: Order;

  constructor(program: Program, locksets: Locksets, order: Order) {
    this.#program = program;
    this.#locksets = locksets;
    this.#order = order;
  }

  /** `place` is the access's own place, call results looked through. */
  of(facts: FunctionFacts, access: Access, place: Place): Reach[] {
    this.#locksets.annotate(facts);
    const found: Reach[] = [];
    const locks = pathLocks(access.locks, place, facts, undefined);
    const first = plainHop({ facts, effect: access, place, locks, several: false, handed: false });
    this.#climb([first], false, access, found);
    return found;
  }

  #climb(hops: readonly Hop[], assumed: boolean, access: Access, found: Reach[]): void {
    if (found.length >= maxReaches) return;
    const hop = hops[hops.length - 1];
    if (hop === undefined) return;
    const { place, facts } = hop;
    if (place === undefined) return void found.push(new Reach(access, hops, "lost", assumed));
    const { root } = place;
    if (root.kind === "local" && root.frame === facts.id && root.param < 0)
      return void found.push(new Reach(access, hops, "instance", assumed));
    const sites = this.#program.callers(facts.id);
    const usable = sites.filter((site) => !isOnTheWay(hops, site.caller));
    if (usable.length === 0) {
      const last = under(
        hop,
        hop.locks.filter((lock) => !hangsOnCaller(lock, facts)),
      );
      // Who runs the function that starts the goroutine does not matter to what the goroutine does.
      const loose = hop.spawn === undefined && sites.length === 0 && this.#program.isLoose(facts.id);
      const way = [...hops.slice(0, -1), last];
      return void found.push(new Reach(access, way, loose ? "loose" : "entry", assumed));
    }
    // Tests say nothing of who else calls a package's interface.
    if (facts.exported && !facts.test && usable.every(isTest)) found.push(new Reach(access, hops, "entry", assumed));
    if (hops.length >= maxDepth || usable.length > maxSites)
      return void found.push(new Reach(access, hops, "lost", assumed));
    const again = this.#startedAgain(hop, sites);
    const before = found.length;
    const below = again === hop ? hops : [...hops.slice(0, -1), again];
    // Calls that are sure come first: the ways are limited in number.
    for (const guessed of [false, true]) {
      for (const site of usable) {
        if (site.assumed !== guessed || declines(hop, site)) continue;
        if (found.length >= maxReaches) break;
        this.#locksets.annotate(site.caller);
        const unsure = assumed || site.assumed || isOfThisCall(again, site);
        for (const ref of this.#placesAt(again, site))
          this.#climb([...below, this.#hop(again, site, ref)], unsure, access, found);
      }
    }
    // Calls that lead nowhere say nothing of what others do who call it.
    if (facts.exported && !facts.test && facts.parent === undefined && found.slice(before).every(isLost))
      found.push(new Reach(access, hops, "entry", assumed));
  }

  /** A function that starts itself for the same map runs beside itself. */
  #startedAgain(hop: Hop, sites: readonly Site[]): Hop {
    const { facts, place } = hop;
    if (hop.several || place === undefined) return hop;
    for (const site of sites) {
      const { effect } = site;
      const started = effect.op === "spawn" ? effect : site.via?.spawned;
      if (started === undefined || outermost(site.caller) !== outermost(facts)) continue;
      const same = this.#placesAt(hop, site).some((ref) => ref?.place === place);
      if (!same || (site.caller !== facts && !this.#within(site.caller, facts))) continue;
      const own = site.caller === facts ? this.#order.signals(started, facts, hop.effect) : [];
      const signals = hop.spawn === undefined ? own : hop.signals;
      const spawn = hop.spawn ?? started;
      const live = hop.live || !this.#endsWithin({ facts: site.caller, effect, spawn, signals });
      return startedFrom(hop, { spawn, spawner: hop.spawner ?? site.caller, live, signals });
    }
    return hop;
  }

  /** Is `inner` a literal inside `outer`? */
  #within(inner: FunctionFacts, outer: FunctionFacts): boolean {
    for (let at: FunctionFacts | undefined = inner; at !== undefined; ) {
      if (at === outer) return true;
      at = at.parent === undefined ? undefined : this.#program.functions.get(at.parent);
    }
    return false;
  }

  /** The map in the caller's frame; one undefined where the caller cannot name it. */
  #placesAt(hop: Hop, site: Site): readonly (Ref | undefined)[] {
    const place = hop.place;
    if (place === undefined) return [undefined];
    const { root } = place;
    if (root.kind === "global" || root.frame !== hop.facts.id)
      return [{ place: follow(place, site.caller), load: undefined }];
    const args = site.args?.[root.param];
    if (args === undefined || args.length === 0) return [undefined];
    const there = (arg: Ref) =>
      this.#program.normalise({ place: follow(place.onto(arg.place), site.caller), load: arg.load });
    return args.length === 1 && args[0] !== undefined ? there(args[0]) : args.slice(0, 3).flatMap(there);
  }

  #hop(hop: Hop, site: Site, ref: Ref | undefined): Hop {
    const { via, caller, effect } = site;
    const started = effect.op === "spawn" ? effect : via?.spawned;
    const place = ref?.place;
    if (started === undefined && hop.spawn === undefined) {
      const locks = this.#locksAt(hop, site, place, pathLocks(effect.locks, place, caller, undefined));
      return plainHop({ facts: caller, effect, place, locks, several: hop.several, handed: hop.handed });
    }
    const spawn = hop.spawn ?? started;
    const spawner = hop.spawn !== undefined ? hop.spawner : started === undefined ? undefined : caller;
    const waitedFor = started !== undefined && via?.spawned === started && via !== undefined && this.#waitsInside(via);
    const several = waitedFor && via?.spawner !== undefined && startsMany(started, via.spawner);
    const live = (started !== undefined && !waitedFor) || (hop.live && !this.#endsWithin(hop));
    const signals = this.#signals(hop, site, started);
    const own = this.#locksAround({ facts: caller, effect, place, spawn, live, signals }, hop);
    return {
      facts: caller,
      effect,
      place,
      locks: this.#locksAt(hop, site, place, own),
      spawn,
      spawner,
      live,
      several: hop.several || several,
      handed: hop.handed || (started !== undefined && isArgument(hop)),
      signals,
      gates: this.#gates(hop, site),
      rounds: this.#rounds(hop, site),
    };
  }

  #locksAt(hop: Hop, site: Site, place: Place | undefined, own: readonly PathLock[]): readonly PathLock[] {
    const { via } = site;
    const carried: PathLock[] = [];
    for (const lock of hop.locks)
      if (!leftOut(lock, hop.facts, site)) carried.push(this.#carry(lock, hop.facts.id, site, place));
    // What a helper holds while it calls what starts a goroutine is let go before that ends, for all that is known.
    const around =
      via === undefined || (hop.spawn !== undefined && hop.live) ? none : this.#viaLocks(hop, via, site, place);
    return carried.length + around.length === 0 ? own : [...carried, ...around, ...own];
  }

  /**
   * Of the locks at the start of a goroutine, or at a call that leads there: it begins without them. Those that are held
   * until it has been waited for keep others away nevertheless, and those that it lets go itself are its own; that a
   * sync.Once has run stays so, and what runs in one runs before all that others do behind it.
   */
  #locksAround(
    hop: Omit<Hop, "locks" | "spawner" | "several" | "handed" | "gates" | "rounds">,
    below: Hop,
  ): readonly PathLock[] {
    const { facts, effect, place, live } = hop;
    if (effect.locks.length === 0) return none;
    const taken: readonly Held[] =
      effect.op === "spawn" ? effect.locks.filter((held) => letsGo(below, effect, held)) : none;
    const ran = effect.locks.filter(hasRun);
    const others = effect.locks.filter((held) => !hasRun(held) && !taken.includes(held));
    const held = live ? others.filter((one) => one.kind === "once" || this.#isHeldUntilEnd(hop, one)) : others;
    return [
      ...pathLocks([...ran, ...taken], place, facts, undefined),
      ...pathLocks(live ? held.map(begun) : held, place, facts, facts),
    ];
  }

  #isHeldUntilEnd({ facts, effect, spawn, signals }: Pick<Hop, "facts" | "effect" | "spawn" | "signals">, held: Held) {
    const many = spawn?.many === true || reaches(facts, effect, effect, () => false);
    return alwaysStops(
      facts,
      effect,
      (one) =>
        one.locks.some(({ place, mode }) => place === held.place && mode === held.mode) &&
        this.#order.joins(facts, one, signals, many),
    );
  }

  /** The function waits for the goroutine on every way to its end. */
  #endsWithin({ facts, effect, spawn, signals }: Pick<Hop, "facts" | "effect" | "spawn" | "signals">): boolean {
    if (spawn?.how === "parallel-test" || spawn?.how === "parallel-body") return true;
    const many = spawn?.many === true || reaches(facts, effect, effect, () => false);
    return alwaysStops(facts, effect, (one) => this.#order.joins(facts, one, signals, many));
  }

  /** The helper that starts what it is given waits for it before it returns. */
  #waitsInside({ spawned, spawner, work }: NonNullable<Site["via"]>): boolean {
    const literal = this.#program.functions.get(spawned?.targets[0]?.id ?? "");
    if (spawned === undefined || spawner === undefined || literal === undefined) return false;
    const signals = this.#order.signals(spawned, literal, work);
    return alwaysStops(spawner, spawned, (one) =>
      this.#order.joins(spawner, one, signals, startsMany(spawned, spawner)),
    );
  }

  #carry(lock: PathLock, callee: string, { args, caller }: Site, place: Place | undefined): PathLock {
    const named = lock.place === undefined ? undefined : translate(lock.place, callee, args);
    const own = named === undefined ? undefined : follow(named, caller);
    const relative = lock.relative ?? (own !== undefined && place !== undefined ? relativeLock(own, place) : undefined);
    const { held, copied, key, foreign, waiter } = lock;
    return { held, place: own, relative, copied, key, foreign, waiter };
  }

  /** Locks a helper like `withLock(func)` holds around the function it is given. */
  #viaLocks(hop: Hop, via: NonNullable<Site["via"]>, { effect }: Site, place: Place | undefined): PathLock[] {
    const target = effect.targets[0];
    if (target === undefined) return [];
    const args = target.bound === undefined ? effect.args : [target.bound, ...effect.args];
    const locks: PathLock[] = [];
    for (let level: typeof via | undefined = via; level !== undefined; level = level.inner) {
      this.#locksets.annotate(level.function);
      for (const held of level.effect.locks) {
        // A lock of the helper's own keeps apart what one call of it runs.
        const own = translate(held.place, target.id, args) ?? held.place;
        for (const lock of pathLocks([held], place, undefined, hop.spawn === undefined ? undefined : level.function))
          locks.push(placedAt(lock, own, place === undefined ? undefined : relativeLock(own, place)));
      }
    }
    return locks;
  }

  #rounds(hop: Hop, site: Site): readonly Round[] {
    if (hop.spawn === undefined)
      return site.effect.op === "spawn" ? this.#order.rounds(site.effect, hop.facts, hop.effect) : [];
    return hop.rounds.flatMap(({ gate, answer }) => {
      const [one, two] = [gate, answer].map((place) => translate(place, hop.facts.id, site.args));
      return one === undefined || two === undefined ? [] : [{ gate: one, answer: two }];
    });
  }

  #gates(hop: Hop, site: Site): readonly Place[] {
    if (hop.spawn === undefined)
      return site.effect.op === "spawn" ? this.#order.gates(site.effect, hop.facts, hop.effect) : [];
    return hop.gates.flatMap((gate) => translate(gate, hop.facts.id, site.args) ?? []);
  }

  #signals(hop: Hop, site: Site, started: Spawn | undefined): readonly Signal[] {
    if (hop.spawn === undefined) {
      if (started === undefined) return [];
      if (site.effect.op === "spawn") return this.#order.signals(site.effect, hop.facts, hop.effect);
      return this.#helperSignals(hop, site, started);
    }
    const signals: Signal[] = [];
    for (const signal of hop.signals) {
      const place = translate(signal.place, hop.facts.id, site.args) ?? handedBack(signal.place, hop.facts, site);
      if (place !== undefined) signals.push({ op: signal.op, place });
    }
    return signals;
  }

  /** A helper that starts what it is given signals through its own receiver or arguments. */
  #helperSignals(hop: Hop, site: Site, started: Spawn): readonly Signal[] {
    const target = site.effect.targets[0];
    const helper = target === undefined ? undefined : this.#program.functions.get(target.id);
    const literal = this.#program.functions.get(started.targets[0]?.id ?? "");
    const signals =
      literal === undefined
        ? []
        : this.#order.signals(started, literal, literal === hop.facts ? hop.effect : (site.via?.effect ?? hop.effect));
    for (const place of started.group) signals.push({ op: "group", place });
    if (helper === undefined || target === undefined) return signals;
    const args = target.bound === undefined ? site.effect.args : [target.bound, ...site.effect.args];
    const owner = helper.receiver === undefined ? undefined : args[0]?.[0]?.place;
    const own = signals.flatMap((signal): Signal[] => {
      const place = translate(signal.place, helper.id, args);
      return place === undefined ? [] : [{ op: signal.op, place }];
    });
    return owner === undefined ? own : [...own, { op: "owner", place: owner }];
  }
}

function isOnTheWay(hops: readonly Hop[], facts: FunctionFacts): boolean {
  for (const one of hops) if (one.facts === facts) return true;
  return false;
}

function isTest({ caller }: Site): boolean {
  return caller.test;
}

function isLost({ end, hops }: Reach): boolean {
  return end === "lost" && hops[hops.length - 1]?.locks.length === 0;
}

function hasRun({ kind, mode }: Held): boolean {
  return kind === "once" && mode === "shared";
}

/** The goroutine lets go of a lock it did not take, behind what it does here: `mu.Lock(); go func() { ...; mu.Unlock() }()`. */
function letsGo({ facts, effect }: Hop, { args }: Spawn, { place, mode }: Held): boolean {
  return facts.blocks.some((block) =>
    block.effects.some(
      (one) =>
        one.op === "unlock" &&
        one.mode === mode &&
        !one.locks.some((own) => own.place === one.place) &&
        translate(one.place, facts.id, args) === place &&
        reaches(facts, effect, one, () => false),
    ),
  );
}

/** To what is started in it, a sync.Once is as good as run. */
function begun(held: Held): Held {
  return held.kind === "once" ? { ...held, mode: "shared" } : held;
}

/** The id of the declared function that a literal is in, of a declared function its own. */
export function outermost(facts: FunctionFacts): string {
  return facts.id.replace(/(\.func\d+)+$/, "");
}

/** The lock is taken if the caller asks for it, and nobody is seen to call. */
function hangsOnCaller({ held: { unless } }: PathLock, facts: FunctionFacts): boolean {
  return typeof unless === "object" && unless.param.frame === facts.id && facts.exported;
}

/** A group or channel of the callee's own that it returns, as the caller knows it that waits for it: `<-start()`. */
function handedBack(place: Place, callee: FunctionFacts, { caller, effect: call }: Site): Place | undefined {
  if (!callee.returns.some(({ refs }) => refs.some((ref) => ref.place === place))) return undefined;
  const isIt = (one: Place) => {
    const { source } = one.root;
    if (source?.start !== call.start || one.depth > 0 || !source.targets.some(({ id }) => id === callee.id))
      return false;
    return callee.returns[source.index]?.refs.some((ref) => ref.place === place) === true;
  };
  for (const { effects } of caller.blocks)
    for (const effect of effects) {
      if (effect.op === "wait" || effect.op === "receive" || effect.op === "drain") {
        if (isIt(effect.place)) return effect.place;
      } else if (effect.op === "call") {
        const given = effect.args.flat().find((ref) => isIt(ref.place));
        if (given !== undefined) return given.place;
      }
    }
  return undefined;
}

/** `write := prepare(names); write(w)`: what the literal sees was made by a call here, perhaps for this run of the function. */
function isOfThisCall({ place }: Hop, { effect: { returned } }: Site): boolean {
  return returned?.root.source?.targets.some(({ id }) => id === place?.root.frame) === true;
}

/** The call asks for the lock not to be taken. */
function leftOut({ held: { unless } }: PathLock, facts: FunctionFacts, { effect, args }: Site): boolean {
  if (typeof unless !== "object" || unless.param.frame !== facts.id || args === undefined) return false;
  return effect.flags[unless.param.param] === unless.value;
}

/** The call asks for what the access needs not to be done. */
function declines({ effect: { when }, facts }: Hop, { effect, args }: Site): boolean {
  if (when === undefined || when.param.frame !== facts.id || args === undefined) return false;
  return effect.flags[when.param.param] === !when.value;
}

function startsMany(spawned: Spawn, spawner: FunctionFacts): boolean {
  return spawned.many || reaches(spawner, spawned, spawned, () => false);
}

/** The map is what the function was given, not what something it was given leads to. */
export function isArgument({ place, facts }: Hop): boolean {
  return place !== undefined && place.depth === 0 && place.root.param >= 0 && place.root.frame === facts.id;
}

function pathLocks(
  held: readonly Held[],
  place: Place | undefined,
  facts: FunctionFacts | undefined,
  waiter: FunctionFacts | undefined,
): readonly PathLock[] {
  if (held.length === 0) return none;
  return held.map((one) => {
    const relative = place === undefined ? undefined : relativeLock(one.place, place);
    // Of a lock that is an element, the field that holds them all.
    const field = one.place.steps().findLast((step) => step.kind === "field");
    return {
      held: one,
      place: one.place,
      relative,
      copied: isCopied(one.place),
      key: field?.kind === "field" ? field.key : one.place.root.kind === "global" ? one.place.root.id : "",
      // Of one root, but not on the way to the map: seen to be a different lock.
      foreign:
        place !== undefined &&
        relative === undefined &&
        one.place.root === place.root &&
        one.place.depth > 0 &&
        !takesOwn(facts, place),
      waiter,
    };
  });
}

/**
 * The function takes the map's own lock too, somewhere: of `locks[i]` and `locks[j]`, held for `series[j]`, one is left
 * out where `i == j`.
 */
function takesOwn(facts: FunctionFacts | undefined, object: Place): boolean {
  if (facts === undefined) return false;
  return facts.blocks.some((block) =>
    block.effects.some((effect) => effect.op === "lock" && relativeLock(effect.place, object) !== undefined),
  );
}

/**
 * The lock as seen from the map: which lock of a value that holds the map, `.T.mu`. Undefined where the two have no
 * value in common, or where a link to another value of the lock's own type lies between them: `n.mu` is not the lock
 * of `n.next.m`.
 */
export function relativeLock(lock: Place, object: Place): string | undefined {
  if (lock.root !== object.root || lock.depth === 0) return undefined;
  const down = lock.steps();
  const up = object.steps();
  let common = 0;
  while (common < down.length && common < up.length && sameStep(down[common], up[common])) common++;
  const above = up.slice(common);
  const owner = down[common]?.kind === "field" ? ownerOf(down[common]) : "";
  if (above.slice(0, -1).some((step) => step.kind === "field" && step.link && ownerOf(step) === owner))
    return undefined;
  let text = "";
  for (const step of down.slice(common)) {
    if (step.kind === "field") {
      text += `.${step.key}`;
      continue;
    }
    // One lock of many: the same one only where the map is chosen by the same index.
    const matched = step.index !== "" && above.some((other) => other.kind === "elem" && other.index === step.index);
    if (!matched) return undefined;
    text += "[=]";
  }
  return text;
}

/** Key of the struct type that declares a field. */
function ownerOf(step: Step | undefined): string {
  return step?.kind === "field" ? step.key.slice(0, step.key.lastIndexOf(".")) : "";
}

/** The key by which the map of a way is known: the first one that some frame on the way can name. */
export function keyOfReach(reach: Reach, isFresh: (root: Root) => boolean): string | undefined {
  for (const hop of reach.hops) {
    const key = hop.place === undefined ? undefined : objectKey(hop.place, isFresh);
    if (key !== undefined) return key;
  }
  // What a channel that a function was given carries has no other name than that parameter.
  const top = reach.hops[reach.hops.length - 1]?.place;
  for (let at = top; at !== undefined; at = at.parent)
    if (contentOf(at.step) !== undefined) return `${top?.root.id ?? ""}<-`;
  return undefined;
}

/** A lock by its root, undefined where it is one of many that cannot be told apart. */
export function absoluteLock(lock: PathLock, object: Place | undefined): string | undefined {
  const { place } = lock;
  if (place === undefined || lock.copied) return undefined;
  let text = place.root.id;
  for (const step of place.steps()) {
    if (step.kind === "field") {
      text += `.${step.key}`;
      continue;
    }
    const literal = /^["\d]/.test(step.index);
    const matched =
      step.index !== "" &&
      (object?.steps().some((other) => other.kind === "elem" && other.index === step.index) ?? false);
    if (!literal && !matched && contentOf(step) === undefined) return undefined;
    text += `[${literal ? step.index : "="}]`;
  }
  return text;
}

/** Nobody in the scan is seen to call the function that the way begins with. */
export function isOpen({ end }: Reach): boolean {
  return end === "entry" || end === "loose";
}
