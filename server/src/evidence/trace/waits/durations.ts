/** Durations in nanoseconds: how many, how long, how distributed. */
export class Durations {
  count = 0;
  total = 0;
  longest = 0;
  readonly #buckets = new Map<number, number>();

  add(duration: number): void {
    this.count++;
    this.total += duration;
    if (duration > this.longest) this.longest = duration;
    const bucket = bucketOf(duration);
    this.#buckets.set(bucket, (this.#buckets.get(bucket) ?? 0) + 1);
  }

  /** The duration that a share of them does not exceed. */
  quantile(share: number): number {
    let left = Math.ceil(share * this.count);
    for (const [bucket, count] of [...this.#buckets].sort(([a], [b]) => a - b)) {
      left -= count;
      if (left <= 0) return Math.min(this.longest, middleOf(bucket));
    }
    return this.longest;
  }
}

const float = new Float64Array(1);
const words = new Uint32Array(float.buffer);
/** Which half holds sign and exponent. */
float[0] = 1;
const high = words[1] === 0 ? 0 : 1;

/** The exponent and the seven bits after it: all durations of a bucket are within 1/128. */
function bucketOf(duration: number): number {
  float[0] = duration;
  return (words[high] ?? 0) >>> 13;
}

function middleOf(bucket: number): number {
  words[high] = (bucket << 13) | (1 << 12);
  words[1 - high] = 0;
  return Math.round(float[0] ?? 0);
}
