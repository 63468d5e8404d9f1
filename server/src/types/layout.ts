import { underlying } from "./substitute.ts";
import type { Struct, Type } from "./type.ts";

/** Bytes a value takes and the multiple it is aligned to, as the gc compiler lays it out. */
interface Size {
  readonly size: number;
  readonly align: number;
}

export interface PlacedField {
  readonly name: string;
  readonly key: string;
  readonly type: Type;
  readonly offset: number;
  readonly size: number;
}

const basic: Readonly<Record<string, number>> = {
  bool: 1,
  int8: 1,
  uint8: 1,
  byte: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  rune: 4,
  float32: 4,
  int64: 8,
  uint64: 8,
  float64: 8,
};

/** Word sizes of the architectures that are not 64 bits wide. */
const narrow = new Set(["386", "arm", "mips", "mipsle"]);

/** Where a struct's fields lie, up to the first whose size is not known. */
export function layoutOf(struct: Struct, goarch: string): PlacedField[] {
  const word = narrow.has(goarch) ? 4 : 8;
  const placed: PlacedField[] = [];
  let offset = 0;
  for (const { name, key, type } of struct.fields) {
    const own = sizeOf(type, word, 0);
    if (own === undefined) break;
    offset = roundUp(offset, own.align);
    placed.push({ name, key, type, offset, size: own.size });
    offset += own.size;
  }
  return placed;
}

function sizeOf(type: Type, word: number, depth: number): Size | undefined {
  // A type that holds itself by value is an error of the source.
  if (depth > 20) return undefined;
  switch (type.kind) {
    case "basic":
      return basicSize(type.name, word);
    case "pointer":
    case "map":
    case "chan":
    case "func":
      return { size: word, align: word };
    case "slice":
      return { size: 3 * word, align: word };
    case "interface":
      return { size: 2 * word, align: word };
    case "array": {
      const elem = sizeOf(type.elem, word, depth + 1);
      return elem === undefined || type.length === undefined
        ? undefined
        : { size: elem.size * type.length, align: elem.align };
    }
    case "struct":
      return structSize(type, word, depth);
    case "named":
      // The compiler aligns it to 8 bytes everywhere.
      if (/^(sync|internal\/runtime)\/atomic\.align64$/.test(type.key)) return { size: 0, align: 8 };
      return sizeOf(underlying(type), word, depth + 1);
    default:
      return undefined;
  }
}

function basicSize(name: string, word: number): Size | undefined {
  if (name === "string") return { size: 2 * word, align: word };
  if (name === "int" || name === "uint" || name === "uintptr" || name === "Pointer") return { size: word, align: word };
  if (name === "complex64") return { size: 8, align: 4 };
  if (name === "complex128") return { size: 16, align: Math.min(8, word) };
  const size = basic[name];
  return size === undefined ? undefined : { size, align: Math.min(size, word) };
}

function structSize(struct: Struct, word: number, depth: number): Size | undefined {
  let offset = 0;
  let align = 1;
  let last = 1;
  for (const { type } of struct.fields) {
    const own = sizeOf(type, word, depth + 1);
    if (own === undefined) return undefined;
    offset = roundUp(offset, own.align) + own.size;
    align = Math.max(align, own.align);
    last = own.size;
  }
  // A pointer to a last field without size must not point behind the struct.
  if (last === 0 && offset > 0) offset++;
  return { size: roundUp(offset, align), align };
}

function roundUp(offset: number, align: number): number {
  return Math.ceil(offset / align) * align;
}
