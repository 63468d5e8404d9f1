import type { Location } from "../../../common/src/finding.ts";

/** Byte offsets of one file turned into lines and UTF-16 columns, and back. */
export class Positions {
  readonly #src: Uint8Array;
  readonly #lines: Int32Array;

  constructor(src: Uint8Array, lines: Int32Array) {
    this.#src = src;
    this.#lines = lines;
  }

  /** Line (from 0) of a byte offset. */
  line(offset: number): number {
    return lineAt(this.#lines, offset);
  }

  /** UTF-16 column (from 0) of a byte offset. */
  column(offset: number): number {
    const start = this.#lines[this.line(offset)] ?? 0;
    return utf16Length(this.#src, start, offset);
  }

  /** Byte offset of a line and UTF-16 column, both from 0. */
  offset(line: number, column: number): number {
    const start = this.#lines[Math.min(line, this.#lines.length - 1)] ?? 0;
    let units = 0;
    let at = start;
    while (at < this.#src.length && this.#src[at] !== 10 && units < column) {
      const [bytes, length] = unit(this.#src[at] ?? 0);
      at += bytes;
      units += length;
    }
    return at;
  }

  location(path: string, start: number, end: number): Location {
    return {
      path,
      start,
      end,
      line: this.line(start) + 1,
      column: this.column(start) + 1,
      endLine: this.line(end) + 1,
      endColumn: this.column(end) + 1,
    };
  }

  /** Text of a line (from 0) without its line end. */
  lineText(line: number): string {
    const start = this.#lines[line] ?? this.#src.length;
    const end = this.#lines[line + 1] ?? this.#src.length;
    return new TextDecoder().decode(this.#src.subarray(start, end)).replace(/\r?\n$/, "");
  }
}

/** Line (from 0) of a byte offset, by the offsets at which lines start. */
export function lineAt(lines: Int32Array, offset: number): number {
  let low = 0;
  let high = lines.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((lines[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Bytes and UTF-16 units of the character a byte begins. */
function unit(byte: number): [bytes: number, units: number] {
  if (byte < 0xc0) return [1, 1];
  if (byte < 0xe0) return [2, 1];
  return byte < 0xf0 ? [3, 1] : [4, 2];
}

function utf16Length(src: Uint8Array, start: number, end: number): number {
  let units = 0;
  for (let at = start; at < end; ) {
    const [bytes, length] = unit(src[at] ?? 0);
    at += bytes;
    units += length;
  }
  return units;
}

/** Offset of each line's first byte. */
export function lineStarts(src: Uint8Array): Int32Array {
  const starts = [0];
  for (let at = src.indexOf(10); at >= 0; at = src.indexOf(10, at + 1)) starts.push(at + 1);
  return Int32Array.from(starts);
}
