import protobuf from "protobufjs/minimal.js";
import { printable } from "../../../../common/src/format.ts";
import { FloatColumn, IntColumn } from "./column.ts";
import { type Profile, ProfileError, type ProfileFunction } from "./profile.ts";

type Reader = protobuf.Reader;

/** Decodes uncompressed bytes of profile.proto. Throws `ProfileError` and nothing else. */
export function decodeProfile(bytes: Uint8Array): Profile {
  const decoder = new Decoder(bytes);
  try {
    return decoder.run();
  } catch (error) {
    if (error instanceof ProfileError) throw error;
    throw new ProfileError(error instanceof RangeError ? "the file is cut off" : "not a pprof profile", decoder.offset);
  }
}

/** Fields of the message `Profile` that are messages or strings; 6 holds the strings. */
const delimited = new Set([1, 2, 3, 4, 5, 6, 11]);

/** Ids are small and in order in every profile Go writes: an array by id, and a map for what is not so. */
class Ids {
  readonly #small: IntColumn = new IntColumn();
  readonly #other = new Map<number, number>();
  #dense: Int32Array | undefined;

  set(id: number, index: number): void {
    if (id === this.#small.length + 1) this.#small.push(index);
    else this.#other.set(id, index);
  }

  get(id: number): number | undefined {
    this.#dense ??= this.#small.done();
    return this.#other.get(id) ?? (id >= 1 && id <= this.#dense.length ? this.#dense[id - 1] : undefined);
  }
}

class Decoder {
  readonly #reader: Reader;
  readonly #strings: string[] = [];
  readonly #types: [type: number, unit: number][] = [];
  readonly #stackStart = new IntColumn();
  readonly #stackIds = new FloatColumn();
  readonly #values = new FloatColumn();
  readonly #locations = new Ids();
  #locationCount = 0;
  readonly #frameStart = new IntColumn();
  readonly #frameIds = new FloatColumn();
  readonly #frameLine = new IntColumn();
  readonly #functions = new Ids();
  readonly #named: [name: number, file: number, line: number][] = [];
  #width = -1;
  #narrow: number | undefined;
  #time = 0;
  #duration = 0;
  #period = 0;
  #periodType: [type: number, unit: number] | undefined;
  #overflows = 0;

  constructor(bytes: Uint8Array) {
    this.#reader = protobuf.Reader.create(bytes);
  }

  get offset(): number {
    return this.#reader.pos;
  }

  run(): Profile {
    const reader = this.#reader;
    while (reader.pos < reader.len) {
      const tag = reader.uint32();
      this.#field(tag >>> 3, tag & 7);
    }
    return this.#finish();
  }

  #field(field: number, wire: number): void {
    const reader = this.#reader;
    if (field <= 14 && field !== 13 && delimited.has(field) !== (wire === 2))
      throw new ProfileError(`field ${field} has the wrong type`, reader.pos);
    switch (field) {
      case 1:
        this.#types.push(this.#valueType());
        return;
      case 2:
        return this.#sample();
      case 4:
        return this.#location();
      case 5:
        return this.#function();
      case 6:
        this.#strings.push(printable(reader.string()));
        return;
      case 9:
        // Nanoseconds since 1970 are beyond 2^53; nobody needs the last of them.
        this.#time = Number(reader.int64());
        return;
      case 10:
        this.#duration = this.#int();
        return;
      case 11:
        this.#periodType = this.#valueType();
        return;
      case 12:
        this.#period = this.#int();
        return;
      default:
        reader.skipType(wire);
    }
  }

