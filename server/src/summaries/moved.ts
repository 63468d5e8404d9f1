import type { Offsets, Unit } from "./effects.ts";
import { Place, Root } from "./place.ts";

/** Fields that hold offsets: an edit may move them and change nothing else. */
const offsets = new Set(["start", "end", "declared"]);
/** Counts from the start of the file; all others count from there. */
const origin = "base";
const offsetList = "loops";
/** Offsets by name: names that nothing else mentions may come and go. */
const offsetTable = "offsets";
/** Set by the link step. */
const later = "locks";

/**
 * Takes over where everything stands now from the newly lowered `next`, if it says the same as `unit` but for offsets
 * that keep their order. Else answers false and leaves the unit as it is.
 */
export function moved(unit: Unit, next: Unit): boolean {
  const comparison = new Comparison();
  if (!comparison.same(unit, next) || !comparison.keepsOrder()) return false;
  comparison.move();
  return true;
}

/** Of what was read from facts, all that is empty is one. */
function isEmpty(value: object): boolean {
  return (value instanceof Map || value instanceof Set) && value.size === 0;
}

/** Of what was read from facts, one may stand for several equal ones, but for what others refer to as this one. */
function hasIdentity(value: object): boolean {
  return value instanceof Place || value instanceof Root || "locks" in value || "args" in value;
}

class Comparison {
  readonly #seen = new Map<object, object>();
  readonly #moves: {
    readonly holder: object;
    readonly key: string | number;
    readonly from: number;
    readonly to: number;
  }[] = [];
  readonly #named: { readonly from: number; readonly to: number }[] = [];
  readonly #tables: { readonly holder: object; readonly to: Offsets }[] = [];
  readonly #origins: { readonly holder: object; readonly to: number }[] = [];

  same(a: unknown, b: unknown): boolean {
    if (Object.is(a, b)) return true;
    if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
    if (isEmpty(a)) return isEmpty(b);
    const known = this.#seen.get(a);
    if (known !== undefined && (known === b || hasIdentity(a))) return known === b;
    this.#seen.set(a, b);
    if (Array.isArray(a)) return Array.isArray(b) && this.#list(a, b);
    if (a instanceof Map) return b instanceof Map && this.#list([...a].flat(), [...b].flat());
    if (a instanceof Set) return b instanceof Set && this.#list([...a], [...b]);
    if (a instanceof Place)
      return (
        b instanceof Place && this.same(a.root, b.root) && this.same(a.parent, b.parent) && this.same(a.step, b.step)
      );
    if (a instanceof Root) return b instanceof Root && this.#root(a, b);
    return this.#record(a, b);
  }

  #root(a: Root, b: Root): boolean {
    return a.id === b.id && this.#record(a, b);
  }

  /** Offsets that were in order still are. */
  keepsOrder(): boolean {
    const sorted = [...this.#moves, ...this.#named].sort((a, b) => a.from - b.from || a.to - b.to);
    return sorted.every(({ from, to }, index) => {
      const before = sorted[index - 1];
      return before === undefined || (before.from === from ? before.to === to : before.to < to);
    });
  }

  move(): void {
    for (const { holder, key, to } of this.#moves) Reflect.set(holder, key, to);
    for (const { holder, to } of this.#tables) Reflect.set(holder, offsetTable, to);
    for (const { holder, to } of this.#origins) Reflect.set(holder, origin, to);
  }

  #list(a: readonly unknown[], b: readonly unknown[]): boolean {
    return a.length === b.length && a.every((one, index) => this.same(one, b[index]));
  }

  #record(a: object, b: object): boolean {
    const keys = Object.keys(a);
    if (keys.length !== Object.keys(b).length) return false;
    return keys.every((key) => {
      const [one, other]: [unknown, unknown] = [Reflect.get(a, key), Reflect.get(b, key)];
      if (key === later) return true;
      if (key === origin && typeof other === "number") {
        this.#origins.push({ holder: a, to: other });
        return true;
      }
      if (offsets.has(key) && typeof one === "number" && typeof other === "number")
        return this.#moved(a, key, one, other);
      if (key === offsetTable) return this.#table(a, one, other);
      if (key === offsetList && Array.isArray(one) && Array.isArray(other))
        return one.length === other.length && one.every((from, index) => this.#moved(one, index, from, other[index]));
      return this.same(one, other);
    });
  }

  #table(holder: object, one: unknown, other: unknown): boolean {
    if (!isOffsets(one) || !isOffsets(other)) return false;
    for (const [name, from] of one) {
      const to = other.get(name);
      if (to !== undefined) this.#named.push({ from, to });
    }
    this.#tables.push({ holder, to: other });
    return true;
  }

  #moved(holder: object, key: string | number, from: number, to: number): boolean {
    this.#moves.push({ holder, key, from, to });
    return true;
  }
}

function isOffsets(value: unknown): value is Offsets {
  return typeof value === "object" && value !== null && "get" in value && Symbol.iterator in value;
}
