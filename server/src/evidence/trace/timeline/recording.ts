import { Annotations } from "./annotations.ts";
import { Lane, type Slices, Track } from "./track.ts";

/** What happened to the whole program, in the order they are drawn. */
export const bandKinds = ["collector", "stopped", "assist", "sweep"] as const;
export type BandKind = (typeof bandKinds)[number];

/** Slices that are kept at most before the shortest are taken together: 8 bytes each. */
const capacity = 6_000_000;
const maxTime = 2 ** 32 - 1;

export interface Wake {
  readonly row: number;
  readonly stack: number;
}

/** What is drawn of a trace or of a part of it. */
export interface Recorded {
  /** By row; rows without a slice may be missing. */
  readonly goroutines: readonly (Slices | undefined)[];
  readonly processors: readonly (Slices | undefined)[];
  readonly bands: Readonly<Record<BandKind, Slices>>;
  /** The waker's row, -1 for none, and the stack where it woke; by the detail of what became runnable. */
  wakeOf(detail: number): Wake;
  /** A tick is 2^shift nanoseconds. */
  readonly shift: number;
  /** Slices shorter than this many ticks were taken together; 0 where every one is kept. */
  readonly grain: number;
}

const wakeChunk = 1 << 14;

/** Who woke a goroutine, numbered from 1 on: the waker's row or -1, and the stack where it did. */
class Wakes {
  readonly #chunks: Int32Array[] = [];
  count = 1;

  add(row: number, stack: number): number {
    const at = (this.count % wakeChunk) * 2;
    const number = Math.floor(this.count / wakeChunk);
    let chunk = this.#chunks[number];
    if (chunk === undefined) {
      chunk = new Int32Array(wakeChunk * 2);
      this.#chunks[number] = chunk;
    }
    chunk[at] = row;
    chunk[at + 1] = stack;
    return this.count++;
  }

  of(number: number): Wake {
    const chunk = this.#chunks[Math.floor(number / wakeChunk)];
    const at = (number % wakeChunk) * 2;
    return { row: chunk?.[at] ?? -1, stack: chunk?.[at + 1] ?? 0 };
  }
}

/** All rows of a timeline as they are being read; rows of goroutines have the number of their life. */
export class Recording implements Recorded {
  readonly goroutines: Track[] = [];
  readonly processors: Track[] = [];
  readonly bands: Readonly<Record<BandKind, Track>> = {
    collector: new Track(),
    stopped: new Track(),
    assist: new Track(),
    sweep: new Track(),
  };
  readonly annotations = new Annotations();
  #wakes = new Wakes();
  shift = 0;
  grain = 0;
  #slices = 0;
  #capacity: number;
  /** The P that a goroutine runs on. */
  readonly #running = new Map<number, number>();
  readonly #open: Record<BandKind, number> = { collector: 0, stopped: 0, assist: 0, sweep: 0 };

  constructor(limit = capacity) {
    this.#capacity = limit;
  }

  get slices(): number {
    return this.#slices;
  }

  ticks(time: number): number {
    while (time / 2 ** this.shift > maxTime) {
      this.shift++;
      this.grain = Math.ceil(this.grain / 2);
      for (const track of this.#tracks()) track.halveTimes();
    }
    return Math.floor(time / 2 ** this.shift);
  }

  /** A goroutine runs on a P from now on. */
  run(row: number, p: number, time: number): void {
    this.#add(this.goroutines, row, time, Lane.Running, p + 1);
    this.#leave(row, time);
    if (p < 0) return;
    this.#add(this.processors, p, time, Lane.Running, row + 1);
    this.#running.set(row, p);
  }

  /** `detail` is the number of the site for waits and system calls, that of the wake for what became runnable. */
  leave(row: number, state: number, detail: number, time: number): void {
    this.#add(this.goroutines, row, time, state, detail);
    this.#leave(row, time);
  }

  wakeOf(detail: number): Wake {
    return this.#wakes.of(detail);
  }

  /** How many wake-ups there are numbers for. */
  get wakes(): number {
    return this.#wakes.count;
  }

  /** The number of a wake-up. */
  wake(waker: number, stack: number): number {
    return this.#wakes.add(waker, stack);
  }

  begin(kind: BandKind, time: number): void {
    if (this.#open[kind]++ === 0) this.#mark(this.bands[kind], time, Lane.Running);
  }

  end(kind: BandKind, time: number): void {
    if (this.#open[kind] > 0 && --this.#open[kind] === 0) this.#mark(this.bands[kind], time, Lane.None);
  }

  #mark(track: Track, time: number, state: number): void {
    track.add(this.ticks(time), state, 0);
    this.#slices++;
  }

  #leave(row: number, time: number): void {
    const p = this.#running.get(row);
    if (p === undefined) return;
    this.#running.delete(row);
    // Where another one runs there already, that began at this moment.
    const track = this.processors[p];
    if (track === undefined || track.detail(track.length - 1) !== row + 1) return;
    this.#add(this.processors, p, time, Lane.None, 0);
  }

  #add(rows: Track[], row: number, time: number, state: number, detail: number): void {
    while (rows.length <= row) rows.push(new Track());
    rows[row]?.add(this.ticks(time), state, detail);
    if (++this.#slices >= this.#capacity) this.#coarsen();
  }

  *#tracks(): Iterable<Track> {
    yield* this.goroutines;
    yield* this.processors;
    yield* Object.values(this.bands);
  }

  #coarsen(): void {
    // What came since the last time is first made as coarse as all the rest.
    if (this.grain > 0) this.#takeTogether();
    while (this.#slices > this.#capacity / 2 && this.grain < maxTime / 16) {
      this.grain = Math.max(256 >> this.shift, this.grain * 4, 1);
      this.#takeTogether();
    }
    // Of many rows with few slices each there is nothing to take together.
    this.#capacity = Math.max(this.#capacity, this.#slices * 2);
    this.#dropWakes();
  }

  #takeTogether(): void {
    this.#slices = 0;
    for (const track of this.#tracks()) {
      track.coarsen(this.grain);
      this.#slices += track.length;
    }
  }

  #dropWakes(): void {
    const old = this.#wakes;
    this.#wakes = new Wakes();
    for (const track of this.goroutines) {
      for (let index = 0; index < track.length; index++) {
        const wake = track.state(index) === Lane.Runnable ? track.detail(index) : 0;
        if (wake === 0) continue;
        const { row, stack } = old.of(wake);
        track.setDetail(index, this.wake(row, stack));
      }
    }
  }
}