  /** A length that lies is an error before anything is allocated for it. */
  #end(): number {
    const reader = this.#reader;
    const length = reader.uint32();
    const end = reader.pos + length;
    if (end > reader.len) throw new ProfileError("a length points behind the end", reader.pos);
    return end;
  }

  #close(end: number): void {
    if (this.#reader.pos !== end) throw new ProfileError("a message is longer than it says", this.#reader.pos);
  }

  #int(): number {
    const reader = this.#reader;
    // Nearly every number is below 2^28; the long way through is kept for the rest.
    const { buf, pos } = reader;
    let value = 0;
    for (let shift = 0, at = pos; shift < 28 && at < reader.len; shift += 7) {
      const byte = buf[at++] ?? 0;
      value |= (byte & 127) << shift;
      if (byte < 128) {
        reader.pos = at;
        return value;
      }
    }
    const long = Number(reader.int64());
    if (!Number.isSafeInteger(long)) this.#overflows++;
    return long;
  }

  #valueType(): [number, number] {
    const reader = this.#reader;
    const end = this.#end();
    let type = 0;
    let unit = 0;
    while (reader.pos < end) {
      const tag = reader.uint32();
      if (tag === 8) type = this.#int();
      else if (tag === 16) unit = this.#int();
      else reader.skipType(tag & 7);
    }
    this.#close(end);
    return [type, unit];
  }

  /** Packed or single integers. */
  #ints(wire: number, into: FloatColumn): void {
    const reader = this.#reader;
    if (wire === 0) {
      into.push(this.#int());
      return;
    }
    const end = this.#end();
    while (reader.pos < end) into.push(this.#int());
  }

  #sample(): void {
    const reader = this.#reader;
    const end = this.#end();
    this.#stackStart.push(this.#stackIds.length);
    const before = this.#values.length;
    while (reader.pos < end) {
      const tag = reader.uint32();
      if (tag >>> 3 === 1) this.#ints(tag & 7, this.#stackIds);
      else if (tag >>> 3 === 2) this.#ints(tag & 7, this.#values);
      else reader.skipType(tag & 7);
    }
    this.#close(end);
    const width = this.#values.length - before;
    if (this.#width < 0) this.#width = width;
    else if (this.#width !== width) this.#narrow = width;
  }

  #location(): void {
    const reader = this.#reader;
    const end = this.#end();
    let id = 0;
    this.#frameStart.push(this.#frameIds.length);
    while (reader.pos < end) {
      const tag = reader.uint32();
      if (tag === 8) id = this.#int();
      else if (tag === 34) this.#line();
      else reader.skipType(tag & 7);
    }
    this.#close(end);
    this.#locations.set(id, this.#locationCount++);
  }

  #line(): void {
    const reader = this.#reader;
    const end = this.#end();
    let id = 0;
    let line = 0;
    while (reader.pos < end) {
      const tag = reader.uint32();
      if (tag === 8) id = this.#int();
      else if (tag === 16) line = this.#int();
      else reader.skipType(tag & 7);
    }
    this.#close(end);
    this.#frameIds.push(id);
    this.#frameLine.push(line);
  }

  #function(): void {
    const reader = this.#reader;
    const end = this.#end();
    let [id, name, file, line] = [0, 0, 0, 0];
    while (reader.pos < end) {
      const tag = reader.uint32();
      if (tag === 8) id = this.#int();
      else if (tag === 16) name = this.#int();
      else if (tag === 32) file = this.#int();
      else if (tag === 40) line = this.#int();
      else reader.skipType(tag & 7);
    }
    this.#close(end);
    this.#functions.set(id, this.#named.length);
    this.#named.push([name, file, line]);
  }

  #text(index: number): string {
    const text = this.#strings[index];
    if (text === undefined) throw new ProfileError(`string ${index} is missing`, this.offset);
    return text;
  }

  /** Ids become indexes. */
  #resolve(ids: Float64Array, index: Ids, what: string): Int32Array {
    const out = new Int32Array(ids.length);
    for (let i = 0; i < ids.length; i++) {
      const found = index.get(ids[i] ?? 0);
      if (found === undefined) throw new ProfileError(`${what} ${ids[i]} is missing`, this.offset);
      out[i] = found;
    }
    return out;
  }

  #finish(): Profile {
    const sampleTypes = this.#types.map(([type, unit]) => ({ type: this.#text(type), unit: this.#text(unit) }));
    const wrong = this.#narrow ?? (this.#width >= 0 && this.#width !== sampleTypes.length ? this.#width : undefined);
    if (wrong !== undefined)
      throw new ProfileError(`a sample has ${wrong} values, not ${sampleTypes.length}`, this.offset);
    if (sampleTypes.length === 0 && this.#strings.length === 0) throw new ProfileError("not a pprof profile", 0);
    this.#stackStart.push(this.#stackIds.length);
    this.#frameStart.push(this.#frameIds.length);
    const periodType = this.#periodType;
    return {
      sampleTypes,
      stackStart: this.#stackStart.done(),
      stack: this.#resolve(this.#stackIds.done(), this.#locations, "location"),
      values: this.#values.done(),
      frameStart: this.#frameStart.done(),
      frameFunction: this.#resolve(this.#frameIds.done(), this.#functions, "function"),
      frameLine: this.#frameLine.done(),
      functions: this.#named.map(
        ([name, file, line]): ProfileFunction => ({ name: this.#text(name), file: this.#text(file), line }),
      ),
      timeNanos: this.#time,
      durationNanos: this.#duration,
      periodType:
        periodType === undefined ? undefined : { type: this.#text(periodType[0]), unit: this.#text(periodType[1]) },
      period: this.#period,
      overflows: this.#overflows,
    };
  }
}
