import { lookup } from "../types/lookup.ts";
import { underlying } from "../types/substitute.ts";
import { type Field, type FieldStep, namedOf, type Type } from "../types/type.ts";
import { type Step, someElement } from "./place.ts";

/** How far a library function looks into what it is given: as fmt prints, as encoders encode, everywhere. */
export type Depth = "print" | "encode" | "all";

/** Paths longer than this are data structures of their own, found by their own accesses. */
const maxDepth = 4;
const maxPaths = 8;

/** The step from a value of type `holder` to one of its fields, the same one each time. */
export function fieldStep(field: Field, holder: Type): Step {
  const target = namedOf(field.type);
  if (target !== undefined && target.origin === namedOf(holder)?.origin) {
    field.linked ??= stepTo(field, true);
    return field.linked;
  }
  field.step ??= stepTo(field, false);
  return field.step;
}

function stepTo({ key, name, type }: Field, link: boolean): FieldStep {
  const shares = /^(map|pointer|slice|chan|func|interface)$/.test(underlying(type).kind);
  return { kind: "field", key, name, inline: type.kind !== "pointer", shares, link };
}

/** What a reader by reflection comes to in a value. */
interface Within {
  /** Ways to maps. */
  readonly maps: (readonly Step[])[];
  /** Ways to values that say themselves how they are written, by this method. */
  readonly asked: { readonly steps: readonly Step[]; readonly method: string }[];
  /** Types that were looked into, by `import/path.Name`. */
  readonly types: Set<string>;
}

const known: Readonly<Record<Depth, WeakMap<Type, Within>>> = {
  print: new WeakMap(),
  encode: new WeakMap(),
  all: new WeakMap(),
};

/** Ways from a value of the type to the maps in it that a reader of such depth gets to. */
export function mapsWithin(type: Type, depth: Depth): Readonly<Within> {
  let found = known[depth].get(type);
  if (found === undefined) {
    found = { maps: [], asked: [], types: new Set() };
    visit(type, depth, [], found, new Set());
    known[depth].set(type, found);
  }
  return found;
}

const own: Readonly<Record<Depth, readonly string[]>> = {
  print: ["Error", "String", "Format", "GoString", "LogValue"],
  encode: ["MarshalJSON", "MarshalText", "MarshalYAML", "GobEncode", "MarshalBinary"],
  all: [],
};

function visit(type: Type, depth: Depth, path: readonly Step[], found: Within, seen: ReadonlySet<Type>): void {
  if (path.length > maxDepth || found.maps.length >= maxPaths || seen.has(type)) return;
  addOwners(type, found.types, 0);
  // A type that says itself how it is written is asked, not looked into.
  for (const name of own[depth]) {
    const selection = lookup(type, name);
    if (selection === undefined || selection.field !== undefined) continue;
    if (selection.method !== undefined && selection.through.length === 0)
      found.asked.push({ steps: path, method: selection.method.id });
    return;
  }
  const within = new Set([...seen, type]);
  const base = underlying(type);
  switch (base.kind) {
    case "map":
      found.maps.push(path);
      return visit(base.elem, depth, [...path, someElement], found, within);
    case "pointer":
      // fmt follows a pointer that it is given itself, and prints the address of others.
      if (depth !== "print" || path.length === 0) visit(base.elem, depth, path, found, within);
      return;
    case "slice":
    case "array":
      return visit(base.elem, depth, [...path, someElement], found, within);
    case "struct":
      found.types.add(base.key);
      for (const field of base.fields) {
        if (depth === "encode" && !encoded(field)) continue;
        visit(field.type, depth, [...path, fieldStep(field, type)], found, within);
      }
      return;
    default:
  }
}

/** A type, and those whose methods it has because it embeds them. */
function addOwners(type: Type, types: Set<string>, depth: number): void {
  const named = namedOf(type);
  if (named === undefined || named.pkg === "" || depth > maxDepth) return;
  types.add(named.key);
  const base = underlying(named);
  if (base.kind !== "struct") return;
  for (const field of base.fields) if (field.embedded) addOwners(field.type, types, depth + 1);
}

function encoded(field: Field): boolean {
  return (field.embedded || /^\p{Lu}/u.test(field.name)) && !/\b(json|yaml):"-"/.test(field.tag);
}

/** Numbers, strings, lists of them, pointers to them: what no map, lock, channel or function can be found in. */
export function isPlain(type: Type): boolean {
  let at = underlying(type);
  for (let depth = 0; depth < maxDepth; depth++) {
    if (at.kind === "basic") return true;
    if (at.kind !== "slice" && at.kind !== "array" && at.kind !== "pointer") return false;
    at = underlying(at.elem);
  }
  return false;
}

/**
 * Which arguments of a call with a format are printed: those whose verb reads more than an address or a type. All of
 * them where the format cannot be read.
 */
export function printedArguments(format: string | undefined, count: number): readonly boolean[] {
  const all: boolean[] = [];
  while (all.length < count) all.push(true);
  if (format === undefined || /%[^%a-zA-Z]*[[*]/.test(format)) return all;
  const verbs = [...format.matchAll(/%[-+# 0-9.]*([a-zA-Z%])/g)]
    .map((match) => match[1])
    .filter((verb) => verb !== "%");
  return all.map((_, index) => verbs[index] !== "T" && verbs[index] !== "p");
}
