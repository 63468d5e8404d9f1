/** Bytes that are no facts. */
export class FactsError extends Error {}

/** No value is larger: offsets in files of at most 64 MB, and counts of what is in one file. */
const largest = 2 ** 40;

/** Bytes that grow; numbers as varints, seven bits a byte. */
export class Bytes {
  #bytes = new Uint8Array(64);
  #length = 0;

  varint(value: number): void {
    // Nearly all are small.
    if (value >= 0 && value < 128 && this.#length < this.#bytes.length) {
      this.#bytes[this.#length++] = value;
      return;
    }
    if (!(value >= 0 && value <= largest)) throw new RangeError(`${value} is no index, length or offset`);
    if (this.#length + 8 > this.#bytes.length) this.#grow(8);
    let rest = value;
    // Most are small, and what is a small integer throughout is quick to work with.
    for (; rest > 127 && rest <= 0x3fffffff; rest >>= 7) this.#bytes[this.#length++] = (rest & 127) | 128;
    for (; rest > 127; rest = Math.floor(rest / 128)) this.#bytes[this.#length++] = (rest % 128) | 128;
    this.#bytes[this.#length++] = rest;
  }

  append(bytes: Uint8Array): void {
    if (this.#length + bytes.length > this.#bytes.length) this.#grow(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Makes room for what comes next; `bytes` that were asked for before are no more. */
  clear(): void {
    this.#length = 0;
  }

  #grow(more: number): void {
    const grown = new Uint8Array(2 * (this.#length + more));
    grown.set(this.#bytes);
    this.#bytes = grown;
  }
}

/** Reads what {@link Bytes} wrote. Throws {@link FactsError} behind the end. */
export class Cursor {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  varint(): number {
    const bytes = this.#bytes;
    let byte = bytes[this.#at++] ?? -1;
    if (byte >= 0 && byte < 128) return byte;
    let value = 0;
    for (let unit = 1; byte > 127; unit *= 128) {
      value += (byte - 128) * unit;
      if (unit > largest) throw new FactsError("a number is too large");
      byte = bytes[this.#at++] ?? -1;
      if (byte >= 0 && byte < 128) return value + byte * unit * 128;
    }
    throw new FactsError("it ends too early");
  }

  /** What was read so far. */
  get at(): number {
    return this.#at;
  }

  take(length: number): Uint8Array {
    if (this.#at + length > this.#bytes.length) throw new FactsError("it ends too early");
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}

/** Signed to unsigned, small to small. */
export function zigzag(value: number): number {
  return value < 0 ? -value * 2 - 1 : value * 2;
}

export function unzigzag(value: number): number {
  return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
}

/** Some bytes after another, in memory of their own. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const one of pieces) {
    all.set(one, at);
    at += one.length;
  }
  return all;
}

/** Stands between strings: hardly one has it. */
const between = "\u0001";
/** How strings are written: with that between them as UTF-8, or else by their lengths and the halves of their letters. */
const [apart, counted] = [0, 1];

/** Strings, each by what it has in common with the one before. */
export function writeStrings(strings: readonly string[], into: Bytes): void {
  let before = "";
  const rests: string[] = [];
  let plain = true;
  into.varint(strings.length);
  for (const one of strings) {
    let common = 0;
    while (common < before.length && one.charCodeAt(common) === before.charCodeAt(common)) common++;
    // What is left has to be text of its own.
    if (isFirstHalf(one.charCodeAt(common - 1))) common--;
    into.varint(common);
    const rest = one.slice(common);
    if (rest.includes(between)) plain = false;
    rests.push(rest);
    before = one;
  }
  const text = rests.join(between);
  const bytes = Buffer.from(text);
  plain &&= bytes.toString() === text;
  into.varint(plain ? apart : counted);
  if (plain) {
    into.varint(bytes.length);
    into.append(bytes);
    return;
  }
  for (const { length } of rests) into.varint(length);
  into.append(Buffer.from(rests.join(""), "utf16le"));
}

function isFirstHalf(code: number): boolean {
  return code >= 0xd800 && code < 0xdc00;
}

export function readStrings(from: Cursor): string[] {
  const count = from.varint();
  const common: number[] = [];
  for (let i = 0; i < count; i++) common.push(from.varint());
  let before = "";
  return readRests(count, from).map((rest, index) => {
    const shared = common[index] ?? 0;
    if (shared > before.length) throw new FactsError("a string has more in common than there is");
    before = before.slice(0, shared) + rest;
    return before;
  });
}

function readRests(count: number, from: Cursor): string[] {
  const how = from.varint();
  if (how === apart) {
    const rests = Buffer.from(from.take(from.varint())).toString().split(between);
    if (rests.length !== Math.max(1, count)) throw new FactsError("there are not as many strings");
    return count === 0 ? [] : rests;
  }
  if (how !== counted) throw new FactsError("no such strings");
  const lengths: number[] = [];
  for (let i = 0; i < count; i++) lengths.push(from.varint());
  const letters = Buffer.from(from.take(2 * lengths.reduce((sum, one) => sum + one, 0))).toString("utf16le");
  let at = 0;
  return lengths.map((length) => {
    at += length;
    return letters.slice(at - length, at);
  });
}
