import type { Tree } from "./tree.ts";

const decoder = new TextDecoder();

/** Where the comment lines begin that end right above an offset; the offset itself where there are none. */
export function commentStart(tree: Tree, offset: number): number {
  const { comments } = tree;
  let low = 0;
  let high = comments.length / 2;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((comments[middle * 2] ?? 0) < offset) low = middle + 1;
    else high = middle;
  }
  let begin = offset;
  for (let i = low - 1; i >= 0; i--) {
    if (!isGap(tree.src, comments[i * 2 + 1] ?? 0, begin)) break;
    begin = comments[i * 2] ?? 0;
  }
  return begin;
}

/** The text of the comment lines that end right above an offset. */
export function commentBefore(tree: Tree, offset: number): string {
  const start = commentStart(tree, offset);
  return start === offset ? "" : decoder.decode(tree.src.subarray(start, offset));
}

/** A comment in one line. */
export function inOneLine(comment: string): string {
  return comment.replaceAll(/\n\s*\/\//g, " ");
}

/** Nothing but white space, and no empty line. */
function isGap(src: Uint8Array, start: number, end: number): boolean {
  let lines = 0;
  for (let at = start; at < end; at++) {
    const byte = src[at] ?? 0;
    if (byte === 0x0a) lines++;
    else if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0d) return false;
  }
  return lines < 2;
}
