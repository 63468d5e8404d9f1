import {
  Cursor,
  childPlace,
  constants,
  emptyList,
  emptyMap,
  firstShape,
  GraphError,
  integer,
  listShape,
  readStrings,
  record,
  rootPlace,
  setShape,
  text,
  unzigzag,
} from "./columns.ts";
import { Place, type Root, type Step } from "./place.ts";

interface Column {
  readonly values: Cursor;
  /** Integers count from the one before in the record, else in the column. */
  readonly fromRecord: boolean;
  last: number;
}

interface Shape {
  readonly names: readonly string[];
  readonly lengths: Cursor | undefined;
  readonly columns: readonly Column[];
}

class Decoder {
  readonly #strings: readonly string[];
  readonly #globals: Map<string, Place>;
  readonly #records: unknown[] = [];
  /** The integer before, in the record that is read. */
  #previous = 0;

  constructor(strings: readonly string[], globals: Map<string, Place>) {
    this.#strings = strings;
    this.#globals = globals;
  }

  at(index: number): unknown {
    if (index < 0 || index >= this.#records.length) throw new GraphError("a record refers to a later one");
    return this.#records[index];
  }

  read(kind: number, shape: Shape): void {
    this.#previous = 0;
    this.#records.push(this.#record(kind, shape));
  }

  #record(kind: number, { names, columns, lengths }: Shape): unknown {
    const [first, second] = columns;
    if (first === undefined) return {};
    if (kind === rootPlace) return this.#root(this.#value(first));
    if (kind === childPlace && second !== undefined) return child(this.#value(first), this.#value(second));
    if (lengths === undefined) {
      const made: Record<string, unknown> = {};
      for (let i = 0; i < columns.length; i++) made[names[i] ?? ""] = this.#value(columns[i] ?? first);
      return made;
    }
    const length = lengths.varint();
    if (kind === listShape) {
      const list: unknown[] = [];
      for (let i = 0; i < length; i++) list.push(this.#value(first));
      return list;
    }
    if (kind === setShape) {
      const set = new Set<unknown>();
      for (let i = 0; i < length; i++) set.add(this.#value(first));
      return set;
    }
    const map = new Map<unknown, unknown>();
    for (let i = 0; i + 1 < length; i += 2) map.set(this.#value(first), this.#value(first));
    return map;
  }

  #value(column: Column): unknown {
    const word = column.values.varint();
    const payload = Math.floor(word / 4);
    switch (word % 4) {
      case integer: {
        const value = unzigzag(payload) + (column.fromRecord ? this.#previous : column.last);
        column.last = value;
        this.#previous = value;
        return value;
      }
      case text:
        if (payload >= this.#strings.length) throw new GraphError("a string is missing");
        return this.#strings[payload];
      case record:
        return this.at(this.#records.length - payload);
      default:
        return constantOf(payload);
    }
  }

  #root(root: unknown): Place {
    if (!isRoot(root)) throw new GraphError("a place without a root");
    if (root.kind !== "global") return new Place(root);
    let place = this.#globals.get(root.id);
    if (place === undefined) {
      place = new Place(root);
      this.#globals.set(root.id, place);
    }
    return place;
  }
}

function constantOf(index: number): unknown {
  if (index < emptyList) return constants[index];
  return index === emptyList ? [] : index === emptyMap ? new Map() : new Set();
}

function child(parent: unknown, step: unknown): Place {
  if (!(parent instanceof Place) || !isStep(step)) throw new GraphError("a place without a step");
  return parent.child(step);
}

/** Records between two steps: some milliseconds. */
const readAtOnce = 5000;

/**
 * What `encodingGraph` was given, in steps. Throws {@link GraphError} where the bytes are of something else. `rename`: strings
 * as they are to be read; `globals`: places of package variables, one map for the whole program.
 */
export function* decodingGraph(
  bytes: Uint8Array,
  rename: (text: string) => string,
  globals: Map<string, Place>,
): Generator<void, unknown> {
  const from = new Cursor(bytes);
  const strings = readStrings(from).map(rename);
  const named = Array.from({ length: from.count() }, () =>
    Array.from({ length: from.count() }, () => {
      const name = strings[from.varint()];
      if (name === undefined || name === "__proto__") throw new GraphError("a field has no name");
      return name;
    }),
  );
  const kinds = Array.from({ length: from.count() }, () => from.varint());
  const shapes = Array.from({ length: firstShape + named.length }, (_, kind) => readShape(from, kind, named));
  const decoder = new Decoder(strings, globals);
  let read = 0;
  for (const kind of kinds) {
    if (++read % readAtOnce === 0) yield;
    const shape = shapes[kind];
    if (shape === undefined) throw new GraphError(`no such record: ${kind}`);
    decoder.read(kind, shape);
  }
  return decoder.at(from.varint());
}

function readShape(from: Cursor, kind: number, named: readonly (readonly string[])[]): Shape {
  const lengths = kind <= setShape ? new Cursor(from.take(from.varint())) : undefined;
  const names = named[kind - firstShape] ?? [];
  const count = kind < firstShape ? (kind === childPlace ? 2 : 1) : names.length;
  const columns = Array.from({ length: count }, () => {
    const fromRecord = from.varint() === 1;
    return { fromRecord, values: new Cursor(from.take(from.varint())), last: 0 };
  });
  return { names, lengths, columns };
}

function isRoot(value: unknown): value is Root {
  return typeof value === "object" && value !== null && "id" in value && "kind" in value && "frame" in value;
}

function isStep(value: unknown): value is Step {
  return typeof value === "object" && value !== null && "kind" in value && ("key" in value || "index" in value);
}
