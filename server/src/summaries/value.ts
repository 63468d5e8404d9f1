import { none } from "../base/lists.ts";
import type { Place, Ref, Step, Target } from "./place.ts";

type Parts = readonly (readonly [Step, Value])[];

/** What an expression may evaluate to, as far as places and functions go. A class, as all are to have one shape. */
export class Value {
  readonly refs: readonly Ref[];
  readonly targets: readonly Target[];
  /** Made here and not yet seen by anyone else. */
  readonly fresh: boolean;
  /** Fields of a struct literal that were given something that already has a place. */
  readonly parts: Parts | undefined;
  /** The constant `true` or `false`. */
  readonly flag: boolean | undefined;

  constructor(refs: readonly Ref[], targets: readonly Target[], fresh: boolean, parts?: Parts, flag?: boolean) {
    this.refs = refs;
    this.targets = targets;
    this.fresh = fresh;
    this.parts = parts;
    this.flag = flag;
  }
}

export const nothing = new Value(none, none, false);
export const made = new Value(none, none, true);
/** More alternatives than this say nothing any more. */
const maxAlternatives = 6;

export const yes = new Value(none, none, false, undefined, true);
export const no = new Value(none, none, false, undefined, false);

/** The value at other places. */
export function placed({ targets, fresh, parts, flag }: Value, refs: readonly Ref[]): Value {
  return new Value(refs, targets, fresh, parts, flag);
}

/** The value, but these functions. */
export function running({ refs, fresh, parts, flag }: Value, targets: readonly Target[]): Value {
  return new Value(refs, targets, fresh, parts, flag);
}

export function at(place: Place): Value {
  return new Value([{ place, load: undefined }], none, false);
}

/** A function, of a value that has it as a method where `bound` is given. */
export function functionValue(id: string, bound?: readonly Ref[]): Value {
  return new Value(none, [{ id, bound }], false);
}

export function union(a: Value, b: Value): Value {
  if (a === b || b === nothing) return a;
  if (a === nothing) return b;
  const refs = [...a.refs];
  for (const ref of b.refs) if (!refs.some((one) => one.place === ref.place)) refs.push(ref);
  const targets = [...a.targets];
  for (const target of b.targets) if (!targets.some((one) => one.id === target.id)) targets.push(target);
  return new Value(refs.slice(0, maxAlternatives), targets.slice(0, 2 * maxAlternatives), a.fresh || b.fresh);
}

/** Does the value come of an earlier read of the place? */
function wasRead({ refs }: Value, from: Place): boolean {
  for (const { place, load } of refs) if (place === from && load !== undefined) return true;
  return false;
}

/** What changed on one of several ways, and to what. */
export type Changes = ReadonlyMap<object, Value>;

/**
 * What local variables (by root) and reassigned parts of local values (by place) hold at the current point of
 * a walk in source order. Branches are walked one after the other, each from the state before it: what one of them
 * changes is written down and taken back.
 */
export class Environment {
  readonly #values = new Map<object, Value | undefined>();
  /** Each change since the outermost branching began, with what was there before. */
  readonly #trail: { readonly key: object; readonly before: Value | undefined }[] = [];
  #branchings = 0;

  get(key: object): Value | undefined {
    return this.#values.get(key);
  }

  set(key: object, value: Value): void {
    if (this.#branchings > 0) this.#trail.push({ key, before: this.#values.get(key) });
    this.#values.set(key, value);
  }

  /** The value of `place` was replaced: what was read from it before belongs to its reader alone. */
  detach(place: Place): void {
    for (const [key, value] of this.#values) {
      if (value === undefined || !wasRead(value, place)) continue;
      const refs = value.refs.filter((ref) => ref.place !== place);
      this.set(key, new Value(refs, value.targets, true, value.parts, value.flag));
    }
  }

  /** Branches begin; answers what `takeBack` and `join` need. */
  branch(): number {
    this.#branchings++;
    return this.#trail.length;
  }

  /** The state at `branch` again; answers what was changed since. */
  takeBack(mark: number): Changes {
    if (this.#trail.length === mark) return noChanges;
    const changes = new Map<object, Value>();
    for (let index = this.#trail.length - 1; index >= mark; index--) {
      const { key, before } = this.#trail[index] ?? nowhere;
      const value = this.#values.get(key);
      if (value !== undefined && !changes.has(key)) changes.set(key, value);
      this.#values.set(key, before);
    }
    this.#trail.length = mark;
    return changes;
  }

  /** The state after branches that were taken back: what they agree on, or all they may hold. */
  join(branches: readonly Changes[]): void {
    this.#branchings--;
    if (branches.every(({ size }) => size === 0)) return;
    const joined = new Map<object, Value>();
    for (const changes of branches) for (const key of changes.keys()) this.#joinOne(key, branches, joined);
    for (const [key, value] of joined) this.set(key, value);
  }

  #joinOne(key: object, branches: readonly Changes[], joined: Map<object, Value>): void {
    if (joined.has(key)) return;
    const before = this.#values.get(key);
    let all: Value | undefined;
    for (const changes of branches) {
      const value = changes.get(key) ?? before;
      if (value !== undefined) all = all === undefined ? value : union(all, value);
    }
    if (all !== undefined && all !== before) joined.set(key, all);
  }
}

const noChanges: Changes = new Map();
const nowhere = { key: noChanges, before: undefined };
