import type { TraceEvent } from "../event.ts";
import type { TracePoint, TraceReader } from "../reader.ts";
import { Ev, TraceError } from "../spec.ts";
import type { Recording } from "../timeline/recording.ts";
import { Durations } from "./durations.ts";
import { Goroutines } from "./follow.ts";
import type { GoroutineLife, Span, TraceModel, WaitSite } from "./model.ts";
import { Presence, type WatchedPair } from "./presence.ts";
import { Stacks } from "./stacks.ts";

export interface AnalyseOptions {
  /** Nanoseconds since the trace's begin between which waits are counted. */
  readonly from?: number;
  readonly to?: number;
  readonly recording?: Recording;
  /** Where stacks are numbered; those of another analysis when parts of one trace shall share their numbers. */
  readonly stacks?: Stacks;
  /** Functions of which it is asked whether they were active at the same moment. */
  readonly pairs?: readonly WatchedPair[];
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
  const analysis = new TraceAnalysis(reader, options);
  while (analysis.read(step)) if (options.onProgress?.(reader.offset) === true) break;
  return analysis.model();
}

/** An analysis that is read piece by piece; what there is can be looked at between the pieces. */
export class TraceAnalysis {
  readonly stacks: Stacks;
  readonly #reader: TraceReader;
  readonly #goroutines: Goroutines;
  readonly #spans: Spans;
  readonly #presence: Presence | undefined;
  readonly #samples = new Map<number, number>();
  #events = 0;
  #last = 0;
  #processors = 0;
  #lost: TraceModel["lost"];

  constructor(reader: TraceReader, options: AnalyseOptions = {}) {
    const { from = 0, to = Number.POSITIVE_INFINITY, recording, pairs = [] } = options;
    this.#reader = reader;
    this.stacks = options.stacks ?? new Stacks();
    this.#presence = pairs.length === 0 ? undefined : new Presence(this.stacks, pairs);
    this.#goroutines = new Goroutines(this.stacks, from, to, recording);
    this.#spans = new Spans(this.#goroutines, recording);
  }

  /** Nanoseconds up to the newest event. */
  get last(): number {
    return this.#last;
  }

  get events(): number {
    return this.#events;
  }

  get offset(): number {
    return this.#reader.offset;
  }

  /** Where reading can begin anew. */
  get points(): readonly TracePoint[] {
    return this.#reader.points;
  }

  get lives(): readonly GoroutineLife[] {
    return this.#goroutines.lives;
  }

  get sites(): readonly WaitSite[] {
    return this.#goroutines.sites;
  }

  /** Takes the next events; false when there are no more. */
  read(count: number): boolean {
    try {
      for (let left = count; left > 0; left--) {
        const event = this.#reader.next();
        if (event === undefined) return false;
        this.#take(event);
      }
      return true;
    } catch (error) {
      if (!(error instanceof TraceError) || this.#events <= 2) throw error;
      this.#lost = { message: error.message, offset: error.offset };
      return false;
    }
  }

  /** Ends what goes on at the end of the trace. */
  model(): TraceModel {
    return {
      version: this.#reader.version,
      events: this.#events,
      duration: this.#last,
      bytes: this.#reader.offset,
      processors: this.#processors,
      stacks: this.stacks,
      ...this.#goroutines.finish(this.#last),
      goroutines: this.#goroutines.lives,
      latency: this.#goroutines.latency,
      spans: this.#spans.all,
      samples: this.#samples,
      overlaps: this.#presence?.overlaps ?? [],
      lost: this.#lost,
    };
  }

  #take(event: TraceEvent): void {
    this.#last = event.time;
    this.#events++;
    if (event.type === Ev.CPUSample) {
      const stack = this.stacks.of(event.tables, event.a0);
      this.#samples.set(stack, (this.#samples.get(stack) ?? 0) + 1);
    } else if (event.type === Ev.ProcsChange) this.#processors = Math.max(this.#processors, event.a0);
    this.#presence?.take(event);
    this.#spans.take(event);
    this.#goroutines.take(event);
  }
}

/** Tasks, regions, collections, stops of the world: what begins and ends. */
class Spans {
  readonly #byName = new Map<string, Span>();
  readonly #open = new Map<string, number[]>();
  readonly #clocks: Goroutines;
  readonly #recording: Recording | undefined;

  constructor(clocks: Goroutines, recording: Recording | undefined) {
    this.#clocks = clocks;
    this.#recording = recording;
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
        this.#recording?.begin("collector", time);
        return this.#begin("collector", time);
      case Ev.GCEnd:
        this.#clocks.collecting.end(time);
        this.#recording?.end("collector", time);
        return this.#end("collector", "collector", "concurrent mark", time);
      case Ev.STWBegin:
        this.#clocks.stopped.begin(time);
        this.#recording?.begin("stopped", time);
        return this.#begin(`stop ${g}`, time);
      case Ev.STWEnd:
        this.#clocks.stopped.end(time);
        this.#recording?.end("stopped", time);
        return this.#end(`stop ${g}`, "stop", tables?.string(a0) ?? "", time);
      case Ev.GCMarkAssistBegin:
        this.#recording?.begin("assist", time);
        return this.#begin(`assist ${g}`, time);
      case Ev.GCMarkAssistEnd:
        this.#recording?.end("assist", time);
        return this.#end(`assist ${g}`, "collector", "mark assist", time);
      case Ev.GCSweepBegin:
        this.#recording?.begin("sweep", time);
        return this.#begin(`sweep ${event.p}`, time);
      case Ev.GCSweepEnd:
        this.#recording?.end("sweep", time);
        return this.#end(`sweep ${event.p}`, "collector", "sweep", time);
      default:
        return this.#annotation(event);
    }
  }

  /** What the program says itself. */
  #annotation({ type, time, a0, a1, a2, g, name, tables }: TraceEvent): void {
    const annotations = this.#recording?.annotations;
    const row = annotations === undefined ? -1 : this.#clocks.rowOf(g);
    const text = (id: number) => tables?.string(id) ?? "";
    switch (type) {
      case Ev.UserTaskBegin:
        annotations?.beginTask(row, text(a2), a0, time);
        return this.#begin(`task ${a0}`, time);
      case Ev.UserTaskEnd:
        annotations?.endTask(a0, time);
        return this.#end(`task ${a0}`, "task", name, time);
      case Ev.UserRegionBegin:
        annotations?.beginRegion(row, text(a1), a0, time);
        return this.#begin(`region ${g}`, time);
      case Ev.UserRegionEnd:
        annotations?.endRegion(row, time);
        return this.#end(`region ${g}`, "region", text(a1), time);
      case Ev.UserLog:
        return annotations?.log(row, [text(a1), text(a2)].filter((one) => one !== "").join(": "), a0, time);
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
