import { none } from "../base/lists.ts";
import type { FunctionFacts } from "./effects.ts";
import { unmentioned } from "./place.ts";

/** Longer lists are not worth keeping. */
const maxAlike = 100;

/** Lists of one thing over and over, one of each length. */
class Alike<Item> {
  readonly #item: Item;
  readonly #lists: (readonly Item[])[] = [];

  constructor(item: Item) {
    this.#item = item;
  }

  of(count: number): readonly Item[] {
    const known = this.#lists[count];
    if (known !== undefined) return known;
    const made = count === 0 ? none : Array.from({ length: count }, () => this.#item);
    if (count < maxAlike) this.#lists[count] = made;
    return made;
  }

  /** The list with no more room than it needs, or the one that is kept where it holds nothing else. */
  instead(list: readonly Item[]): readonly Item[] {
    for (const one of list) if (one !== this.#item) return list.slice();
    return this.of(list.length);
  }
}

/** A result that leads to no map and no function. */
export const nothingReturned: FunctionFacts["returns"][number] = { refs: none, fresh: false, targets: none };

/** What most functions return, and how they name their parameters. */
export const nothingAtAll = new Alike(nothingReturned);
export const allUnmentioned = new Alike(unmentioned);
