import type { TraceEvent } from "../event.ts";
import type { TraceReader } from "../reader.ts";
import { Ev, TraceError } from "../spec.ts";
import { Durations } from "./durations.ts";
import { Goroutines } from "./follow.ts";
import type { Span, TraceModel } from "./model.ts";
import { Stacks } from "./stacks.ts";

export interface AnalyseOptions {
  /** Nanoseconds since the trace's begin between which waits are counted. */
  readonly from?: number;
  readonly to?: number;
  /** Called now and then with the bytes read; true to stop. */
  readonly onProgress?: (bytes: number) => boolean;
}

/** Events between two calls of `onProgress`. */
const step = 1 << 16;

/**
 * Reads a whole trace once. A trace that is cut off gives what could be read, and `lost`; one without a single
 * generation that can be read throws `TraceError`.
 */
export function analyse(reader: TraceReader, options: AnalyseOptions = {}): TraceModel {
  const stacks = new Stacks();
  const { from = 0, to = Number.POSITIVE_INFINITY } = options;
  const goroutines = new Goroutines(stacks, from, to);
  const spans = new Spans(goroutines);
  const samples = new Map<number, number>();
  let events = 0;
  let last = 0;
  let processors = 0;
  let lost: TraceModel["lost"];
  try {
    for (let event = reader.next(); event !== undefined; event = reader.next()) {
      last = event.time;
      if (++events % step === 0 && options.onProgress?.(reader.offset) === true) break;
      if (event.type === Ev.CPUSample) {
        const stack = stacks.of(event.tables, event.a0);
        samples.set(stack, (samples.get(stack) ?? 0) + 1);
      } else if (event.type === Ev.ProcsChange) processors = Math.max(processors, event.a0);
      spans.take(event);
      goroutines.take(event);
    }
  } catch (error) {
    if (!(error instanceof TraceError) || events <= 2) throw error;
    lost = { message: error.message, offset: error.offset };
  }
  return {
    version: reader.version,
    events,
    duration: last,
    bytes: reader.offset,
    processors,
    stacks,
    ...goroutines.finish(last),
    goroutines: goroutines.lives,
    latency: goroutines.latency,
    spans: spans.all,
    samples,
    lost,
  };
}

/** Tasks, regions, collections, stops of the world: what begins and ends. */
class Spans {
  readonly #byName = new Map<string, Span>();
  readonly #open = new Map<string, number[]>();
  readonly #clocks: Goroutines;

  constructor(clocks: Goroutines) {
    this.#clocks = clocks;
  }

  get all(): Span[] {
    return [...this.#byName.values()].sort((a, b) => b.durations.total - a.durations.total);
  }

  take(event: TraceEvent): void {
    // Nearly all events are goroutines' and processors', which are no spans.
    if (event.type < Ev.STWBegin) return;
    const { type, time, a0, g, tables } = event;
    switch (type) {
      case Ev.GCBegin:
      case Ev.GCActive:
        this.#clocks.collecting.begin(time);
        return this.#begin("collector", time);
      case Ev.GCEnd:
        this.#clocks.collecting.end(time);
        return this.#end("collector", "collector", "concurrent mark", time);
      case Ev.STWBegin:
        this.#clocks.stopped.begin(time);
        return this.#begin(`stop ${g}`, time);
      case Ev.STWEnd:
        this.#clocks.stopped.end(time);
        return this.#end(`stop ${g}`, "stop", tables?.string(a0) ?? "", time);
      case Ev.GCMarkAssistBegin:
        return this.#begin(`assist ${g}`, time);
      case Ev.GCMarkAssistEnd:
        return this.#end(`assist ${g}`, "collector", "mark assist", time);
      case Ev.GCSweepBegin:
        return this.#begin(`sweep ${event.p}`, time);
      case Ev.GCSweepEnd:
        return this.#end(`sweep ${event.p}`, "collector", "sweep", time);
      case Ev.UserTaskBegin:
        return this.#begin(`task ${a0}`, time);
      case Ev.UserTaskEnd:
        return this.#end(`task ${a0}`, "task", event.name, time);
      case Ev.UserRegionBegin:
        return this.#begin(`region ${g}`, time);
      case Ev.UserRegionEnd:
        return this.#end(`region ${g}`, "region", tables?.string(event.a1) ?? "", time);
      default:
    }
  }

  #begin(key: string, time: number): void {
    const open = this.#open.get(key);
    if (open === undefined) this.#open.set(key, [time]);
    else open.push(time);
  }

  /** What began before the trace has no duration and is not counted. */
  #end(key: string, kind: Span["kind"], name: string, time: number): void {
    const open = this.#open.get(key);
    const begun = open?.pop();
    if (open?.length === 0) this.#open.delete(key);
    if (begun === undefined) return;
    const named = `${kind} ${name}`;
    let span = this.#byName.get(named);
    if (span === undefined) {
      span = { kind, name, durations: new Durations() };
      this.#byName.set(named, span);
    }
    span.durations.add(time - begun);
  }
}
