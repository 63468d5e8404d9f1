import { type Access, type Effect, type FunctionFacts, type Publish, placeOf } from "../summaries/effects.ts";
import type { Reach } from "../summaries/hops.ts";
import { reaches } from "../summaries/order.ts";
import type { Place, Root, Target } from "../summaries/place.ts";
import type { Program } from "../summaries/program.ts";
import { keyOfReach, type Reaching } from "../summaries/reach.ts";
import type { Seen } from "../summaries/seen.ts";
import type { Use } from "./conflict.ts";
import { byPosition, handedBy, hasConditional, isInit, lockIds, ownLockIds, type Way } from "./ways.ts";

/** Above this many ways to one map, the rest says nothing new. */
const maxWays = 320;
/** Maps whose ways are remembered: more than who types comes by in a while. */
const maxKnown = 64;

interface Found {
  readonly place: Place;
  readonly ways: readonly Way[];
  readonly seen: ReadonlySet<string>;
}

/** Ways that were found before, of the maps that were looked at last. */
export class KnownWays {
  readonly #maps = new Map<string, Map<Access, Found[]>>();
  /** Only who looks at a map again and again is helped by remembering. */
  remembering = false;

  ways(seen: Seen, key: string, use: Use, find: () => readonly Way[]): readonly Way[] {
    if (!this.remembering) return find();
    const map = this.#maps.get(key) ?? this.#begin(key);
    const known = map.get(use.access)?.find(({ place }) => place === use.place);
    if (known !== undefined) {
      seen.noteAll(known.seen);
      return known.ways.map((way) => (way.use === use ? way : { ...way, use }));
    }
    const [ways, looked] = seen.during(find);
    const found = { place: use.place, ways, seen: looked };
    map.set(use.access, [...(map.get(use.access) ?? []), found]);
    return ways;
  }

  #begin(key: string): Map<Access, Found[]> {
    const map = new Map<Access, Found[]>();
    this.#maps.set(key, map);
    for (const [oldest] of this.#maps) {
      if (this.#maps.size <= maxKnown) break;
      this.#maps.delete(oldest);
    }
    return map;
  }

  /** Drops what hangs on what has changed. */
  forget(changed: ReadonlySet<string>): void {
    for (const map of this.#maps.values())
      for (const [access, found] of map)
        if (found.some(({ seen }) => [...changed].some((one) => seen.has(one)))) map.delete(access);
  }

  clear(): void {
    this.#maps.clear();
  }
}

/** Finds the ways to the uses of a map, those left out on which nobody else has the map. */
export class Ways {
  readonly #program: Program;
  readonly #reaching: Reaching;
  readonly #known: KnownWays;

  constructor(program: Program, reaching: Reaching, known: KnownWays) {
    this.#program = program;
    this.#reaching = reaching;
    this.#known = known;
  }

  readonly #isFresh = (root: Root) => this.#program.isFresh(root);

  /** Ways to every use, those that differ in what matters first: no use goes without because another has many. */
  to(key: string, uses: readonly Use[]): Way[] {
    const perUse: (readonly Way[])[] = [];
    for (const use of uses) {
      if (isInit(use.facts)) continue;
      const found = this.#known.ways(this.#program.seen, key, use, () => this.#waysTo(key, use));
      // With one way to each of so many there is no room for more.
      if (found.length > 0 && perUse.push(found) === maxWays) break;
    }
    const ways: Way[] = [];
    for (let round = 0; ways.length < maxWays; round++) {
      const next = perUse.flatMap((list) => list[round] ?? []);
      if (next.length === 0) break;
      ways.push(...next.slice(0, Math.max(0, maxWays - ways.length)));
    }
    return ways.sort((a, b) => byPosition(a.use, b.use));
  }

