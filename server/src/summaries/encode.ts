import {
  Bytes,
  childPlace,
  constant,
  constants,
  emptyList,
  emptyMap,
  emptySet,
  firstShape,
  integer,
  listShape,
  mapShape,
  record,
  rootPlace,
  setShape,
  text,
  writeStrings,
  zigzag,
} from "./columns.ts";
import { Place } from "./place.ts";

/** Fields whose lists are never changed in place: equal ones are written once. */
const shareable = new Set(["args", "functions", "flags", "next", "refs"]);
/** Longer ones are seldom alike. */
const maxShared = 8;

/** The values of one field of one kind of record, in order: what an integer counts from is chosen at the end. */
class Column {
  readonly #fromColumn = new Bytes();
  readonly #fromRecord = new Bytes();
  #last = 0;

  /** `previous`: the integer before this one in the same record. */
  integer(value: number, previous: number): void {
    this.#fromColumn.varint(zigzag(value - this.#last) * 4 + integer);
    this.#fromRecord.varint(zigzag(value - previous) * 4 + integer);
    this.#last = value;
  }

  other(payload: number, tag: number): void {
    this.#fromColumn.varint(payload * 4 + tag);
    this.#fromRecord.varint(payload * 4 + tag);
  }

  write(into: Bytes): void {
    const fromRecord = this.#fromRecord.length < this.#fromColumn.length;
    const { bytes } = fromRecord ? this.#fromRecord : this.#fromColumn;
    into.varint(fromRecord ? 1 : 0);
    into.varint(bytes.length);
    into.append(bytes);
  }
}

interface Shape {
  readonly columns: readonly Column[];
  /** Lengths, where they vary. */
  readonly lengths: Bytes;
}

/** Objects as columns of numbers: what was one object stays one. Records refer to earlier ones only. */
class Encoder {
  readonly strings: string[] = [];
  readonly names: number[][] = [];
  readonly shapes: Shape[] = Array.from({ length: firstShape }, (_, shape) => newShape(shape === childPlace ? 2 : 1));
  readonly order = new Bytes();
  readonly #stringIds = new Map<string, number>();
  readonly #shapeIds = new Map<string, number>();
  readonly #records = new Map<object, number>();
  readonly #shared = new Map<string, number>();
  readonly #isShared = new Set<number>();
  count = 0;

  /** What is to be written of a value: numbers as they are, records and strings by their index. */
  #tagged(value: unknown, shared: boolean): [tag: number, payload: number] {
    if (typeof value === "number") return [integer, value];
    if (typeof value === "string") return [text, this.#string(value)];
    if (typeof value !== "object" || value === null) return [constant, constants.indexOf(value)];
    if (Array.isArray(value) && value.length === 0) return [constant, emptyList];
    if (value instanceof Map && value.size === 0) return [constant, emptyMap];
    if (value instanceof Set && value.size === 0) return [constant, emptySet];
    return [record, this.record(value, shared)];
  }

  record(value: object, shared: boolean): number {
    const known = this.#records.get(value);
    if (known !== undefined) return known;
    const [shape, values, fields] = this.#parts(value);
    const tagged = values.map((one, index) => this.#tagged(one, shared || shareable.has(fields?.[index] ?? "")));
    const key = this.#sharedKey(shape, fields, tagged, shared);
    let id = key === undefined ? undefined : this.#shared.get(key);
    if (id === undefined) {
      id = this.#write(shape, tagged);
      if (key !== undefined) this.#shared.set(key, id);
      if (key !== undefined || value instanceof Place) this.#isShared.add(id);
    }
    this.#records.set(value, id);
    return id;
  }

  /** Names the content of lists and references that may stand for all equal ones. */
  #sharedKey(
    shape: number,
    fields: readonly string[] | undefined,
    tagged: readonly (readonly [number, number])[],
    shared: boolean,
  ): string | undefined {
    const reference = fields?.[0] === "place" && fields[1] === "load" && fields.length === 2;
    if (!(reference || (shared && shape === listShape)) || tagged.length > maxShared) return undefined;
    if (!tagged.every(([tag, payload]) => tag !== record || this.#isShared.has(payload))) return undefined;
    return `${shape} ${tagged.join(" ")}`;
  }

  #parts(value: object): [shape: number, values: readonly unknown[], fields: readonly string[] | undefined] {
    if (Array.isArray(value)) return [listShape, value, undefined];
    if (value instanceof Map) return [mapShape, [...value].flat(), undefined];
    if (value instanceof Set) return [setShape, [...value], undefined];
    if (value instanceof Place) {
      if (value.parent === undefined) return [rootPlace, [value.root], undefined];
      return [childPlace, [value.parent, value.step], undefined];
    }
    const fields = Object.keys(value);
    return [this.#shapeOf(fields), Object.values(value), fields];
  }

  #shapeOf(fields: readonly string[]): number {
    const key = fields.join(" ");
    let id = this.#shapeIds.get(key);
    if (id === undefined) {
      id = this.shapes.push(newShape(fields.length)) - 1;
      this.names.push(fields.map((name) => this.#string(name)));
      this.#shapeIds.set(key, id);
    }
    return id;
  }

  #write(shape: number, tagged: readonly (readonly [tag: number, payload: number])[]): number {
    const { columns, lengths } = this.shapes[shape] ?? newShape(0);
    this.order.varint(shape);
    if (shape <= setShape) lengths.varint(tagged.length);
    let previous = 0;
    for (const [index, [tag, payload]] of tagged.entries()) {
      const column = columns[shape <= setShape ? 0 : index];
      if (tag === integer) {
        column?.integer(payload, previous);
        previous = payload;
      } else column?.other(tag === record ? this.count - payload : payload, tag);
    }
    return this.count++;
  }

  #string(value: string): number {
    let id = this.#stringIds.get(value);
    if (id === undefined) {
      id = this.strings.push(value) - 1;
      this.#stringIds.set(value, id);
    }
    return id;
  }
}

function newShape(columns: number): Shape {
  return { columns: Array.from({ length: columns }, () => new Column()), lengths: new Bytes() };
}

/** `rename`: strings as they are to be written. */
export function encodeGraph(value: object, rename: (text: string) => string): Uint8Array {
  const encoder = new Encoder();
  const root = encoder.record(value, false);
  const out = new Bytes();
  writeStrings(encoder.strings.map(rename), out);
  out.varint(encoder.names.length);
  for (const names of encoder.names) {
    out.varint(names.length);
    for (const name of names) out.varint(name);
  }
  out.varint(encoder.count);
  out.append(encoder.order.bytes);
  for (const [shape, { columns, lengths }] of encoder.shapes.entries()) {
    if (shape <= setShape) {
      out.varint(lengths.length);
      out.append(lengths.bytes);
    }
    for (const column of columns) column.write(out);
  }
  out.varint(root);
  return out.bytes;
}
