import { BatchReader, truncated, unsigned } from "./bytes.ts";
import type { Batch } from "./generation.ts";
import type { Thread } from "./order/state.ts";
import type { Candidate } from "./order/turn.ts";
import { argCount, TraceError } from "./spec.ts";
import { nanoseconds } from "./tables.ts";

/** The events of one thread in one generation, one at a time. */
export class Cursor implements Candidate {
  readonly thread: number;
  known: Thread | undefined;
  type = 0;
  /** As `TraceEvent.time`. */
  time = 0.5;
  a0 = 0;
  a1 = 0;
  a2 = 0;
  a3 = 0;
  readonly #batches: readonly Batch[];
  readonly #frequency: number;
  readonly #origin: number;
  #index = -1;
  #reader = new BatchReader(new Uint8Array(0));

  constructor(thread: number, batches: readonly Batch[], frequency: number, origin: number) {
    this.thread = thread;
    this.#batches = batches;
    this.#frequency = frequency;
    this.#origin = origin;
  }

  /** Reads the next event; false at the end. Throws `TraceError`. */
  advance(): boolean {
    let reader = this.#reader;
    while (reader.done) {
      const batch = this.#batches[++this.#index];
      if (batch === undefined) return false;
      reader = this.#reader = new BatchReader(batch.data);
      this.time = nanoseconds(batch.time, this.#frequency) - this.#origin;
    }
    const type = reader.byte();
    const count = argCount[type] ?? -1;
    if (count < 0) throw this.#broken(`event ${type} has no place among a thread's events`);
    this.type = type;
    const ticks = reader.varint();
    if (reader.bad !== 0) throw this.#cut();
    this.time += nanoseconds(ticks < 0 ? unsigned(ticks) : ticks, this.#frequency);
    if (count > 0) {
      this.a0 = reader.varint();
      if (reader.bad !== 0) throw this.#cut();
      if (count > 1) {
        this.a1 = reader.varint();
        if (reader.bad !== 0) throw this.#cut();
        if (count > 2) {
          this.a2 = reader.varint();
          if (reader.bad !== 0) throw this.#cut();
          if (count > 3) {
            this.a3 = reader.varint();
            if (reader.bad !== 0) throw this.#cut();
          }
        }
      }
    }
    return true;
  }

  #cut(): TraceError {
    return this.#broken(this.#reader.bad === truncated ? "an event is cut off" : "a number has more than 64 bits");
  }

  #broken(what: string): TraceError {
    return new TraceError(what, this.offset);
  }

  /** Where in the file it is. */
  get offset(): number {
    return (this.#batches[this.#index]?.offset ?? 0) + this.#reader.at;
  }
}

/** Cursors with the earliest first: a binary heap, in Go's reader's order where times are equal. */
export class Frontier {
  readonly cursors: Cursor[] = [];

  get size(): number {
    return this.cursors.length;
  }

  get first(): Cursor | undefined {
    return this.cursors[0];
  }

  insert(cursor: Cursor): void {
    this.cursors.push(cursor);
    this.#up(this.cursors.length - 1);
  }

  /** The cursor at an index has moved on. */
  update(index: number): void {
    if (this.#up(index) === index) this.#down(index);
  }

  remove(index: number): void {
    let at = index;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      this.#swap(parent, at);
      at = parent;
    }
    this.#swap(0, this.cursors.length - 1);
    this.cursors.pop();
    this.#down(0);
  }

  /** A sorted heap is a heap. */
  sort(): void {
    this.cursors.sort((a, b) => a.time - b.time);
  }

  #swap(a: number, b: number): void {
    const { cursors } = this;
    const one = cursors[a];
    const other = cursors[b];
    if (one === undefined || other === undefined) return;
    cursors[a] = other;
    cursors[b] = one;
  }

  #up(index: number): number {
    const { cursors } = this;
    const moved = cursors[index];
    if (moved === undefined) return index;
    let at = index;
    while (at > 0) {
      const above = cursors[(at - 1) >> 1];
      if (above === undefined || above.time <= moved.time) break;
      cursors[at] = above;
      at = (at - 1) >> 1;
    }
    cursors[at] = moved;
    return at;
  }

  #down(index: number): void {
    const { cursors } = this;
    const moved = cursors[index];
    if (moved === undefined) return;
    const count = cursors.length;
    let at = index;
    for (;;) {
      const left = 2 * at + 1;
      if (left >= count) break;
      let least = cursors[left];
      let next = left;
      const right = left + 1 < count ? cursors[left + 1] : undefined;
      if (least !== undefined && right !== undefined && right.time < least.time) {
        least = right;
        next = left + 1;
      }
      if (least === undefined || least.time >= moved.time) break;
      cursors[at] = least;
      at = next;
    }
    cursors[at] = moved;
  }
}
