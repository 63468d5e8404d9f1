import { fieldAt } from "./fields.ts";
import type { Tree } from "./tree.ts";

/** A field or package variable that a comment says a lock guards. */
export interface DeclaredGuard {
  /** `T.field` or the variable. */
  readonly name: string;
  /** The lock's own name: `mu` of `// guarded by s.mu`. */
  readonly lock: string;
}

const declares = /\b(?:[Gg]uarded|[Pp]rotected) by:? `?(?:\w+\.)*(\w+)|\+checklocks:(?:\w+\.)*(\w+)/;

const decoder = new TextDecoder();

/** Guards that comments declare: at the end of a field's or variable's line, or alone above it. */
export function declaredGuards(tree: Tree): DeclaredGuard[] {
  const found: DeclaredGuard[] = [];
  for (let i = 0; i < tree.comments.length; i += 2) {
    const [start, end] = [tree.comments[i] ?? 0, tree.comments[i + 1] ?? 0];
    if (!mayDeclare(tree.src, start, end)) continue;
    const match = declares.exec(decoder.decode(tree.src.subarray(start, end)));
    const lock = match?.[1] ?? match?.[2];
    if (lock === undefined) continue;
    const own = tree.lines[tree.line(start)] ?? 0;
    const alone = decoder.decode(tree.src.subarray(own, start)).trim() === "";
    const name = fieldAt(tree, firstOf(tree, alone ? (tree.lines[tree.line(end) + 1] ?? tree.src.length) : own));
    if (name !== undefined) found.push({ name, lock });
  }
  return found;
}

/** `d by` or `klocks`: every comment is looked at, and hardly one is worth decoding. */
function mayDeclare(src: Uint8Array, start: number, end: number): boolean {
  for (let at = start + 2; at < end; at++) {
    const byte = src[at];
    if (byte === 98 && src[at + 1] === 121 && src[at - 1] === 32 && src[at - 2] === 100) return true;
    if (byte === 107 && src[at + 1] === 108 && src[at + 2] === 111 && src[at + 3] === 99) return true;
  }
  return false;
}

/** The first byte from an offset that is no blank. */
function firstOf(tree: Tree, offset: number): number {
  let at = offset;
  while (tree.src[at] === 32 || tree.src[at] === 9) at++;
  return at;
}
