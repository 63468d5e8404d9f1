/** States that a row can be in; those of goroutines are numbered as on the wire's side (`GoState`). */
export const Lane = { None: 1, Runnable: 2, Running: 3, Waiting: 4, Syscall: 5 } as const;

/** Set in a word whose slice stands for several ones that were too short to keep. */
export const mixed = 8;
const stateMask = 7;
const detailShift = 4;
/** Rows grow by chunks: nothing long is ever copied. */
const chunkShift = 12;
const chunkSlices = 1 << chunkShift;
const chunkMask = chunkSlices - 1;
/** Numbers beyond are not kept. */
const largestDetail = 2 ** 28 - 1;

/** A row's states over time without gaps: each slice lasts until the next begins. Times are in ticks. */
export interface Slices {
  readonly length: number;
  time(index: number): number;
  state(index: number): number;
  /** A number that depends on the state. */
  detail(index: number): number;
  /** The slice stands for several ones that were too short to keep. */
  isMixed(index: number): boolean;
  /** The last slice that begins at a time or before it; -1 where all begin later. */
  at(time: number): number;
}

/**
 * Slices in memory; a slice's word holds its state, the mark `mixed` and its detail.
 */
export class Track implements Slices {
  /** Two words for each slice, time and word; all chunks but the first have room for `chunkSlices` of them. */
  #chunks: Uint32Array[] = [new Uint32Array(8)];
  length = 0;

  add(time: number, state: number, detail: number): void {
    const chunk = this.#room();
    const at = (this.length++ & chunkMask) << 1;
    chunk[at] = time;
    chunk[at + 1] = (((detail > largestDetail ? 0 : detail) << detailShift) | state) >>> 0;
  }

  time(index: number): number {
    return this.#chunks[index >>> chunkShift]?.[(index & chunkMask) << 1] ?? 0;
  }

  #word(index: number): number {
    return this.#chunks[index >>> chunkShift]?.[((index & chunkMask) << 1) + 1] ?? Lane.None;
  }

  #set(index: number, time: number, word: number): void {
    const chunk = this.#chunks[index >>> chunkShift];
    if (chunk === undefined) return;
    chunk[(index & chunkMask) << 1] = time;
    chunk[((index & chunkMask) << 1) + 1] = word;
  }

  state(index: number): number {
    return this.#word(index) & stateMask;
  }

  detail(index: number): number {
    return this.#word(index) >>> detailShift;
  }

  isMixed(index: number): boolean {
    return (this.#word(index) & mixed) !== 0;
  }

  setDetail(index: number, detail: number): void {
    const word = (this.#word(index) & (stateMask | mixed)) | (detail << detailShift);
    this.#set(index, this.time(index), word >>> 0);
  }

  at(time: number): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.time(middle) <= time) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  halveTimes(): void {
    for (let index = 0; index < this.length; index++) this.#set(index, this.time(index) >>> 1, this.#word(index));
  }

  /** Makes one slice of neighbours that are all shorter than `grain`; the state that lasts longest speaks for them. */
  coarsen(grain: number): void {
    const spent = new Float64Array(stateMask + 1);
    let kept = 0;
    for (let index = 0; index < this.length; ) {
      const start = this.time(index);
      let next = index;
      spent.fill(0);
      while (next + 1 < this.length) {
        const end = this.time(next + 1);
        const length = end - this.time(next);
        if (length >= grain || end - start >= grain) break;
        const state = this.state(next);
        spent[state] = (spent[state] ?? 0) + length;
        next++;
      }
      const single = next <= index + 1;
      this.#set(kept++, start, single ? this.#word(index) : longest(spent) | mixed);
      index = single ? index + 1 : next;
    }
    this.length = kept;
    this.#chunks.length = Math.max(1, (kept + chunkMask) >>> chunkShift);
  }

  /** The chunk that the next slice goes into. */
  #room(): Uint32Array {
    const number = this.length >>> chunkShift;
    const chunk = this.#chunks[number];
    if (chunk !== undefined && (this.length & chunkMask) << 1 < chunk.length) return chunk;
    const made = new Uint32Array(number > 0 ? chunkSlices * 2 : Math.min(chunkSlices * 2, this.length * 4));
    if (chunk !== undefined) made.set(chunk);
    this.#chunks[number] = made;
    return made;
  }
}

function longest(spent: Float64Array): number {
  let best: number = Lane.None;
  for (let state = Lane.None; state <= Lane.Syscall; state++)
    if ((spent[state] ?? 0) > (spent[best] ?? 0)) best = state;
  return best;
}
