import { type ByteSource, ByteStream } from "./bytes.ts";
import { Cursor, Frontier } from "./cursor.ts";
import { none, TraceEvent } from "./event.ts";
import { type Batch, type Generation, readGeneration, readSpilling, traceError } from "./generation.ts";
import { Ordering } from "./order/ordering.ts";
import { Ev, otherStackArg, otherStringArg, stackArg, stringArg, TraceError } from "./spec.ts";
import { nanoseconds, type Tables } from "./tables.ts";

const noSamples: Tables["samples"] = [];
const versions = new Set([22, 23, 25, 26]);

/** Where a generation begins: reading can begin anew there. */
export interface TracePoint {
  /** Bytes before it, and nanoseconds since the trace's begin. */
  readonly offset: number;
  readonly time: number;
  readonly version: number;
  readonly origin: number;
  /** The time of the event before it. */
  readonly last: number;
}

/**
 * Reads an execution trace of Go 1.22 to 1.26 event by event, one generation in memory at a time, in the order and with
 * the times of Go's own reader. Throws `TraceError` and nothing else.
 */
export class TraceReader {
  /** The Go release whose format this is: 22 is 1.22. */
  readonly version: number;
  /** Nanoseconds at which `TraceEvent.time` is 0; known from the first generation on. */
  origin = 0;
  /** The generations met so far. */
  readonly points: TracePoint[] = [];
  readonly #stream: ByteStream;
  readonly #ordering = new Ordering();
  readonly #frontier = new Frontier();
  readonly #made = new TraceEvent();
  #generation: Generation | undefined;
  #begun = false;
  #last = 0;
  #sample = 0;
  #boundaries = 0;
  #spill: Batch | undefined;
  #error: TraceError | undefined;
  /** The error has had its boundary. */
  #told = false;
  #done = false;

