import { type Scope, scopes } from "../../../common/src/scope.ts";

/** What weighs on the server. */
export interface Load {
  /** What lives in memory, as a share of the limit. */
  readonly memory: number;
  /** 95th percentile of the delay of the event loop, over half a minute, in milliseconds. */
  readonly delay: number;
  /** Seconds that the scan at hand, or the last one, has taken. */
  readonly scan: number;
  /** Servers that ended in the midst of their work, over five minutes. */
  readonly crashes: number;
}

type Measure = keyof Load;

/** From these on the first, second and third step down is taken. */
const triggers: Readonly<Record<Measure, readonly [number, number, number]>> = {
  memory: [0.7, 0.85, 0.95],
  delay: [200, 500, Number.POSITIVE_INFINITY],
  scan: [60, 180, Number.POSITIVE_INFINITY],
  crashes: [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 3],
};
const measures: readonly Measure[] = ["crashes", "memory", "delay", "scan"];

/** A step is taken back after this many milliseconds below half of what led to it. */
const calm = 60_000;
/** Whoever falls again this soon after waits twice as long the next time, up to the longest. */
const relapse = 600_000;
const longest = 3_600_000;

/** Decides how much to analyse: down at once where something passes its limit, up again step by step. */
export class Pressure {
  #level = 0;
  #cause: Measure | undefined;
  #wait = calm;
  #eased: number | undefined;
  #raised = Number.NEGATIVE_INFINITY;

  get scope(): Scope {
    return scopes[this.#level] ?? "paused";
  }

  /** What led to the step that is in force. */
  get cause(): Measure | undefined {
    return this.#cause;
  }

  /** Takes a measurement at a time in milliseconds of a clock that never jumps; answers whether the scope is another one. */
  observe(load: Load, now: number): boolean {
    const before = this.#level;
    const wanted = Math.max(...measures.map((one) => levelOf(one, load)));
    if (wanted > this.#level) {
      this.#wait = now - this.#raised < relapse ? Math.min(this.#wait * 2, longest) : calm;
      this.#level = wanted;
      this.#cause = measures.find((one) => levelOf(one, load) === wanted);
      this.#eased = undefined;
    } else if (this.#level > 0 && measures.every((one) => load[one] < (triggers[one][this.#level - 1] ?? 0) / 2)) {
      this.#eased ??= now;
      if (now - this.#eased >= this.#wait) this.#rise(now);
    } else {
      this.#eased = undefined;
    }
    return this.#level !== before;
  }

  #rise(now: number): void {
    this.#level--;
    this.#raised = now;
    this.#eased = undefined;
    if (this.#level === 0) this.#cause = undefined;
  }
}

function levelOf(measure: Measure, load: Load): number {
  return triggers[measure].findLastIndex((trigger) => load[measure] >= trigger) + 1;
}
