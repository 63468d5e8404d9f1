import type { Node } from "./tree.ts";

const bits = 6;
const mask = (1 << bits) - 1;
const nothing: readonly undefined[] = Array.from({ length: mask + 1 }, () => undefined);

/** What is known of some nodes of a tree. Those of one function lie side by side, so they stand in short rows. */
export class NodeMap<Value> {
  /** The row that was looked at last: most times it is that one again. */
  #at = -1;
  #row: (Value | undefined)[] = [];
  #rows: Map<number, (Value | undefined)[]> | undefined;

  get(node: Node): Value | undefined {
    return node >> bits === this.#at || this.#find(node >> bits) ? this.#row[node & mask] : undefined;
  }

  set(node: Node, value: Value): void {
    const at = node >> bits;
    if (at !== this.#at && !this.#find(at)) {
      this.#rows ??= new Map();
      this.#row = nothing.slice();
      this.#rows.set(at, this.#row);
      this.#at = at;
    }
    this.#row[node & mask] = value;
  }

  #find(at: number): boolean {
    const row = this.#rows?.get(at);
    if (row === undefined) return false;
    this.#at = at;
    this.#row = row;
    return true;
  }
}
