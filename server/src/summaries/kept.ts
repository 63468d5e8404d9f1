import type { Call, FunctionFacts, Spawn, Unit } from "./effects.ts";
import type { Root, Target } from "./place.ts";

/** Functions between two steps: some milliseconds. */
const lookedAtOnce = 1000;

/** Which functions are kept where: in fields, variables, and the elements of either. */
export class KeptFunctions {
  readonly #stores = new Map<string, Target[]>();
  readonly #sorted = new Map<string, readonly Target[]>();
  /** Ids of all that are kept; undefined after a change. */
  #ids: Set<string> | undefined;
  /** Where function parameters are kept, by their ids. */
  readonly #params = new Map<string, Set<string>>();
  /** Functions kept by what may also wait for them. */
  readonly #doubtful = new WeakSet<Target>();
  /** Functions that keep what they are given: whether they were seen to start goroutines, and what they were given. */
  readonly #keepers = new Map<string, { readonly starts: boolean; readonly given: Set<string> }>();

  add(unit: Unit): void {
    for (const [param, key] of unit.kept) this.#params.set(param, (this.#params.get(param) ?? new Set()).add(key));
    for (const [field, targets] of unit.stores) this.#store(field, targets);
  }

  #store(key: string, targets: readonly Target[]): void {
    this.#ids = undefined;
    this.#stores.set(key, [...(this.#stores.get(key) ?? []), ...targets]);
  }

  /** Functions passed to parameters that are kept are stored where those are, in steps. `starts`: does a function start goroutines? */
  *addPassed(functions: ReadonlyMap<string, FunctionFacts>, starts: (id: string) => boolean): Generator<void, void> {
    if (this.#params.size === 0) return;
    const passing: (Call | Spawn)[] = [];
    const handing: (Call | Spawn)[] = [];
    let looked = 0;
    for (const facts of functions.values()) {
      if (++looked % lookedAtOnce === 0) yield;
      sortCalls(facts, passing, handing);
    }
    yield* this.#follow(handing, functions);
    for (const effect of passing) {
      if (++looked % lookedAtOnce === 0) yield;
      for (const [key, targets] of this.#passed(effect, functions)) {
        this.#store(key, targets);
        if (this.#maySettle(effect, targets, starts)) for (const one of targets) this.#doubtful.add(one);
      }
    }
  }

  /** What takes a function and starts goroutines may wait for them in ways of its own: a work queue. */
  #maySettle({ targets }: Call | Spawn, given: readonly Target[], starts: (id: string) => boolean): boolean {
    let any = false;
    for (const { id } of targets) {
      const keeper = { starts: starts(id), given: this.#keepers.get(id)?.given ?? new Set() };
      for (const one of given) keeper.given.add(one.id);
      this.#keepers.set(id, keeper);
      any ||= keeper.starts;
    }
    return any;
  }

  /** Functions that are kept by what starts goroutines now and did not, or the other way round. */
  doubtedAnew(starts: (id: string) => boolean): string[] {
    return [...this.#keepers].flatMap(([id, keeper]) => (starts(id) === keeper.starts ? [] : [...keeper.given]));
  }

  /** A parameter that is handed on to one that is kept is kept there, too. */
  *#follow(calls: readonly (Call | Spawn)[], functions: ReadonlyMap<string, FunctionFacts>): Generator<void, void> {
    let keepers = new Set([...this.#params.keys()].map(functionOf));
    while (keepers.size > 0) {
      yield;
      const grown = new Set<string>();
      for (const effect of calls) {
        if (!effect.targets.some(({ id }) => keepers.has(id))) continue;
        for (const [param, own] of handedOn(effect, functions))
          if (this.#keepToo(own, param)) grown.add(functionOf(own));
      }
      keepers = grown;
    }
  }

  /** What is given to one parameter is kept where another one is. Answers whether that was not known. */
  #keepToo(own: string, param: string): boolean {
    const keys = this.#params.get(param);
    if (keys === undefined) return false;
    const known = this.#params.get(own) ?? new Set();
    const before = known.size;
    for (const key of keys) known.add(key);
    if (known.size === before) return false;
    this.#params.set(own, known);
    return true;
  }

  /** Where a call keeps the functions it is passed. */
  *#passed(
    effect: Call | Spawn,
    functions: ReadonlyMap<string, FunctionFacts>,
  ): Generator<[key: string, targets: readonly Target[]]> {
    for (const [index, targets] of effect.functions.entries()) {
      if (targets.length === 0) continue;
      for (const { id } of effect.targets) {
        const param = functions.get(id)?.params[index];
        for (const key of (param === undefined ? undefined : this.#params.get(param.id)) ?? []) yield [key, targets];
      }
    }
  }

  /** What of a declaration decides what is kept where, so that calls elsewhere may run something else. */
  #contribution(
    unit: Unit | undefined,
    functions: ReadonlyMap<string, FunctionFacts>,
    starts: (id: string) => boolean,
  ): Contribution {
    const kept = new Map<string, Target[]>();
    const doubtful = new Set<Target>();
    const params = [...(unit?.kept ?? [])].map(String);
    const keep = (key: string, targets: readonly Target[]) => kept.set(key, [...(kept.get(key) ?? []), ...targets]);
    for (const [key, targets] of unit?.stores ?? []) keep(key, targets);
    for (const { blocks } of unit?.functions ?? []) {
      for (const effect of blocks.flatMap(({ effects }) => effects)) {
        if (effect.op !== "call" && effect.op !== "spawn") continue;
        for (const [key, targets] of this.#passed(effect, functions)) {
          keep(key, targets);
          if (this.#maySettle(effect, targets, starts)) for (const one of targets) doubtful.add(one);
        }
        for (const [param, own] of handedOn(effect, functions))
          if (this.#params.has(param)) params.push(`${param} ${own}`);
      }
    }
    return { kept, doubtful, params: params.join("\n") };
  }

  /**
   * Replaces what a declaration keeps. Answers the keys under which other functions are kept than before, with those that
   * come or go; undefined where it also changed which parameters are kept, so that all is to be gathered anew.
   */
  replace(
    old: Unit | undefined,
    unit: Unit | undefined,
    functions: ReadonlyMap<string, FunctionFacts>,
    starts: (id: string) => boolean,
  ): ReadonlyMap<string, readonly Target[]> | undefined {
    const before = this.#contribution(old, functions, starts);
    const after = this.#contribution(unit, functions, starts);
    if (before.params !== after.params) return undefined;
    const changed = new Map<string, readonly Target[]>();
    for (const key of new Set([...before.kept.keys(), ...after.kept.keys()])) {
      const [gone, come] = [before.kept.get(key) ?? [], after.kept.get(key) ?? []];
      const list = this.#stores.get(key) ?? [];
      const same = told(gone, before.doubtful) === told(come, after.doubtful);
      const rest = list.filter((target) => !gone.includes(target));
      if (rest.length !== list.length - new Set(gone).size) return undefined;
      // Of one function kept twice the first one counts, in an order that only gathering anew restores.
      if (!same && come.some(({ id }) => rest.some((other) => other.id === id))) return undefined;
      this.#stores.set(key, same ? list.map((one) => come[gone.indexOf(one)] ?? one) : [...rest, ...come]);
      for (const one of come) if (after.doubtful.has(one)) this.#doubtful.add(one);
      this.#sorted.delete(key);
      this.#sorted.delete(`${key}[]`);
      if (!same) changed.set(key, [...gone, ...come]);
      if (!same) this.#ids = undefined;
    }
    return changed;
  }

  /** The functions kept under a key, in order of their names; an element's include those of the whole. */
  at(key: string): readonly Target[] {
    const known = this.#sorted.get(key);
    if (known !== undefined) return known;
    const whole = key.endsWith("[]") ? (this.#stores.get(key.slice(0, -2)) ?? []) : [];
    const found = [...(this.#stores.get(key) ?? []), ...whole].sort((a, b) => (a.id < b.id ? -1 : 1));
    const kept = found.filter((target, index) => index === 0 || target.id !== found[index - 1]?.id);
    this.#sorted.set(key, kept);
    return kept;
  }

  /** Is the function kept anywhere? */
  has(id: string): boolean {
    if (this.#ids === undefined) {
      this.#ids = new Set();
      for (const targets of this.#stores.values()) for (const one of targets) this.#ids.add(one.id);
    }
    return this.#ids.has(id);
  }

  keeps(param: Root | undefined): boolean {
    return param !== undefined && this.#params.has(param.id);
  }

  /** Of elements all are called, or one that is chosen then; of a field only the last one stored. */
  isAssumed(key: string, target: Target): boolean {
    const several = this.at(key).length > 1 && !key.endsWith("[]") && !key.endsWith("<-");
    return several || this.#doubtful.has(target);
  }
}

/** What one declaration keeps. */
interface Contribution {
  readonly kept: ReadonlyMap<string, readonly Target[]>;
  readonly doubtful: ReadonlySet<Target>;
  /** Which parameters it keeps or hands on. */
  readonly params: string;
}

function told(targets: readonly Target[], doubtful: ReadonlySet<Target>): string {
  return targets.map((one) => `${one.id} ${one.bound === undefined} ${doubtful.has(one)}`).join();
}

/** The function whose parameter has the id. */
function functionOf(param: string): string {
  return param.slice(0, param.lastIndexOf("/"));
}

/** Calls of a function that are given functions, and those that are given parameters. */
function sortCalls({ blocks }: FunctionFacts, passing: (Call | Spawn)[], handing: (Call | Spawn)[]): void {
  for (const { effects } of blocks) {
    for (const effect of effects) {
      if (effect.op !== "call" && effect.op !== "spawn") continue;
      if (effect.functions.length > 0) passing.push(effect);
      if (handsOn(effect)) handing.push(effect);
    }
  }
}

/** Does the call give something a parameter of its own function? */
function handsOn({ args }: Call | Spawn): boolean {
  for (const refs of args) for (const { place } of refs) if (place.depth === 0 && place.root.param >= 0) return true;
  return false;
}

/** Parameters of the callees that a call gives parameters of its own function. */
function* handedOn(
  { targets, args }: Call | Spawn,
  functions: ReadonlyMap<string, FunctionFacts>,
): Generator<[param: string, own: string]> {
  for (const [index, refs] of args.entries()) {
    for (const { place } of refs) {
      if (place.depth > 0 || place.root.param < 0) continue;
      for (const { id, bound } of targets) {
        const param = functions.get(id)?.params[bound === undefined ? index : index + 1];
        if (param !== undefined) yield [param.id, place.root.id];
      }
    }
  }
}
