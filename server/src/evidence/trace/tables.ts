import { type BatchReader, truncated, unsigned } from "./bytes.ts";
import { Ev, maxFrames, maxString, TraceError } from "./spec.ts";

/** A place in a stack. Program counters are exact to 2^53. */
export interface TraceFrame {
  readonly pc: number;
  readonly function: string;
  readonly file: string;
  readonly line: number;
}

/** A reading of the clocks at one moment; `ticks` are of the trace's clock. */
export interface ClockSnapshot {
  readonly ticks: number;
  readonly mono: number;
  readonly seconds: number;
  readonly nanoseconds: number;
}

const text = new TextDecoder();

/** The tables that one generation's events refer to. */
export class Tables {
  /** Nanoseconds per tick; 0 while unknown. */
  frequency = 0;
  snapshot: ClockSnapshot | undefined;
  readonly #strings = new Map<number, Uint8Array | string>();
  readonly #stacks = new Map<number, readonly number[]>();
  readonly #frames = new Map<number, readonly [fn: number, file: number, line: number]>();
  /** Up to which ids all strings and all stacks are there; 0 always is. */
  #dense: readonly [strings: number, stacks: number] = [0, 0];
  /** CPU samples as they come: time in ticks, M, P, G, stack. */
  readonly samples: [time: number, m: number, p: number, g: number, stack: number][] = [];

  hasString(id: number): boolean {
    return id <= this.#dense[0] ? id >= 0 : this.#strings.has(id);
  }

  /** The text of an id that is known to be there. */
  string(id: number): string {
    const found = this.#strings.get(id);
    if (found === undefined || typeof found === "string") return found ?? "";
    const read = text.decode(found);
    this.#strings.set(id, read);
    return read;
  }

  hasStack(id: number): boolean {
    return id <= this.#dense[1] ? id >= 0 : this.#stacks.has(id);
  }

  /** Program counters, the innermost first. */
  pcs(id: number): readonly number[] {
    return this.#stacks.get(id) ?? [];
  }

  frame(pc: number): TraceFrame {
    const [fn = 0, file = 0, line = 0] = this.#frames.get(pc) ?? [];
    return { pc, function: this.string(fn), file: this.string(file), line };
  }

  /** Reads a batch of strings. The first byte of a batch, its kind, has been read. Throws `TraceError`. */
  addStrings(reader: BatchReader, offset: number): void {
    while (!reader.done) {
      expectEvent(reader, Ev.String, "string", offset);
      const id = number(reader, offset);
      const length = number(reader, offset);
      if (length < 0 || length > maxString) throw new TraceError(`invalid string size ${length}`, offset);
      if (reader.at + length > reader.data.length) throw new TraceError("a string is cut off", offset);
      if (this.hasString(id)) throw new TraceError(`two strings have the id ${id}`, offset);
      this.#strings.set(id, reader.data.subarray(reader.at, reader.at + length));
      reader.at += length;
    }
  }

  addStacks(reader: BatchReader, offset: number): void {
    while (!reader.done) {
      expectEvent(reader, Ev.Stack, "stack", offset);
      const id = number(reader, offset);
      const count = number(reader, offset);
      if (count < 0 || count > maxFrames) throw new TraceError(`invalid stack size ${count}`, offset);
      const pcs: number[] = [];
      for (let index = 0; index < count; index++) {
        const pc = number(reader, offset);
        const fn = number(reader, offset);
        const file = number(reader, offset);
        const line = number(reader, offset);
        pcs.push(pc);
        if (!this.#frames.has(pc)) this.#frames.set(pc, [fn, file, line]);
      }
      if (this.hasStack(id)) throw new TraceError(`two stacks have the id ${id}`, offset);
      this.#stacks.set(id, pcs);
    }
  }

  addSamples(reader: BatchReader, offset: number): void {
    while (!reader.done) {
      expectEvent(reader, Ev.CPUSample, "CPU sample", offset);
      const time = unsigned(number(reader, offset));
      const m = number(reader, offset);
      const p = number(reader, offset);
      const g = number(reader, offset);
      this.samples.push([time, m, p, g === 0 ? -1 : g, number(reader, offset)]);
    }
  }

  /** Frequency and, from Go 1.25 on, the clocks. `time`: the batch's, in ticks. */
  addSync(reader: BatchReader, time: number, version: number, offset: number): void {
    let ticks = time;
    while (!reader.done) {
      const type = reader.byte();
      if (type === Ev.Frequency) {
        if (this.frequency !== 0) throw new TraceError("two frequency events", offset);
        this.frequency = 1 / (unsigned(number(reader, offset)) / 1e9);
      } else if (type === Ev.ClockSnapshot && version >= 25) {
        if (this.snapshot !== undefined) throw new TraceError("two clock snapshots", offset);
        ticks += unsigned(number(reader, offset));
        const mono = number(reader, offset);
        const seconds = number(reader, offset);
        this.snapshot = { ticks, mono, seconds, nanoseconds: number(reader, offset) };
      } else throw new TraceError(`expected a frequency or a clock snapshot, found event ${type}`, offset);
    }
  }

  /** Every frame's strings must be there. Sorts the samples by time. */
  finish(version: number, offset: number): void {
    if (this.frequency === 0) throw new TraceError("no frequency event found", offset);
    if (version >= 25 && this.snapshot === undefined) throw new TraceError("no clock snapshot found", offset);
    for (const [fn, file] of this.#frames.values())
      if (!this.hasString(fn) || !this.hasString(file))
        throw new TraceError("a stack refers to a string that is not there", offset);
    this.#dense = [dense(this.#strings), dense(this.#stacks)];
    for (const sample of this.samples) sample[0] = nanoseconds(sample[0], this.frequency);
    this.samples.sort((a, b) => a[0] - b[0]);
  }
}

/** The last of the ids 1, 2, 3 ... that are all there. */
function dense(table: ReadonlyMap<number, unknown>): number {
  let last = 0;
  while (table.has(last + 1)) last++;
  return last;
}

function expectEvent(reader: BatchReader, type: number, name: string, offset: number): void {
  const found = reader.byte();
  if (found !== type) throw new TraceError(`expected a ${name}, found event ${found}`, offset);
}

function number(reader: BatchReader, offset: number): number {
  const value = reader.varint();
  if (reader.bad !== 0)
    throw new TraceError(reader.bad === truncated ? "a table is cut off" : "a number has more than 64 bits", offset);
  return value;
}

const tooLarge = 2 ** 63;

/** Ticks in whole nanoseconds, the way Go's conversion of a float to an integer has it. */
export function nanoseconds(ticks: number, frequency: number): number {
  const product = ticks * frequency;
  return product < tooLarge ? Math.trunc(product) : -tooLarge;
}
