import type { Offsets } from "./effects.ts";

/** Counts what goes by a name in one function instead of telling where it is: so ids outlive an edit beside it. */
export class Numbers implements Offsets {
  /** Offsets by name, in the order of their numbers. */
  readonly #offsets = new Map<string, number[]>();
  #size = 0;
  #highest = -1;

  /** The number of what goes by the name and stands at the offset, the same one each time. */
  of(name: string, offset: number): number {
    const known = this.#offsets.get(name);
    // Most come in the order of the source.
    const isNew = offset > this.#highest;
    if (isNew) this.#highest = offset;
    if (known === undefined) {
      this.#offsets.set(name, [offset]);
      this.#size++;
      return 0;
    }
    const at = isNew ? -1 : known.lastIndexOf(offset);
    if (at >= 0) return at;
    this.#size++;
    return known.push(offset) - 1;
  }

  get size(): number {
    return this.#size;
  }

  /** By name and number, `name@0`. */
  get(key: string): number | undefined {
    const at = key.lastIndexOf("@");
    return this.#offsets.get(key.slice(0, at))?.[Number(key.slice(at + 1))];
  }

  *[Symbol.iterator](): Iterator<readonly [string, number]> {
    for (const [name, offsets] of this.#offsets)
      for (const [number, offset] of offsets.entries()) yield [`${name}@${number}`, offset];
  }
}
