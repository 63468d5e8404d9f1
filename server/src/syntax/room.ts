import { stride } from "./tree.ts";

/** Where the nodes of a tree are written while it is made, and where they stay. Trees are made one after the other. */
export interface Room {
  /** For a tree that begins; what stands for its absent node, the first, is 0. */
  begin(): Int32Array;
  /** More than that, with all that is in it. */
  more(data: Int32Array): Int32Array;
  /** What is kept of it: the first `used` integers. */
  keep(data: Int32Array, used: number): Int32Array;
}

/** Every tree fills the same memory, and what it used is copied out. */
class Scratch implements Room {
  #data = new Int32Array(1 << 20);

  begin(): Int32Array {
    return this.#data;
  }

  more(data: Int32Array): Int32Array {
    const grown = new Int32Array(data.length * 2);
    grown.set(data);
    if (grown.length <= 1 << 24) this.#data = grown;
    return grown;
  }

  keep(data: Int32Array, used: number): Int32Array {
    return data.slice(0, used);
  }
}

export const scratch: Room = new Scratch();

/**
 * Trees in memory that threads share, to be handed to another one, which has them to itself from then on and gives names the
 * atoms that it knows them by. Shared, because what is handed over as its own makes the runtime mark all of its heap after
 * every 64 MB. And nothing is copied that need not be: to touch new memory takes longer than to parse what is written there.
 */
export class SharedRoom implements Room {
  readonly #size: number;
  #memory: Int32Array;
  #used = 0;

  /** Takes memory by so many integers, or the few that a tree begins with. */
  constructor(size = 1 << 20) {
    this.#size = Math.max(size, 4 * stride);
    this.#memory = shared(this.#size);
  }

  begin(): Int32Array {
    if (this.#memory.length - this.#used < stride) this.#renew(this.#size);
    const data = this.#memory.subarray(this.#used);
    // A tree may have written more than it kept.
    for (let at = 0; at < stride; at++) data[at] = 0;
    return data;
  }

  more(data: Int32Array): Int32Array {
    this.#renew(Math.max(this.#size, 2 * data.length));
    this.#memory.set(data);
    return this.#memory;
  }

  keep(data: Int32Array, used: number): Int32Array {
    this.#used += used;
    return data.subarray(0, used);
  }

  /** A copy. */
  integers(from: Int32Array): Int32Array {
    const copy = this.#take(from.length);
    copy.set(from);
    return copy;
  }

  /** Room for a text. */
  bytes(length: number): Uint8Array {
    const { buffer, byteOffset } = this.#take((length + 3) >> 2);
    return new Uint8Array(buffer, byteOffset, length);
  }

  #take(integers: number): Int32Array {
    if (this.#memory.length - this.#used < integers) this.#renew(Math.max(this.#size, integers));
    const from = this.#used;
    this.#used += integers;
    return this.#memory.subarray(from, this.#used);
  }

  #renew(integers: number): void {
    this.#memory = shared(integers);
    this.#used = 0;
  }
}

function shared(integers: number): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4 * integers));
}
