import { constants, monitorEventLoopDelay, PerformanceObserver } from "node:perf_hooks";
import { getHeapStatistics } from "node:v8";

/** Half a minute: what one slow answer says is not enough. */
const span = 30_000;

/** Measures this process: what lives in its memory, and how long events wait. */
export class Gauge {
  readonly #delays = monitorEventLoopDelay({ resolution: 20 });
  readonly #observer: PerformanceObserver;
  #live = 0;
  #since = performance.now();
  #delay = 0;

  /** `collected` is called when it is known anew what lives. */
  constructor(collected: () => void) {
    // Between two collections the heap holds garbage too: right after one it tells what lives.
    this.#observer = new PerformanceObserver((list) => {
      const major = list.getEntries().some((entry) => "detail" in entry && isMajor(entry.detail));
      if (!major) return;
      this.#live = used();
      collected();
    });
    this.#observer.observe({ entryTypes: ["gc"] });
    this.#delays.enable();
  }

  /** Bytes that were alive after the last collection since `forget`. */
  get live(): number {
    return this.#live;
  }

  /** What was alive is given up. */
  forget(): void {
    this.#live = 0;
  }

  /** 95th percentile of the delay of events over the last whole half minute, in milliseconds. */
  delay(now: number): number {
    if (now - this.#since >= span) {
      this.#delay = this.#delays.percentile(95) / 1e6;
      this.#delays.reset();
      this.#since = now;
    }
    return this.#delay;
  }

  dispose(): void {
    this.#observer.disconnect();
    this.#delays.disable();
  }
}

/** Bytes that may be used: the setting in megabytes, no more than the runtime's own limit, and that where it is 0. */
export function memoryLimit(megabytes: number): number {
  const own = getHeapStatistics().heap_size_limit;
  return megabytes === 0 ? own : Math.min(megabytes * 2 ** 20, own);
}

function used(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function isMajor(detail: unknown): boolean {
  const { NODE_PERFORMANCE_GC_MAJOR: major } = constants;
  return typeof detail === "object" && detail !== null && "kind" in detail && detail.kind === major;
}
