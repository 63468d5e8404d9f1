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

/** Names of fields in order, one after the other: the kind of record that the last one leads to. */
interface Fields {
  readonly next: Map<string, Fields>;
  readonly names: readonly string[];
  kind: number;
}

/** Objects as columns of numbers: what was one object stays one. Records refer to earlier ones only. */
class Encoder {
  readonly strings: string[] = [];
  readonly names: number[][] = [];
  readonly shapes: Shape[] = Array.from({ length: firstShape }, (_, shape) => newShape(shape === childPlace ? 2 : 1));
  readonly order = new Bytes();
  readonly #stringIds = new Map<string, number>();
  readonly #fields: Fields = { next: new Map(), names: [], kind: -1 };
  readonly #records = new Map<object, number>();
  readonly #shared = new Map<string, number>();
  readonly #isShared: boolean[] = [];
  /** Tags and payloads of the values of records that are not written yet, innermost last. */
  readonly #tags: number[] = [];
  readonly #payloads: number[] = [];
  count = 0;

  record(value: object, shared: boolean): number {
    const known = this.#records.get(value);
    if (known !== undefined) return known;
    const base = this.#tags.length;
    const kind = this.#values(value, shared);
    const key = this.#sharedKey(kind, base, shared);
    let id = key === undefined ? undefined : this.#shared.get(key);
    if (id === undefined) {
      id = this.#write(kind, base);
      if (key !== undefined) this.#shared.set(key, id);
      this.#isShared.push(key !== undefined || value instanceof Place);
    }
    this.#tags.length = base;
    this.#payloads.length = base;
    this.#records.set(value, id);
    return id;
  }

  /** Puts aside what is to be written of a record; answers its kind. */
  #values(value: object, shared: boolean): number {
    if (Array.isArray(value)) {
      for (const one of value) this.#value(one, shared);
      return listShape;
    }
    if (value instanceof Place) {
      this.#value(value.parent ?? value.root, shared);
      if (value.parent === undefined) return rootPlace;
      this.#value(value.step, shared);
      return childPlace;
    }
    if (value instanceof Map) {
      for (const [key, one] of value) {
        this.#value(key, shared);
        this.#value(one, shared);
      }
      return mapShape;
    }
    if (value instanceof Set) {
      for (const one of value) this.#value(one, shared);
      return setShape;
    }
    return this.#object(value, shared);
  }

  #object(value: object, shared: boolean): number {
    let fields = this.#fields;
    // Not through Object.entries: it makes a pair of each field, and there are millions.
    for (const name in value) {
      let next = fields.next.get(name);
      if (next === undefined) {
        next = { next: new Map(), names: [...fields.names, name], kind: -1 };
        fields.next.set(name, next);
      }
      fields = next;
      this.#value(value[name as keyof typeof value], shared || shareable.has(name));
    }
    if (fields.kind < 0) {
      fields.kind = this.shapes.push(newShape(fields.names.length)) - 1;
      this.names.push(fields.names.map((name) => this.#string(name)));
    }
    return fields.kind;
  }

  /** Puts aside a value: a number as it is, a record or string by its index. */
  #value(value: unknown, shared: boolean): void {
    if (typeof value === "number") this.#put(integer, value);
    else if (typeof value === "string") this.#put(text, this.#string(value));
    else if (typeof value !== "object" || value === null) this.#put(constant, constants.indexOf(value));
    else if (Array.isArray(value) && value.length === 0) this.#put(constant, emptyList);
    else if (value instanceof Map && value.size === 0) this.#put(constant, emptyMap);
    else if (value instanceof Set && value.size === 0) this.#put(constant, emptySet);
    else this.#put(record, this.record(value, shared));
  }

  #put(tag: number, payload: number): void {
    this.#tags.push(tag);
    this.#payloads.push(payload);
  }

  /** Names the content of lists and references that may stand for all equal ones. */
  #sharedKey(kind: number, base: number, shared: boolean): string | undefined {
    const length = this.#tags.length - base;
    if (length > maxShared || !((shared && kind === listShape) || this.#isReference(kind))) return undefined;
    let key = String(kind);
    for (let i = base; i < base + length; i++) {
      const payload = this.#payloads[i] ?? 0;
      if (this.#tags[i] === record && this.#isShared[payload] !== true) return undefined;
      key += ` ${payload * 4 + (this.#tags[i] ?? 0)}`;
    }
    return key;
  }

  #isReference(kind: number): boolean {
    const [first = -1, second = -1, ...more] = this.names[kind - firstShape] ?? [];
    return this.strings[first] === "place" && this.strings[second] === "load" && more.length === 0;
  }

  #write(kind: number, base: number): number {
    const { columns, lengths } = this.shapes[kind] ?? newShape(0);
    const varies = kind <= setShape;
    const length = this.#tags.length - base;
    this.order.varint(kind);
    if (varies) lengths.varint(length);
    let previous = 0;
    for (let i = 0; i < length; i++) {
      const column = columns[varies ? 0 : i];
      const tag = this.#tags[base + i] ?? constant;
      const payload = this.#payloads[base + i] ?? 0;
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

/** `rename`: strings as they are to be written. Works in steps: each of `parts`, objects within the value, is one. */
export function* encodingGraph(
  value: object,
  parts: Iterable<object>,
  rename: (text: string) => string,
): Generator<void, Uint8Array> {
  const encoder = new Encoder();
  for (const part of parts) {
    encoder.record(part, false);
    yield;
  }
  const root = encoder.record(value, false);
  const out = new Bytes();
  writeStrings(encoder.strings.map(rename), out);
  yield;
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
