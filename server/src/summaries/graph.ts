import { Place, type Root, type Step } from "./place.ts";

/** Facts of packages as numbers and strings; what was one object stays one object. */
export interface Graph {
  readonly strings: readonly string[];
  /** Names of the fields of each kind of record, as indexes of strings. */
  readonly shapes: readonly (readonly number[])[];
  /** Records one after the other: kind, length where it varies, values. Records refer to earlier ones only. */
  readonly data: readonly number[];
  readonly root: number;
}

/** Bytes or numbers that are no facts. */
export class GraphError extends Error {}

// The two lowest bits of a value say what it is; the rest is the number, or an index.
const [integer, text, record, constant] = [0, 1, 2, 3];
const constants: readonly unknown[] = [undefined, null, false, true];
const [arrayShape, mapShape, setShape, rootPlace, childPlace, firstShape] = [0, 1, 2, 3, 4, 5];
const emptyList = constants.length;

class Writer {
  readonly strings: string[] = [];
  readonly shapes: number[][] = [];
  readonly data: number[] = [];
  readonly #stringIds = new Map<string, number>();
  readonly #shapeIds = new Map<string, number>();
  readonly #records = new Map<object, number>();
  #count = 0;

  value(value: unknown): number {
    if (typeof value === "number") return ((value < 0 ? -value * 2 - 1 : value * 2) << 2) | integer;
    if (typeof value === "string") return (this.#string(value) << 2) | text;
    if (typeof value !== "object" || value === null) return (constants.indexOf(value) << 2) | constant;
    // Lists without elements are never told apart, and may be replaced by the one who owns them.
    if (Array.isArray(value) && value.length === 0) return (emptyList << 2) | constant;
    const known = this.#records.get(value);
    if (known !== undefined) return (known << 2) | record;
    const words = this.#words(value);
    for (const word of words) this.data.push(word);
    this.#records.set(value, this.#count);
    return (this.#count++ << 2) | record;
  }

  #words(value: object): number[] {
    if (Array.isArray(value)) return this.#list(arrayShape, value);
    if (value instanceof Map) return this.#list(mapShape, [...value].flat());
    if (value instanceof Set) return this.#list(setShape, [...value]);
    if (value instanceof Place) {
      if (value.parent === undefined) return [rootPlace, this.value(value.root)];
      return [childPlace, this.value(value.parent), this.value(value.step)];
    }
    const entries = Object.entries(value);
    const shape = entries.map(([key]) => key).join(" ");
    let id = this.#shapeIds.get(shape);
    if (id === undefined) {
      id = this.shapes.push(entries.map(([key]) => this.#string(key))) - 1;
      this.#shapeIds.set(shape, id);
    }
    return [firstShape + id, ...entries.map(([, one]) => this.value(one))];
  }

  #list(shape: number, values: readonly unknown[]): number[] {
    return [shape, values.length, ...values.map((one) => this.value(one))];
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

export function encodeGraph(value: unknown): Graph {
  const writer = new Writer();
  const root = writer.value(value);
  return { strings: writer.strings, shapes: writer.shapes, data: writer.data, root };
}

/** `globals`: places of package variables, one map for the whole program. */
export function decodeGraph({ strings, shapes, data, root }: Graph, globals: Map<string, Place>): unknown {
  const records: unknown[] = [];
  const value = (word: number | undefined): unknown => {
    if (word === undefined || !Number.isSafeInteger(word) || word < 0) throw new GraphError("a value is missing");
    const index = word >>> 2;
    switch (word & 3) {
      case integer:
        return (index & 1) === 1 ? -((index + 1) / 2) : index / 2;
      case text:
        if (index >= strings.length) throw new GraphError("a string is missing");
        return strings[index];
      case record:
        if (index >= records.length) throw new GraphError("a record refers to a later one");
        return records[index];
      default:
        return index === emptyList ? [] : constants[index];
    }
  };
  for (let at = 0; at < data.length; ) {
    const shape = data[at++] ?? -1;
    if (shape === rootPlace || shape === childPlace) {
      const first = value(data[at++]);
      records.push(shape === rootPlace ? rootOf(first, globals) : childOf(first, value(data[at++])));
      continue;
    }
    const listed = shape < firstShape;
    const names = listed ? [] : shapes[shape - firstShape];
    const length = listed ? (data[at++] ?? -1) : (names?.length ?? -1);
    if (names === undefined || length < 0 || at + length > data.length)
      throw new GraphError(`no such record: ${shape}`);
    const values = data.slice(at, at + length).map(value);
    at += length;
    records.push(listed ? list(shape, values) : Object.fromEntries(names.map((name, i) => [strings[name], values[i]])));
  }
  return value(root);
}

function rootOf(root: unknown, globals: Map<string, Place>): Place {
  if (!isRoot(root)) throw new GraphError("a place without a root");
  if (root.kind !== "global") return new Place(root);
  let place = globals.get(root.id);
  if (place === undefined) {
    place = new Place(root);
    globals.set(root.id, place);
  }
  return place;
}

function childOf(parent: unknown, step: unknown): Place {
  if (!(parent instanceof Place) || !isStep(step)) throw new GraphError("a place without a step");
  return parent.child(step);
}

function list(shape: number, values: readonly unknown[]): unknown {
  if (shape === arrayShape) return values;
  if (shape === setShape) return new Set(values);
  const map = new Map<unknown, unknown>();
  for (let i = 0; i + 1 < values.length; i += 2) map.set(values[i], values[i + 1]);
  return map;
}

function isRoot(value: unknown): value is Root {
  return typeof value === "object" && value !== null && "id" in value && "kind" in value && "frame" in value;
}

function isStep(value: unknown): value is Step {
  return typeof value === "object" && value !== null && "kind" in value && ("key" in value || "index" in value);
}
