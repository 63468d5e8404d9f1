import type { Node } from "./tree.ts";

const bits = 6;
const mask = (1 << bits) - 1;
const nothing: readonly undefined[] = Array.from({ length: mask + 1 }, () => undefined);

type Row<Value> = (Value | undefined)[];

/**
 * What is known of some nodes of a tree. Those of one function lie side by side, so they stand in short rows, which are
 * used again once they are cleared: rows made anew for each function were a twentieth of what a scan allocates.
 */
export class NodeMap<Value> {
  /** The row that was looked at last: most times it is that one again. */
  #at = -1;
  #row: Row<Value> = [];
  readonly #rows: (Row<Value> | undefined)[] = [];
  readonly #used: number[] = [];
  readonly #spare: Row<Value>[] = [];

  get(node: Node): Value | undefined {
    return node >> bits === this.#at || this.#find(node >> bits) ? this.#row[node & mask] : undefined;
  }

  set(node: Node, value: Value): void {
    const at = node >> bits;
    if (at !== this.#at && !this.#find(at)) {
      this.#row = this.#spare.pop() ?? nothing.slice();
      while (this.#rows.length <= at) this.#rows.push(undefined);
      this.#rows[at] = this.#row;
      this.#used.push(at);
      this.#at = at;
    }
    this.#row[node & mask] = value;
  }

  /** Forgets all of it. */
  clear(): void {
    for (const at of this.#used) {
      const row = this.#rows[at];
      this.#rows[at] = undefined;
      if (row === undefined) continue;
      // For so few a call of `fill` takes longer.
      for (let index = 0; index <= mask; index++) row[index] = undefined;
      this.#spare.push(row);
    }
    this.#used.length = 0;
    this.#at = -1;
  }

  #find(at: number): boolean {
    const row = at < this.#rows.length ? this.#rows[at] : undefined;
    if (row === undefined) return false;
    this.#at = at;
    this.#row = row;
    return true;
  }
}
