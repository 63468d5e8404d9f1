import { BatchReader, type ByteStream, truncated, unsigned } from "./bytes.ts";
import { Ev, maxBatch, TraceError } from "./spec.ts";
import { Tables } from "./tables.ts";

/** Events of one thread; `time` in ticks, `begin` of the batch and `offset` of its data in the file. */
export interface Batch {
  readonly generation: number;
  /** -1 is no thread. */
  readonly thread: number;
  readonly time: number;
  readonly data: Uint8Array;
  readonly experiment: number;
  readonly begin: number;
  readonly offset: number;
}

/** What belongs together: between two generations all tables are written anew. */
export class Generation {
  number = 0;
  leastTime = 0;
  readonly tables = new Tables();
  /** By thread, in the order in which threads were first met. */
  readonly batches = new Map<number, Batch[]>();

  add(batch: Batch, version: number): void {
    if (this.leastTime === 0 || batch.time < this.leastTime) this.leastTime = batch.time;
    this.put(batch, version);
  }

  put(batch: Batch, version: number): void {
    const { data, offset } = batch;
    const kind = batch.experiment === 0 ? data[0] : undefined;
    if (kind === Ev.Strings) this.tables.addStrings(new BatchReader(data, 1), offset);
    else if (kind === Ev.Stacks) this.tables.addStacks(new BatchReader(data, 1), offset);
    else if (kind === Ev.CPUSamples) this.tables.addSamples(new BatchReader(data, 1), offset);
    else if (kind === Ev.Frequency && version < 25)
      this.tables.addSync(new BatchReader(data), batch.time, version, offset);
    else if (kind === Ev.Sync && version >= 25)
      this.tables.addSync(new BatchReader(data, 1), batch.time, version, offset);
    else if (batch.experiment === 0) {
      const list = this.batches.get(batch.thread);
      if (list === undefined) this.batches.set(batch.thread, [batch]);
      else list.push(batch);
    }
  }
}

/** A generation that was read, the first batch after it, and what went wrong after it. */
export interface Spilled {
  readonly generation: Generation | undefined;
  readonly spill: Batch | undefined;
  readonly error: TraceError | undefined;
}

/**
 * Up to Go 1.25 a generation ends where a batch of the next one comes. An error before the first batch of this
 * generation, or in its tables, loses it; one after it is kept for when the generation has been told.
 */
export function readSpilling(stream: ByteStream, first: Batch | undefined, version: number): Spilled {
  const generation = new Generation();
  let spill: Batch | undefined;
  let late: TraceError | undefined;
  try {
    if (first !== undefined) {
      generation.number = first.generation;
      generation.leastTime = first.time;
      generation.put(first, version);
    }
    for (;;) {
      const batch = orError(() => readBatch(stream));
      if (batch === undefined) break;
      if (batch instanceof TraceError) {
        if (generation.number === 0) throw batch;
        late = batch;
        break;
      }
      if (batch.generation === 0) throw new TraceError("a batch of generation 0", batch.offset);
      if (generation.number === 0) generation.number = batch.generation;
      if (batch.generation === generation.number + 1) {
        spill = batch;
        break;
      }
      if (batch.generation !== generation.number) throw new TraceError("generations are out of order", batch.offset);
      generation.add(batch, version);
    }
    generation.tables.finish(version, stream.offset);
    return { generation, spill, error: late };
  } catch (error) {
    return { generation: undefined, spill: undefined, error: traceError(error) };
  }
}

/** From Go 1.26 on a generation says where it ends. Undefined at the end of the trace. Throws `TraceError`. */
export function readGeneration(stream: ByteStream, version: number): Generation | undefined {
  const generation = new Generation();
  for (;;) {
    const batch = readBatch(stream);
    if (batch === undefined) {
      if (generation.batches.size > 0)
        throw new TraceError("the trace is cut off: its last part is incomplete", stream.offset);
      return undefined;
    }
    if (generation.number === 0) generation.number = batch.generation;
    if (batch.experiment === 0 && batch.data[0] === Ev.EndOfGeneration) break;
    if (batch.generation === 0) throw new TraceError("a batch of generation 0", batch.offset);
    if (batch.generation !== generation.number)
      throw new TraceError("a generation has no end, or two of them are mixed", batch.offset);
    generation.add(batch, version);
  }
  generation.tables.finish(version, stream.offset);
  return generation;
}

const end = new Uint8Array([Ev.EndOfGeneration]);

/** The next batch; undefined at the end of the bytes. Throws `TraceError`. */
function readBatch(stream: ByteStream): Batch | undefined {
  const { offset } = stream;
  const type = stream.byte();
  if (type < 0) return undefined;
  if (type === Ev.EndOfGeneration)
    return { generation: 0, thread: -1, time: 0, data: end, experiment: 0, begin: offset, offset };
  if (type !== Ev.EventBatch && type !== Ev.ExperimentalBatch)
    throw new TraceError(`expected a batch, found event ${type}`, offset);
  const experiment = type === Ev.ExperimentalBatch ? stream.byte() : 0;
  if (experiment < 0) return undefined;
  const generation = header(stream, "generation");
  const thread = header(stream, "thread");
  const time = unsigned(header(stream, "time"));
  const size = header(stream, "size");
  if (size < 0 || size > maxBatch)
    throw new TraceError(`a batch of ${unsigned(size)} bytes; ${maxBatch} at most`, offset);
  const start = stream.offset;
  const data = stream.take(size);
  if (data.length < size) throw new TraceError(`a batch is cut off: ${data.length} of ${size} bytes`, offset);
  return { generation, thread, time, data, experiment, begin: offset, offset: start };
}

function header(stream: ByteStream, name: string): number {
  const value = stream.varint();
  if (stream.bad !== 0)
    throw new TraceError(
      stream.bad === truncated ? `a batch is cut off in its ${name}` : `a batch's ${name} has more than 64 bits`,
      stream.offset,
    );
  return value;
}

function orError<T>(read: () => T): T | TraceError {
  try {
    return read();
  } catch (error) {
    return traceError(error);
  }
}

/** What is no `TraceError` is a fault of ours and goes on. */
export function traceError(error: unknown): TraceError {
  if (error instanceof TraceError) return error;
  throw error;
}
