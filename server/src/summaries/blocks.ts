import { mapped } from "../base/lists.ts";
import type { Block } from "./effects.ts";
import { entryBlock, exitBlock, type GrowingBlock, grown, noEdges, noneYet, withEdge } from "./frame.ts";

/** Longer rows of empty blocks are left alone. */
const maxChain = 1000;

/** A function that does nothing a map could need: most of them. */
export const nothingDone: readonly Block[] = [
  { effects: noneYet, next: [exitBlock] },
  { effects: noneYet, next: noEdges },
];

/**
 * The same ways through the same effects in fewer blocks: those without effects are passed over, those that can only
 * follow one other become part of it. Blocks are changed in place.
 */
export function condensed(all: readonly GrowingBlock[]): readonly Block[] {
  if (all.every(({ effects }) => effects.length === 0) && leaves(all)) return nothingDone;
  const blocks = threaded(all);
  if (blocks.length === 2) return trimmed(blocks, (to) => to);
  const before = predecessors(blocks);
  for (let index = exitBlock + 1; index < blocks.length; index++)
    if (blocks[index]?.effects.length === 0) passOver(blocks, before, index);
  for (let index = 0; index < blocks.length; index++) if (index !== exitBlock) absorb(blocks, before, index);
  return renumbered(blocks, before);
}

/** Without blocks that only lead on to one other: most of those that are empty. */
function threaded(blocks: readonly GrowingBlock[]): readonly GrowingBlock[] {
  const numbers: number[] = [];
  const kept: GrowingBlock[] = [];
  for (const block of blocks) {
    const index = numbers.length;
    // To turn round in an empty block is to wait.
    numbers.push(leadsOn(blocks, index) < 0 || circles(blocks, index) ? kept.push(block) - 1 : -1);
  }
  if (kept.length === blocks.length) return blocks;
  for (const { next } of kept) {
    let length = 0;
    for (const one of next) {
      let to = one;
      while (numbers[to] === -1) to = leadsOn(blocks, to);
      const number = numbers[to] ?? exitBlock;
      if (next.indexOf(number) < 0 || next.indexOf(number) >= length) next[length++] = number;
    }
    if (length < next.length) next.length = length;
  }
  return kept;
}

/** The one that an empty block leads to; -1 where it leads to several, or is not empty. */
function leadsOn(blocks: readonly GrowingBlock[], index: number): number {
  const block = blocks[index];
  if (index <= exitBlock || block === undefined || block.effects.length > 0 || block.next.length !== 1) return -1;
  return block.next[0] ?? -1;
}

/** Does the way from an empty block never come to another one? */
function circles(blocks: readonly GrowingBlock[], index: number): boolean {
  let steps = 0;
  for (let at = index; at >= 0; at = leadsOn(blocks, at)) if (++steps > maxChain) return true;
  return false;
}

/** Does some way lead from the entry to the exit, and none to an end before it? */
function leaves(blocks: readonly GrowingBlock[]): boolean {
  const seen = new Set([entryBlock]);
  for (const one of seen) {
    if (one !== exitBlock && blocks[one]?.next.length === 0) return false;
    for (const next of blocks[one]?.next ?? []) seen.add(next);
  }
  return seen.has(exitBlock) && blocks[exitBlock]?.next.length === 0;
}

/** Which blocks lead to each. */
function predecessors(blocks: readonly GrowingBlock[]): number[][] {
  const before: number[][] = blocks.map(() => noEdges);
  for (let index = 0; index < blocks.length; index++)
    for (const to of blocks[index]?.next ?? noEdges) before[to] = withEdge(before[to] ?? noEdges, index);
  return before;
}

/** In the blocks that lead to one, `old` is no more. */
function remove(before: number[] | undefined, old: number): void {
  const at = before?.indexOf(old) ?? -1;
  if (at >= 0) before?.splice(at, 1);
}

/** Leads the ways through an empty block around it, where that takes no more edges than before. */
function passOver(blocks: readonly GrowingBlock[], before: number[][], index: number): void {
  const block = blocks[index];
  if (block === undefined) return;
  const { next } = block;
  const from = before[index] ?? noEdges;
  // To turn round in an empty block is to wait, and one that leads nowhere is an end.
  if (next.length > 1 && next.includes(index)) {
    next.splice(next.indexOf(index), 1);
    remove(from, index);
  }
  if (next.length === 0 || next.includes(index) || from.length * next.length > from.length + next.length) return;
  for (const one of from) {
    const edges = blocks[one]?.next ?? noEdges;
    const others = next.filter((to) => !edges.includes(to));
    edges.splice(edges.indexOf(index), 1, ...others);
  }
  for (const to of next) {
    remove(before[to], index);
    for (const one of from) if (!before[to]?.includes(one)) before[to] = withEdge(before[to] ?? noEdges, one);
  }
  block.next = noEdges;
  before[index] = noEdges;
}

/** Appends what follows a block on every way and follows no other. */
function absorb(blocks: readonly GrowingBlock[], before: number[][], index: number): void {
  const block = blocks[index];
  if (block === undefined) return;
  for (let only = block.next[0]; only !== undefined && block.next.length === 1; only = block.next[0]) {
    const follower = blocks[only];
    if (follower === undefined || only === index || only === entryBlock || only === exitBlock) return;
    if (before[only]?.length !== 1) return;
    if (block.effects.length === 0) block.effects = follower.effects;
    else for (const effect of follower.effects) block.effects = grown(block.effects, effect);
    block.next = follower.next;
    for (const to of follower.next) {
      const others = before[to];
      if (others !== undefined) others[others.indexOf(only)] = index;
    }
    before[only] = noEdges;
    follower.effects = noneYet;
    follower.next = noEdges;
  }
}

/** Without blocks that have no effects and that no way leads to. */
function renumbered(blocks: readonly GrowingBlock[], before: readonly (readonly number[])[]): readonly Block[] {
  const numbers: number[] = [];
  const kept: GrowingBlock[] = [];
  for (let index = 0; index < blocks.length; index++) {
    const block = blocks[index];
    const needed = index <= exitBlock || (block?.effects.length ?? 0) > 0 || (before[index]?.length ?? 0) > 0;
    numbers.push(needed && block !== undefined ? kept.push(block) - 1 : exitBlock);
  }
  return trimmed(kept, (to) => numbers[to] ?? exitBlock);
}

/** Lists of one block, which most others lead to alone. */
const alone: (readonly number[])[] = [];
const maxAlone = 1000;

function trimmed(blocks: readonly GrowingBlock[], number: (to: number) => number): readonly Block[] {
  return mapped(blocks, ({ effects, next }) => ({
    // Lists that have grown have room for a dozen more than they hold.
    effects: effects.length > 2 ? effects.slice() : effects,
    next: next.length === 1 ? onlyOne(number(next[0] ?? exitBlock)) : edgesTo(next, number),
  }));
}

function edgesTo(next: readonly number[], number: (to: number) => number): readonly number[] {
  if (next.length === 0) return noEdges;
  const edges = next.slice();
  for (let index = 0; index < edges.length; index++) edges[index] = number(edges[index] ?? exitBlock);
  return edges;
}

/** The list of one block, the same one for all that lead there. */
export function onlyOne(to: number): readonly number[] {
  let known = alone[to];
  if (known === undefined) {
    known = [to];
    if (to >= 0 && to < maxAlone) alone[to] = known;
  }
  return known;
}
