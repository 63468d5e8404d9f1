import { none } from "../../base/lists.ts";
import { Bytes, Cursor, FactsError, joined, readStrings, unzigzag, writeStrings, zigzag } from "./columns.ts";

/**
 * What facts are written as: a column of varints for each kind of value, because neighbours of one kind are alike and pack
 * well. New columns go to the end of their group; the version of facts files tells layouts apart.
 */
const columns = [
  ...(["count", "flags", "text", "name", "id", "path", "number", "file", "digest"] as const),
  ...(["unit", "base", "function", "functionStart", "functionLength", "loop", "offset", "offsetName"] as const),
  ...(["methods", "blocks", "effects", "edges", "edge", "op", "start", "length", "when", "deferredBy"] as const),
  ...(["call", "targets", "target", "bound", "args", "functions", "field", "dispatch", "spawn", "lock"] as const),
  ...(["access", "refs", "place", "load", "loadStart", "loadLength", "step", "stepKey", "index", "root"] as const),
  ...(["frame", "local", "localName", "declared", "result", "siteOf", "siteStart", "global", "param"] as const),
];

export type Column = (typeof columns)[number];

const numberOf: ReadonlyMap<string, number> = new Map(columns.map((name, index) => [name, index]));

/** The place of a column: looked up once, not for each value. */
export function column(name: Column): number {
  return numberOf.get(name) ?? 0;
}

/** Facts are read, not written, so whatever is empty is the same: most lists are. */

const [text, missing, fresh] = [column("text"), 0, 1];

/** Columns of tables that are finished, to be written again: most of the time of small tables was room for them. */
const spare: Bytes[][] = [];

/** Writes values into columns; strings once each. */
export class TableWriter {
  #columns = spare.pop() ?? columns.map(() => new Bytes());
  readonly #last = columns.map(() => 0);
  readonly #strings: string[] = [];
  readonly #ids = new Map<string, number>();

  number(into: number, value: number): void {
    this.#columns[into]?.varint(value);
  }

  signed(into: number, value: number): void {
    this.#columns[into]?.varint(zigzag(value));
  }

  /** By its distance from the value before in the column. */
  offset(into: number, value: number): void {
    this.#columns[into]?.varint(zigzag(value - (this.#last[into] ?? 0)));
    this.#last[into] = value;
  }

