/** Names in the order of their atoms: where each one ends, and its hash. */
export interface Names {
  readonly bytes: Uint8Array;
  readonly ends: Int32Array;
  readonly hashes: Int32Array;
}

const encoder = new TextEncoder();

/** Turns byte strings into small integers, so that name compares are integer compares. */
export class Interner {
  #table = new Int32Array(1 << 14);
  #hashes = new Int32Array(1 << 13);
  #offsets = new Int32Array((1 << 13) + 1);
  #bytes = Buffer.alloc(1 << 17);
  #used = 0;
  #count = 1;
  /** As long as there are atoms, so that it stays a list: they are asked for in any order. */
  readonly #texts: (string | undefined)[] = [""];

  constructor() {
    this.#offsets[1] = 0;
  }

  /** The atom of `src[start, end)`; equal bytes give equal atoms, atom 0 is the empty name. */
  internBytes(src: Uint8Array, start: number, end: number, hash: number): number {
    const table = this.#table;
    const mask = table.length - 1;
    const length = end - start;
    let slot = (hash ^ (hash >>> 15)) & mask;
    for (;;) {
      const atom = table[slot] as number;
      if (atom === 0) return this.#add(src, start, end, hash, slot);
      if (this.#hashes[atom] === hash) {
        const at = this.#offsets[atom] as number;
        if ((this.#offsets[atom + 1] as number) - at === length) {
          let i = 0;
          while (i < length && this.#bytes[at + i] === src[start + i]) i++;
          if (i === length) return atom;
        }
      }
      slot = (slot + 1) & mask;
    }
  }

  /** The atom of a JavaScript string. */
  intern(text: string): number {
    if (text === "") return 0;
    const bytes = encoder.encode(text);
    let hash = 0;
    for (const byte of bytes) hash = (Math.imul(hash, 31) + byte) | 0;
    return this.internBytes(bytes, 0, bytes.length, hash);
  }

  /** How many atoms there are, the empty name included. */
  get size(): number {
    return this.#count;
  }

  text(atom: number): string {
    const known = this.#texts[atom];
    if (known !== undefined) return known;
    const at = this.#offsets[atom] ?? 0;
    // A decoder takes twice as long for what is as short as a name.
    const text = this.#bytes.toString("utf8", at, this.#offsets[atom + 1] ?? at);
    this.#texts[atom] = text;
    return text;
  }

  /** Copies of the names from the atom `first` on, which is not 0. */
  since(first: number): Names {
    const from = this.#offsets[first] ?? 0;
    return {
      bytes: Uint8Array.prototype.slice.call(this.#bytes, from, this.#used),
      ends: this.#offsets.slice(first + 1, this.#count + 1).map((end) => end - from),
      hashes: this.#hashes.slice(first, this.#count),
    };
  }

  /** The atoms that names of another interner have in this one. */
  adopt({ bytes, ends, hashes }: Names): Int32Array {
    let start = 0;
    return ends.map((end, index) => {
      const atom = this.internBytes(bytes, start, end, hashes[index] ?? 0);
      start = end;
      return atom;
    });
  }

  #add(src: Uint8Array, start: number, end: number, hash: number, slot: number): number {
    const length = end - start;
    if (this.#used + length > this.#bytes.length) {
      const grown = Buffer.alloc(Math.max(this.#bytes.length * 2, this.#used + length));
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    const atom = this.#count++;
    this.#texts.push(undefined);
    if (atom + 1 >= this.#offsets.length) {
      this.#offsets = grow(this.#offsets);
      this.#hashes = grow(this.#hashes);
    }
    for (let at = start; at < end; at++) this.#bytes[this.#used + at - start] = src[at] ?? 0;
    this.#offsets[atom] = this.#used;
    this.#used += length;
    this.#offsets[atom + 1] = this.#used;
    this.#hashes[atom] = hash;
    this.#table[slot] = atom;
    if (this.#count * 2 > this.#table.length) this.#rehash();
    return atom;
  }

  #rehash(): void {
    const table = new Int32Array(this.#table.length * 2);
    const mask = table.length - 1;
    for (let atom = 1; atom < this.#count; atom++) {
      const hash = this.#hashes[atom] as number;
      let slot = (hash ^ (hash >>> 15)) & mask;
      while (table[slot] !== 0) slot = (slot + 1) & mask;
      table[slot] = atom;
    }
    this.#table = table;
  }
}

function grow(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const grown = new Int32Array(array.length * 2);
  grown.set(array);
  return grown;
}
