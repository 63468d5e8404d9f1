import type { Slices, Track } from "./track.ts";

/** A part of a row as it was read again: its slices and its span. Times are ticks of the part. */
export interface Part {
  readonly track: Track;
  readonly from: number;
  readonly to: number;
  /** What a tick of the whole row is in those of the part. */
  readonly scale: number;
}

/** A row whose slices between two moments are those of a part. */
export class Spliced implements Slices {
  readonly length: number;
  readonly #whole: Slices;
  readonly #part: Part;
  /** How many slices of the whole come before those of the part, and which one comes after them. */
  readonly #before: number;
  readonly #after: number;
  /** The part's slices without what only says again what went on before. */
  readonly #skipped: number;
  readonly #middle: number;

  constructor(whole: Slices, part: Part) {
    this.#whole = whole;
    this.#part = part;
    const { track, from, to, scale } = part;
    const start = track.length > 0 ? Math.max(from, track.time(0)) : from;
    const at = whole.at(start / scale);
    const goesOn = at >= 0 && track.length > 0 && whole.state(at) === track.state(0) && !whole.isMixed(at);
    this.#skipped = goesOn ? 1 : 0;
    this.#before = at + (goesOn || whole.time(at) * scale < start ? 1 : 0);
    this.#middle = track.length - this.#skipped;
    // A slice of several states goes on behind the part; a single one is the part's last.
    const last = whole.at(to / scale);
    const behind = last < 0 || !whole.isMixed(last) ? last + 1 : last;
    this.#after = Math.max(behind, this.#before);
    this.length = this.#before + this.#middle + Math.max(0, whole.length - this.#after);
  }

  time(index: number): number {
    const { track, to, scale } = this.#part;
    if (this.#inPart(index)) return track.time(this.#partIndex(index));
    const time = this.#whole.time(this.#wholeIndex(index)) * scale;
    return index < this.#before ? time : Math.max(time, to);
  }

  state(index: number): number {
    return this.#inPart(index)
      ? this.#part.track.state(this.#partIndex(index))
      : this.#whole.state(this.#wholeIndex(index));
  }

  detail(index: number): number {
    return this.#inPart(index)
      ? this.#part.track.detail(this.#partIndex(index))
      : this.#whole.detail(this.#wholeIndex(index));
  }

  isMixed(index: number): boolean {
    return this.#inPart(index)
      ? this.#part.track.isMixed(this.#partIndex(index))
      : this.#whole.isMixed(this.#wholeIndex(index));
  }

  at(time: number): number {
    const { track, scale } = this.#part;
    const end = this.#before + this.#middle;
    if (end < this.length && this.time(end) <= time)
      return Math.max(end, end + this.#whole.at(time / scale) - this.#after);
    const inPart = track.at(time) - this.#skipped;
    if (inPart >= 0) return this.#before + Math.min(inPart, this.#middle - 1);
    return Math.min(this.#before - 1, this.#whole.at(time / scale));
  }

  #inPart(index: number): boolean {
    return index >= this.#before && index < this.#before + this.#middle;
  }

  #partIndex(index: number): number {
    return index - this.#before + this.#skipped;
  }

  #wholeIndex(index: number): number {
    return index < this.#before ? index : index - this.#before - this.#middle + this.#after;
  }
}
