import protobuf from "protobufjs/minimal.js";

type Reader = protobuf.Reader;

/** Bytes that are no profile; `offset` is where reading stopped. */
export class ProfileError extends Error {
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(`${message} at byte ${offset}`);
    this.offset = offset;
  }
}

export interface SampleType {
  readonly type: string;
  readonly unit: string;
}

/** A pprof profile in columns: samples, the frames of locations and the functions, each in parallel arrays. */
export interface Profile {
  readonly sampleTypes: readonly SampleType[];
  /** Sample `i` has locations `stack[stackStart[i]..stackStart[i + 1]]`, leaf first, as indexes into `frameStart`. */
  readonly stackStart: Int32Array;
  readonly stack: Int32Array;
  /** `values[i * sampleTypes.length + type]` */
  readonly values: Float64Array;
  /** Location `l` has frames `frameStart[l]..frameStart[l + 1]`, the innermost inlined one first. */
  readonly frameStart: Int32Array;
  readonly frameFunction: Int32Array;
  readonly frameLine: Int32Array;
  readonly functions: readonly { readonly name: string; readonly file: string; readonly line: number }[];
  readonly timeNanos: number;
  readonly durationNanos: number;
  /** Values beyond 2^53, which a number holds only nearly. */
  readonly overflows: number;
}

/** A growing column of integers. */
class Column {
  #data = new Int32Array(1024);
  length = 0;
  push(value: number): void {
    if (this.length === this.#data.length) {
      const grown = new Int32Array(2 * this.length);
      grown.set(this.#data);
      this.#data = grown;
    }
    this.#data[this.length++] = value;
  }
  done(): Int32Array {
    return this.#data.slice(0, this.length);
  }
}

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

class Decoder {
  readonly #reader: Reader;
  readonly #strings: string[] = [];
  readonly #types: [number, number][] = [];
  readonly #stackStart = new Column();
  readonly #stackIds: number[] = [];
  readonly #values: number[] = [];
  readonly #locations = new Map<number, number>();
  readonly #frameStart = new Column();
  readonly #frameIds: number[] = [];
  readonly #frameLine = new Column();
  readonly #functions = new Map<number, number>();
  readonly #named: [name: number, file: number, line: number][] = [];
  #widths = new Set<number>();
  #time = 0;
  #duration = 0;
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
    const nested = field <= 5 || field === 11;
    if ((nested || field === 6) !== (wire === 2) && field <= 14 && field !== 13) {
      throw new ProfileError(`field ${field} has the wrong type`, reader.pos);
    }
    switch (field) {
      case 1:
        return this.#message((at, width) => this.#valueType(at, width));
      case 2:
        return this.#sample();
      case 4:
        return this.#location();
      case 5:
        return this.#function();
      case 6:
        this.#strings.push(reader.string());
        return;
      case 9:
        this.#time = this.#int();
        return;
      case 10:
        this.#duration = this.#int();
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

  #message(read: (end: number, start: number) => void): void {
    const end = this.#end();
    read(end, this.#reader.pos);
    if (this.#reader.pos !== end) throw new ProfileError("a message is longer than it says", this.#reader.pos);
  }

  #int(): number {
    const value = Number(this.#reader.int64());
    if (!Number.isSafeInteger(value)) this.#overflows++;
    return value;
  }

  #valueType(end: number, _start: number): void {
    const reader = this.#reader;
    let type = 0;
    let unit = 0;
    while (reader.pos < end) {
      const tag = reader.uint32();
      if (tag === 8) type = this.#int();
      else if (tag === 16) unit = this.#int();
      else reader.skipType(tag & 7);
    }
    this.#types.push([type, unit]);
  }

  /** Packed or single integers. */
  #ints(wire: number, into: number[]): void {
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
    this.#message((end) => {
      this.#stackStart.push(this.#stackIds.length);
      const before = this.#values.length;
      while (reader.pos < end) {
        const tag = reader.uint32();
        if (tag >>> 3 === 1) this.#ints(tag & 7, this.#stackIds);
        else if (tag >>> 3 === 2) this.#ints(tag & 7, this.#values);
        else reader.skipType(tag & 7);
      }
      this.#widths.add(this.#values.length - before);
    });
  }

  #location(): void {
    const reader = this.#reader;
    this.#message((end) => {
      let id = 0;
      this.#frameStart.push(this.#frameIds.length);
      while (reader.pos < end) {
        const tag = reader.uint32();
        if (tag === 8) id = this.#int();
        else if (tag === 34) this.#line();
        else reader.skipType(tag & 7);
      }
      this.#locations.set(id, this.#locations.size);
    });
  }

  #line(): void {
    const reader = this.#reader;
    this.#message((end) => {
      let id = 0;
      let line = 0;
      while (reader.pos < end) {
        const tag = reader.uint32();
        if (tag === 8) id = this.#int();
        else if (tag === 16) line = this.#int();
        else reader.skipType(tag & 7);
      }
      this.#frameIds.push(id);
      this.#frameLine.push(line);
    });
  }

  #function(): void {
    const reader = this.#reader;
    this.#message((end) => {
      const parts: [number, number, number, number] = [0, 0, 0, 0];
      while (reader.pos < end) {
        const tag = reader.uint32();
        if (tag === 8) parts[0] = this.#int();
        else if (tag === 16) parts[1] = this.#int();
        else if (tag === 32) parts[2] = this.#int();
        else if (tag === 40) parts[3] = this.#int();
        else reader.skipType(tag & 7);
      }
      this.#functions.set(parts[0], this.#named.length);
      this.#named.push([parts[1], parts[2], parts[3]]);
    });
  }

  #text(index: number): string {
    const text = this.#strings[index];
    if (text === undefined) throw new ProfileError(`string ${index} is missing`, this.offset);
    return text;
  }

  #finish(): Profile {
    const sampleTypes = this.#types.map(([type, unit]) => ({ type: this.#text(type), unit: this.#text(unit) }));
    for (const width of this.#widths) {
      if (width !== sampleTypes.length)
        throw new ProfileError(`a sample has ${width} values, not ${sampleTypes.length}`, this.offset);
    }
    if (sampleTypes.length === 0 && this.#strings.length === 0) throw new ProfileError("not a pprof profile", 0);
    const find = (map: ReadonlyMap<number, number>, id: number, what: string) => {
      const index = map.get(id);
      if (index === undefined) throw new ProfileError(`${what} ${id} is missing`, this.offset);
      return index;
    };
    this.#stackStart.push(this.#stackIds.length);
    this.#frameStart.push(this.#frameIds.length);
    return {
      sampleTypes,
      stackStart: this.#stackStart.done(),
      stack: Int32Array.from(this.#stackIds, (id) => find(this.#locations, id, "location")),
      values: Float64Array.from(this.#values),
      frameStart: this.#frameStart.done(),
      frameFunction: Int32Array.from(this.#frameIds, (id) => find(this.#functions, id, "function")),
      frameLine: this.#frameLine.done(),
      functions: this.#named.map(([name, file, line]) => ({ name: this.#text(name), file: this.#text(file), line })),
      timeNanos: this.#time,
      durationNanos: this.#duration,
      overflows: this.#overflows,
    };
  }
}
