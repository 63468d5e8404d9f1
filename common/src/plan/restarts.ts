/** Ends are counted over this many milliseconds; after so many of them a server stays down. */
const recent = 300_000;
const enough = 6;

/** When a server that ended is started again: at once, then after 1, 4, 9 and 16 seconds, then not any more. */
export class RestartPlan {
  #ends: readonly number[] = [];

  /** It has ended at `now`, in milliseconds of any clock: how long to wait, and how often it has ended of late. */
  ended(now: number): { readonly pause: number | undefined; readonly count: number } {
    this.#ends = [...this.#ends.filter((time) => now - time < recent), now];
    const count = this.#ends.length;
    return { pause: count >= enough ? undefined : (count - 1) ** 2 * 1000, count };
  }
}
