import type { Place, Ref, Step, Target } from "./place.ts";

/** What an expression may evaluate to, as far as places and functions go. */
export interface Value {
  readonly refs: readonly Ref[];
  readonly targets: readonly Target[];
  /** Made here and not yet seen by anyone else. */
  readonly fresh: boolean;
  /** Fields of a struct literal that were given something that already has a place. */
  readonly parts?: readonly (readonly [Step, Value])[];
  /** The constant `true` or `false`. */
  readonly flag?: boolean;
}

export const nothing: Value = { refs: [], targets: [], fresh: false };
export const made: Value = { refs: [], targets: [], fresh: true };
/** More alternatives than this say nothing any more. */
const maxAlternatives = 6;

export const yes: Value = { refs: [], targets: [], fresh: false, flag: true };
export const no: Value = { refs: [], targets: [], fresh: false, flag: false };

/** The value at other places. Hardly any value has more than the three fields, and to copy what may be there is slow. */
export function placed(value: Value, refs: readonly Ref[]): Value {
  const { targets, fresh } = value;
  return value.parts === undefined && value.flag === undefined ? { refs, targets, fresh } : { ...value, refs };
}

export function at(place: Place): Value {
  return { refs: [{ place, load: undefined }], targets: [], fresh: false };
}

export function union(a: Value, b: Value): Value {
  if (a === b || b === nothing) return a;
  if (a === nothing) return b;
  const refs = [...a.refs];
  for (const ref of b.refs) if (!refs.some((one) => one.place === ref.place)) refs.push(ref);
  const targets = [...a.targets];
  for (const target of b.targets) if (!targets.some((one) => one.id === target.id)) targets.push(target);
  return {
    refs: refs.slice(0, maxAlternatives),
    targets: targets.slice(0, 2 * maxAlternatives),
    fresh: a.fresh || b.fresh,
  };
}

/**
 * What local variables (by root) and reassigned parts of local values (by place) hold at the current point of
 * a walk in source order. Branches are walked one after the other, each from the state before it.
 */
export class Environment {
  #values: ReadonlyMap<object, Value> = new Map();
  /** The same map as long as nobody else holds it as a state: else it is copied before it is changed. */
  #mine: Map<object, Value> | undefined;

  get(key: object): Value | undefined {
    return this.#values.get(key);
  }

  set(key: object, value: Value): void {
    this.#own().set(key, value);
  }

  /** The value of `place` was replaced: what was read from it before belongs to its reader alone. */
  detach(place: Place): void {
    for (const [key, value] of this.#values) {
      if (!value.refs.some((ref) => ref.place === place && ref.load !== undefined)) continue;
      this.set(key, { ...value, refs: value.refs.filter((ref) => ref.place !== place), fresh: true });
    }
  }

  snapshot(): ReadonlyMap<object, Value> {
    this.#mine = undefined;
    return this.#values;
  }

  restore(state: ReadonlyMap<object, Value>): void {
    this.#values = state;
    this.#mine = undefined;
  }

  /** The state after several branches: what they agree on, or all they may hold. */
  merge(states: readonly ReadonlyMap<object, Value>[]): void {
    const first = states[0];
    if (first === undefined) return;
    this.restore(first);
    for (const state of states) {
      if (state === first) continue;
      for (const [key, value] of state) {
        const known = this.#values.get(key);
        const either = known === undefined ? value : union(known, value);
        if (either !== known) this.set(key, either);
      }
    }
  }

  #own(): Map<object, Value> {
    if (this.#mine === undefined) {
      this.#mine = new Map(this.#values);
      this.#values = this.#mine;
    }
    return this.#mine;
  }
}
