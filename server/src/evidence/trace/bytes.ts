/** Where bytes come from, in order. */
export interface ByteSource {
  /** Fills a part of `into` from `offset` on; the count of bytes, 0 at the end. */
  read(into: Uint8Array, offset: number): number;
}

/** The whole of an array as a source. */
export function bytesOf(bytes: Uint8Array): ByteSource {
  let at = 0;
  return {
    read(into, offset) {
      const count = Math.min(bytes.length - at, into.length - offset);
      into.set(bytes.subarray(at, at + count), offset);
      at += count;
      return count;
    },
  };
}

const chunkSize = 1 << 20;
const two32 = 2 ** 32;

/** What a read came to: a value, the end of the bytes, or more than 64 bits. */
export const truncated = -2;
export const overflow = -3;

/** A forward reader that keeps what it hands out valid: chunks are never written again. */
export class ByteStream {
  readonly #source: ByteSource;
  #chunk: Uint8Array = new Uint8Array(0);
  #at = 0;
  #end = 0;
  #before = 0;
  #over = false;

  /** `before`: bytes of the file before the source's first. */
  constructor(source: ByteSource, before = 0) {
    this.#source = source;
    this.#before = before;
  }

  /** Bytes read so far. */
  get offset(): number {
    return this.#before + this.#at;
  }

  #fill(): boolean {
    if (this.#over) return false;
    if (this.#end === this.#chunk.length) {
      this.#before += this.#end;
      this.#chunk = new Uint8Array(chunkSize);
      this.#at = 0;
      this.#end = 0;
    }
    const count = this.#source.read(this.#chunk, this.#end);
    this.#over = count === 0;
    this.#end += count;
    return count > 0;
  }

  /** The next byte, -1 at the end. */
  byte(): number {
    if (this.#at === this.#end && !this.#fill()) return -1;
    return this.#chunk[this.#at++] ?? -1;
  }

  /**
   * A varint of 64 bits. Values from 2^63 on come out negative, as a signed integer; `truncated` and `overflow` are
   * told by `bad`.
   */
  bad = 0;
  varint(): number {
    const groups: number[] = [];
    for (;;) {
      const byte = this.byte();
      this.bad = byte < 0 ? truncated : groups.length === 9 && byte > 1 ? overflow : 0;
      if (this.bad !== 0) return 0;
      groups.push(byte & 0x7f);
      if (byte < 0x80) return joined(groups);
    }
  }

  /** So many bytes, fewer at the end. A view where they lie in one chunk, a copy where they do not. */
  take(count: number): Uint8Array {
    if (this.#end - this.#at >= count) {
      this.#at += count;
      return this.#chunk.subarray(this.#at - count, this.#at);
    }
    const out = new Uint8Array(count);
    let filled = 0;
    while (filled < count && (this.#at < this.#end || this.#fill())) {
      const part = Math.min(count - filled, this.#end - this.#at);
      out.set(this.#chunk.subarray(this.#at, this.#at + part), filled);
      this.#at += part;
      filled += part;
    }
    return out.subarray(0, filled);
  }
}

function joined(groups: readonly number[]): number {
  let low = 0;
  let high = 0;
  groups.forEach((bits, index) => {
    const shift = index * 7;
    if (shift < 28) low += bits * 2 ** shift;
    else if (shift === 28) {
      low += (bits & 15) * 2 ** 28;
      high += bits >> 4;
    } else high += bits * 2 ** (shift - 32);
  });
  return high >= 2 ** 31 ? (high - two32) * two32 + low : high * two32 + low;
}

/** A cursor over the bytes of one batch. */
export class BatchReader {
  readonly data: Uint8Array;
  at: number;
  bad = 0;

  constructor(data: Uint8Array, at = 0) {
    this.data = data;
    this.at = at;
  }

  get done(): boolean {
    return this.at >= this.data.length;
  }

  byte(): number {
    const byte = this.data[this.at];
    this.bad = byte === undefined ? truncated : 0;
    this.at++;
    return byte ?? 0;
  }

  /** As `ByteStream.varint`. */
  varint(): number {
    const { data } = this;
    const first = data[this.at] ?? 0x80;
    this.bad = 0;
    if (first < 0x80) {
      this.at++;
      return first;
    }
    return this.#long();
  }

  #long(): number {
    const { data } = this;
    let low = 0;
    let high = 0;
    for (let index = 0; index < 10; index++) {
      const byte = data[this.at];
      if (byte === undefined) {
        this.bad = truncated;
        return 0;
      }
      this.at++;
      const bits = byte & 0x7f;
      if (index < 4) low |= bits << (index * 7);
      else if (index === 4) {
        low = (low >>> 0) + (bits & 15) * 2 ** 28;
        high = bits >> 4;
      } else if (index < 9) high += bits * 2 ** (index * 7 - 32);
      else {
        if (byte > 1) this.bad = overflow;
        high += bits * 2 ** 31;
      }
      if (byte < 0x80) {
        if (index < 4) return low;
        return high >= 2 ** 31 ? (high - two32) * two32 + low : high * two32 + low;
      }
    }
    this.bad = overflow;
    return 0;
  }
}

/** A signed value of `varint` read as unsigned. */
export function unsigned(value: number): number {
  return value < 0 ? value + two32 * two32 : value;
}