  /** Given a point, the source begins there. */
  constructor(source: ByteSource, point?: TracePoint) {
    this.#stream = new ByteStream(source, point?.offset);
    this.version = point?.version ?? readHeader(this.#stream);
    if (point === undefined) return;
    this.origin = point.origin;
    this.#begun = true;
    this.#last = point.last;
  }

  /** Bytes of the file read so far. */
  get offset(): number {
    return this.#stream.offset;
  }

  /** The next event, which is overwritten by the one after it; undefined at the end. */
  next(): TraceEvent | undefined {
    if (this.#done) return undefined;
    const event = this.#ordering.next() ?? this.#following();
    if (event.type !== Ev.Boundary && event.tables !== undefined) validate(event, event.tables, this.#stream.offset);
    if (event.time <= this.#last) event.time = this.#last + 1;
    this.#last = event.time;
    return event;
  }

  #following(): TraceEvent {
    const generation = this.#generation;
    const samples = generation?.tables.samples ?? noSamples;
    if (generation === undefined || (this.#frontier.size === 0 && this.#sample >= samples.length))
      return this.version < 26 ? this.#nextSpilling() : this.#nextGeneration();
    const sample = samples[this.#sample];
    if (sample !== undefined) {
      const time = sample[0];
      const first = this.#frontier.first;
      if (first === undefined || time - this.origin < first.time) {
        const [, m, p, g, stack] = sample;
        this.#sample++;
        return this.#make(Ev.CPUSample, time - this.origin, m, p, g, stack);
      }
    }
    if (!this.#advance(generation, 0)) this.#advanceAny(generation);
    return this.#ordering.next() ?? this.#broken("no event");
  }

  #broken(what: string): never {
    throw new TraceError(`${what}: generation ${this.#generation?.number ?? 0} cannot go on`, this.offset);
  }

  #advanceAny(generation: Generation): void {
    this.#frontier.sort();
    for (let index = 1; index < this.#frontier.size; index++) if (this.#advance(generation, index)) return;
    this.#broken("no thread's next event fits");
  }

  #advance(generation: Generation, index: number): boolean {
    const cursor = this.#frontier.cursors[index];
    if (cursor === undefined) return this.#broken("no thread has an event");
    const { tables, number } = generation;
    try {
      if (!this.#ordering.advance(cursor, cursor.thread, number, tables)) return false;
    } catch (error) {
      throw error instanceof TraceError
        ? new TraceError(error.message.replace(/ \(byte 0\)$/, ""), cursor.offset)
        : error;
    }
    if (cursor.advance()) this.#frontier.update(index);
    else this.#frontier.remove(index);
    return true;
  }

  #make(type: number, time: number, m: number, p: number, g: number, a0: number): TraceEvent {
    const event = this.#made;
    event.type = type;
    event.time = time;
    event.m = m;
    event.p = p;
    event.g = g;
    event.a0 = a0;
    event.tables = this.#generation?.tables;
    return event;
  }

  /** The border before a generation, and after the last one. */
  #boundary(time: number): TraceEvent {
    return this.#make(Ev.Boundary, time, none, none, none, ++this.#boundaries);
  }

  #nextGeneration(): TraceEvent {
    if (this.#error !== undefined) throw this.#error;
    let read: Generation | undefined;
    const { offset } = this.#stream;
    try {
      read = readGeneration(this.#stream, this.version);
    } catch (error) {
      this.#error = traceError(error);
      this.#generation = undefined;
      return this.#boundary(this.#last);
    }
    return this.#install(read, offset);
  }

  #nextSpilling(): TraceEvent {
    if (this.#error !== undefined) {
      if (this.#told) throw this.#error;
      this.#told = true;
      return this.#boundary(this.#last);
    }
    if (this.#generation !== undefined && this.#spill === undefined) return this.#install(undefined, 0);
    const offset = this.#spill?.begin ?? this.#stream.offset;
    const { generation, spill, error } = readSpilling(this.#stream, this.#spill, this.version);
    this.#spill = spill;
    this.#error = error;
    if (generation === undefined) {
      this.#generation = undefined;
      this.#told = true;
      return this.#boundary(this.#last);
    }
    return this.#install(generation, offset);
  }

  #install(generation: Generation | undefined, offset: number): TraceEvent {
    this.#generation = generation;
    if (generation === undefined) {
      this.#done = true;
      return this.#boundary(this.#last);
    }
    const { frequency } = generation.tables;
    const start = nanoseconds(generation.leastTime, frequency);
    if (!this.#begun) {
      this.#begun = true;
      this.origin = start;
      // Go's reader begins at 0; what comes first is later than that.
      this.#last -= start;
    }
    const { version, origin } = this;
    // Threads begin their batches before the events of the generation before have ended.
    const time = Math.max(start - origin, this.#last);
    this.points.push({ offset, time, version, origin, last: this.#last });
    this.#sample = 0;
    for (const [thread, batches] of generation.batches) {
      const cursor = new Cursor(thread, batches, frequency, origin);
      if (cursor.advance()) this.#frontier.insert(cursor);
    }
    return this.#boundary(start - origin);
  }
}

function readHeader(stream: ByteStream): number {
  const text = new TextDecoder().decode(stream.take(16));
  const found = /^go 1\.(\d\d) trace\0\0\0$/.exec(text);
  if (found === null) throw new TraceError("not a Go execution trace", 0);
  const version = Number(found[1]);
  if (versions.has(version)) return version;
  throw new TraceError(
    version < 22
      ? `a trace of Go 1.${version}: traces are read from Go 1.22 on. Record it again with a newer Go`
      : `a trace of the unknown format go 1.${version}`,
    0,
  );
}

/** All ids must be in the tables. */
function validate(event: TraceEvent, tables: Tables, offset: number): void {
  const { type } = event;
  const stack = stackArg[type] ?? -1;
  if (stack >= 0) {
    checkStack(tables, event.arg(stack), offset);
    const other = otherStackArg[type] ?? -1;
    if (other >= 0) checkStack(tables, event.arg(other), offset);
  }
  const string = stringArg[type] ?? -1;
  if (string >= 0) {
    checkString(tables, event.arg(string), offset);
    const other = otherStringArg[type] ?? -1;
    if (other >= 0) checkString(tables, event.arg(other), offset);
  }
}

function checkStack(tables: Tables, id: number, offset: number): void {
  if (!tables.hasStack(id)) throw new TraceError(`stack ${id} is not there`, offset);
}

function checkString(tables: Tables, id: number, offset: number): void {
  if (!tables.hasString(id)) throw new TraceError(`string ${id} is not there`, offset);
}
