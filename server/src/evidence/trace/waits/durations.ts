/** Durations in nanoseconds: how many, how long, how distributed. */
export class Durations {
  count = 0;
  total = 0;
  longest = 0;
  /** Counts of the buckets from `#base` on; the range grows with what is met. */
  #counts = new Uint32Array(0);
  #base = 0;

  add(duration: number): void {
    this.count++;
    this.total += duration;
    if (duration > this.longest) this.longest = duration;
    const bucket = bucketOf(duration);
    if (bucket < this.#base || bucket >= this.#base + this.#counts.length) this.#include(bucket);
    this.#counts[bucket - this.#base] = (this.#counts[bucket - this.#base] ?? 0) + 1;
  }

  /** The duration that a share of them does not exceed. */
  quantile(share: number): number {
    let left = Math.ceil(share * this.count);
    for (const [index, count] of this.#counts.entries()) {
      left -= count;
      if (count > 0 && left <= 0) return Math.min(this.longest, middleOf(this.#base + index));
    }
    return this.longest;
  }

  #include(bucket: number): void {
    const empty = this.#counts.length === 0;
    const from = bucket & ~(spread - 1);
    const base = empty ? from : Math.min(this.#base, from);
    const end = Math.max(from + spread, empty ? 0 : this.#base + this.#counts.length);
    const counts = new Uint32Array(end - base);
    if (!empty) counts.set(this.#counts, this.#base - base);
    this.#base = base;
    this.#counts = counts;
  }
}

/** Buckets that are made at once: durations from one power of two to the next. */
const spread = 128;

const float = new Float64Array(1);
const words = new Uint32Array(float.buffer);
/** Which half holds sign and exponent. */
float[0] = 1;
const high = words[1] === 0 ? 0 : 1;

/** The exponent and the seven bits after it: all durations of a bucket are within 1/128. */
function bucketOf(duration: number): number {
  float[0] = Math.max(1, duration);
  return (words[high] ?? 0) >>> 13;
}

function middleOf(bucket: number): number {
  words[high] = (bucket << 13) | (1 << 12);
  words[1 - high] = 0;
  return Math.round(float[0] ?? 0);
}
