import type { Tables } from "./tables.ts";

/** No goroutine, processor or thread; also "no task". */
export const none = -1;

/**
 * One event in its order. The reader writes the next one into the same object. Ids are signed 64-bit numbers, exact to
 * 2^53; -1 is none.
 */
export class TraceEvent {
  /** One of `Ev`; `Ev.Boundary` between generations. */
  type = 0;
  /** Nanoseconds since the reader's `origin`; strictly increasing. Begins fractional, so that it stays a float. */
  time = 0.5;
  /** Thread, processor and goroutine before the event. */
  m = none;
  p = none;
  g = none;
  a0 = 0;
  a1 = 0;
  a2 = 0;
  a3 = 0;
  /** The state before, of GoStatus and ProcStatus; the wire status before, of ProcSteal. */
  before = 0;
  /** The type of the task that ends. */
  name = "";
  tables: Tables | undefined;

  arg(index: number): number {
    return index === 0 ? this.a0 : index === 1 ? this.a1 : index === 2 ? this.a2 : this.a3;
  }
}
