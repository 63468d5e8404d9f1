import type { Node } from "./tree.ts";

/** Nodes that stand in one list: those of nearly every function, and of what little before it is looked at after it. */
const before = 1 << 12;
const span = 1 << 16;

/**
 * What is known of some nodes of a tree. Those of one function lie side by side, so they stand in a list that begins shortly
 * before the first one, and is used again once it is cleared: lists made anew for each function were a twentieth of what a
 * scan allocates.
 */
export class NodeMap<Value> {
  readonly #near: (Value | undefined)[] = [];
  /** The node that the list begins with; -1 while nothing is known. */
  #first = -1;
  /** What of the list may hold something. */
  #low = 0;
  #high = 0;
  /** Of nodes that are not among those of the list. */
  #far: Map<Node, Value> | undefined;

  get(node: Node): Value | undefined {
    const at = node - this.#first;
    if (at >= this.#low && at < this.#high) return this.#near[at];
    return this.#far?.get(node);
  }

  set(node: Node, value: Value): void {
    if (this.#first < 0) this.#begin(node);
    const at = node - this.#first;
    if (at < 0 || at >= span) {
      this.#far ??= new Map();
      this.#far.set(node, value);
      return;
    }
    while (this.#near.length <= at) this.#near.push(undefined);
    this.#near[at] = value;
    if (at < this.#low) this.#low = at;
    if (at >= this.#high) this.#high = at + 1;
  }

  #begin(node: Node): void {
    this.#first = Math.max(0, node - before);
    this.#low = node - this.#first;
    this.#high = this.#low;
  }

  /** Forgets all of it. */
  clear(): void {
    for (let at = this.#low; at < this.#high; at++) this.#near[at] = undefined;
    this.#low = 0;
    this.#high = 0;
    this.#first = -1;
    this.#far = undefined;
  }
}