  /** By its distance from the newest value of another column of offsets. */
  beside(into: number, value: number, column: number): void {
    this.signed(into, value - (this.#last[column] ?? 0));
  }

  /** The newest value of a column of offsets. */
  newest(column: number): number {
    return this.#last[column] ?? 0;
  }

  /** The next value of a column of offsets is near this one. */
  near(column: number, value: number): void {
    this.#last[column] = value;
  }

  /** A string counts back from the newest one: what was used last is used again. */
  text(value: string | undefined, into = text): void {
    if (value === undefined) return this.number(into, missing);
    const known = this.#ids.get(value);
    if (known !== undefined) return this.number(into, known + fresh + 1);
    this.#ids.set(value, this.#strings.push(value) - 1);
    this.number(into, fresh);
  }

  /** The table, which takes nothing more. `rename`: strings as they are to be written. */
  finish(rename: (text: string) => string): Uint8Array {
    const head = new Bytes();
    writeStrings(this.#strings.map(rename), head);
    for (const { bytes } of this.#columns) head.varint(bytes.length);
    const table = joined([head.bytes, ...this.#columns.map(({ bytes }) => bytes)]);
    for (const one of this.#columns) one.clear();
    spare.push(this.#columns);
    this.#columns = [];
    return table;
  }
}

/** What a table was written as, in pieces that each hold strings or a column: they pack better apart. */
export function piecesOf(bytes: Uint8Array): Uint8Array[] {
  const from = new Cursor(bytes);
  readStrings(from);
  const lengths = columns.map(() => from.varint());
  return [bytes.subarray(0, from.at), ...lengths.map((length) => from.take(length))];
}

/** Reads what {@link TableWriter} wrote, in the same order. Throws {@link FactsError} where there is nothing of the kind. */
export class TableReader {
  readonly #columns: readonly Cursor[];
  readonly #last = columns.map(() => 0);
  readonly #strings: readonly string[];
  #used = 0;

  constructor(bytes: Uint8Array, rename: (text: string) => string) {
    const from = new Cursor(bytes);
    this.#strings = readStrings(from).map(rename);
    const lengths = columns.map(() => from.varint());
    this.#columns = lengths.map((length) => new Cursor(from.take(length)));
  }

  number(from: number): number {
    const cursor = this.#columns[from];
    return cursor === undefined ? 0 : cursor.varint();
  }

  signed(from: number): number {
    return unzigzag(this.number(from));
  }

  offset(from: number): number {
    const value = this.signed(from) + (this.#last[from] ?? 0);
    this.#last[from] = value;
    return value;
  }

  beside(from: number, column: number): number {
    return this.signed(from) + (this.#last[column] ?? 0);
  }

  newest(column: number): number {
    return this.#last[column] ?? 0;
  }

  near(column: number, value: number): void {
    this.#last[column] = value;
  }

  optional(from = text): string | undefined {
    const code = this.number(from);
    if (code === missing) return undefined;
    const index = code === fresh ? this.#used++ : code - fresh - 1;
    const found = this.#strings[index];
    if (found === undefined || index >= this.#used) throw new FactsError("a string is missing");
    return found;
  }

  text(from = text): string {
    const found = this.optional(from);
    if (found === undefined) throw new FactsError("a string is missing");
    return found;
  }

  /** As many as the column says; each is made of a value or more, so the bytes are an end. Empty lists are one. */
  list<Item>(from: number, one: () => Item): readonly Item[] {
    const count = this.number(from);
    return count === 0 ? none : this.#items(count, one);
  }

  /** A list that grows has room for a dozen more than it holds, and most lists hold one or two. */
  #items<Item>(count: number, one: () => Item): Item[] {
    if (count === 0) return [];
    if (count === 1) return [one()];
    if (count === 2) return [one(), one()];
    const items: Item[] = [];
    for (let i = 0; i < count; i++) items.push(one());
    return items.slice();
  }

  /** As `list`, for a list of its own. */
  ownList<Item>(from: number, one: () => Item): Item[] {
    return this.#items(this.number(from), one);
  }

  /** One of the values that a number stands for. */
  choice<Value>(values: readonly Value[], index: number): Value {
    const found = values[index];
    if (found === undefined) throw new FactsError("no such value");
    return found;
  }
}

/** Things that were written before, by how many others were since. */
export class Written<Item> {
  readonly #ids = new Map<Item, number>();

  /** Writes which one it is, and answers true; or that it is new, and answers false: then it is to be written and noted. */
  knows(item: Item, into: number, table: TableWriter): boolean {
    const id = this.#ids.get(item);
    table.number(into, id === undefined ? 0 : this.#ids.size - id);
    return id !== undefined;
  }

  note(item: Item): void {
    this.#ids.set(item, this.#ids.size);
  }

  clear(): void {
    // Most declarations have none, and to empty a map takes as long as to make one.
    if (this.#ids.size > 0) this.#ids.clear();
  }
}

/** The counterpart of {@link Written}. */
export class Read<Item> {
  readonly #items: Item[] = [];

  /** The one that was written; `make` reads one that is new. */
  get(from: number, table: TableReader, make: () => Item): Item {
    const back = table.number(from);
    if (back === 0) {
      const made = make();
      this.#items.push(made);
      return made;
    }
    const found = this.#items[this.#items.length - back];
    if (found === undefined) throw new FactsError("what is referred to is missing");
    return found;
  }

  clear(): void {
    if (this.#items.length > 0) this.#items.length = 0;
  }
}