  #waysTo(key: string, use: Use): Way[] {
    const found = new Map<string, Way[]>();
    for (const reach of this.#reaching.of(use.facts, use.access, use.place)) {
      const ownership = keyOfReach(reach, this.#isFresh) === key ? this.#ownership(reach) : "owned";
      if (ownership === "owned") continue;
      const top = reach.hops[reach.hops.length - 1];
      if (top === undefined || (top.spawn === undefined && isInit(top.facts))) continue;
      const locks = lockIds(reach, false);
      const way: Way = {
        use,
        reach,
        locks,
        own: ownLockIds(reach, locks),
        conditional: hasConditional(reach) ? lockIds(reach, true) : locks,
        handed: handedBy(reach),
        uncertain: ownership === "stored",
      };
      let alike = `${top.spawn?.label} ${reach.end} ${reach.assumed}`;
      for (const [id, mode] of locks) alike += ` ${id} ${mode}`;
      const group = found.get(alike);
      if (group === undefined) found.set(alike, [way]);
      else group.push(way);
    }
    const groups = [...found.values()];
    return [...groups.map(([first]) => first), ...groups.flatMap((group) => group.slice(1))].filter(
      (way) => way !== undefined,
    );
  }

  /**
   * `owned`: the map belongs to a value that this function made and nobody else has yet. `stored`: it went into
   * something whose owner is not known.
   */
  #ownership(reach: Reach): "owned" | "stored" | "shared" {
    const top = reach.hops[reach.hops.length - 1];
    const root = top?.place?.root;
    if (top === undefined || root === undefined || reach.end !== "instance") return "shared";
    if (!this.#isFresh(root)) return root.origin === "unknown" && top.spawn === undefined ? "owned" : "shared";
    if (top.spawn !== undefined) return "shared";
    const { facts } = top;
    let stored = false;
    for (const block of facts.blocks) {
      for (const effect of block.effects) {
        const how = this.#shares(facts, effect, root, top.effect);
        if (how === undefined || !reaches(facts, effect, top.effect, () => false)) continue;
        if (how === "shared") return "shared";
        stored = true;
      }
    }
    return stored ? "stored" : "owned";
  }

  /** Does the effect give others the value? */
  #shares(facts: FunctionFacts, effect: Effect, root: Root, before: Effect): "shared" | "stored" | undefined {
    if (effect.op === "publish" && effect.root === root && this.#reachesOthers(effect, facts, before)) {
      return effect.into.some((place) => place.root.kind === "global") ? "shared" : "stored";
    }
    if (effect.op !== "spawn" && effect.op !== "call") return undefined;
    const passed = effect.args.some((refs) => refs.some((ref) => ref.place.root === root));
    if (effect.op === "spawn") return passed || this.#captures(effect.targets, root.id) ? "shared" : undefined;
    // A helper that starts what it is given, or something with the value it is given.
    const handed = effect.functions.some((targets) => this.#captures(targets, root.id));
    return (passed || handed) && effect.targets.some((target) => this.#program.starts(target.id))
      ? "shared"
      : undefined;
  }

  /** Stored in something that is not itself still this function's own. */
  #reachesOthers(publish: Publish, facts: FunctionFacts, before: Effect): boolean {
    return publish.into.some((place) => {
      const holder = place.root;
      if (holder === publish.root) return false;
      if (holder.kind === "global" || holder.frame !== facts.id || !this.#isFresh(holder)) return true;
      return facts.blocks.some((block) =>
        block.effects.some(
          (effect) =>
            effect.op === "publish" &&
            effect.root === holder &&
            !effect.into.some((one) => one.root === publish.root) &&
            reaches(facts, effect, before, () => false),
        ),
      );
    });
  }

  /** Do the functions, or literals that run in them, see the variable? */
  #captures(targets: readonly Target[], root: string, depth = 0): boolean {
    for (const target of targets) {
      if (target.bound?.some((ref) => ref.place.root.id === root) === true) return true;
      const facts = this.#program.functions.get(target.id);
      if (facts?.parent === undefined || depth > 4) continue;
      for (const block of facts.blocks) {
        for (const effect of block.effects) {
          if (placeOf(effect)?.root.id === root) return true;
          if (effect.op !== "call" && effect.op !== "spawn") continue;
          if (effect.args.some((refs) => refs.some((ref) => ref.place.root.id === root))) return true;
          if (this.#captures([...effect.targets, ...effect.functions.flat()], root, depth + 1)) return true;
        }
      }
    }
    return false;
  }
}
