import { atoms } from "../syntax/token.ts";
import { Kind, type Node, type Tree } from "../syntax/tree.ts";
import { layoutOf, type PlacedField } from "../types/layout.ts";
import type { Package } from "../types/package.ts";
import { underlying } from "../types/substitute.ts";

/** A field that is changed without a lock and lies in the cache line of that lock. */
export interface CacheNeighbour {
  readonly field: string;
  /** Bytes from the lock's own word. */
  readonly distance: number;
  /** Functions that change it, whoever holds the lock. */
  readonly writers: readonly string[];
}

const cacheLine = 64;
const changing = new Set(["Add", "Store", "Swap", "CompareAndSwap", "And", "Or", "Lock", "Unlock", "RLock", "RUnlock"]);

/**
 * Fields in the 64-byte line of a lock that other goroutines change by themselves: atomics and other locks. Only a
 * hint: where a value begins within its line is known at run time alone.
 */
export function cacheNeighbours(pkg: Package, typeName: string, lock: string, goarch: string): CacheNeighbour[] {
  const entity = pkg.lookup(atoms.intern(typeName));
  if (entity?.kind !== "type") return [];
  const struct = underlying(entity.type);
  if (struct.kind !== "struct") return [];
  const fields = layoutOf(struct, goarch);
  const own = fields.find((field) => field.name === lock);
  if (own === undefined) return [];
  const line = Math.floor(own.offset / cacheLine);
  const near = fields.filter(
    (field) => field !== own && Math.floor(field.offset / cacheLine) === line && changes(field),
  );
  if (near.length === 0) return [];
  const names = fieldNames(pkg);
  return near
    .filter(({ name }) => names.get(name) === 1)
    .map(({ name, offset }) => ({ field: name, distance: offset - own.offset, writers: writersOf(pkg, name) }))
    .filter(({ writers }) => writers.length > 0);
}

/** Of a type whose methods change it without a lock. */
function changes({ type }: PlacedField): boolean {
  return (
    type.kind === "named" && (type.pkg === "sync/atomic" || (type.pkg === "sync" && /^(RW)?Mutex$/.test(type.name)))
  );
}

/** How many structs of the package have a field of each name: a name of one struct alone needs no type to be told. */
function fieldNames(pkg: Package): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { tree } of pkg.files) {
    for (let node = 1; node < tree.size; node++) {
      if (tree.kind(node) !== Kind.Field) continue;
      for (let index = 0; index < tree.flags(node) >> 1; index++) {
        const name = tree.name(tree.nth(node, index));
        counts.set(name, (counts.get(name) ?? 0) + 1);
      }
    }
  }
  return counts;
}

/** Functions with a call like `x.field.Add(1)`. */
function writersOf(pkg: Package, field: string): string[] {
  const found: string[] = [];
  for (const { file, node, id, name } of pkg.functions) {
    if (file.test || !calls(file.tree, node, field)) continue;
    const receiver = /\(\*?([^)]*)\)/.exec(id)?.[1];
    found.push(receiver === undefined ? name : `${receiver}.${name}`);
  }
  return found;
}

function calls(tree: Tree, node: Node, field: string): boolean {
  if (tree.kind(node) === Kind.CallExpr) {
    const callee = tree.child(node);
    const inner = tree.kind(callee) === Kind.SelectorExpr ? tree.child(callee) : 0;
    if (
      tree.kind(inner) === Kind.SelectorExpr &&
      tree.name(tree.last(inner)) === field &&
      changing.has(tree.name(tree.last(callee)))
    )
      return true;
  }
  return tree.children(node).some((child) => calls(tree, child, field));
}
