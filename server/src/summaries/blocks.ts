import type { Block } from "./effects.ts";
import { entryBlock, exitBlock, type GrowingBlock } from "./frame.ts";

/** Longer rows of empty blocks are left alone. */
const maxChain = 1000;

/** A function that does nothing a map could need: most of them. */
export const nothingDone: readonly Block[] = [
  { effects: [], next: [exitBlock] },
  { effects: [], next: [] },
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
  for (const [index, block] of blocks.entries()) {
    if (index !== entryBlock && index !== exitBlock && block.effects.length === 0) passOver(blocks, before, index);
  }
  for (const [index, block] of blocks.entries()) if (index !== exitBlock) absorb(blocks, before, index, block);
  return renumbered(blocks, before);
}

/** Without blocks that only lead on to one other: most of those that are empty. */
function threaded(blocks: readonly GrowingBlock[]): readonly GrowingBlock[] {
  const leadsOn = (index: number) => {
    const block = blocks[index];
    return index > exitBlock && block?.effects.length === 0 && block.next.length === 1 ? block.next[0] : undefined;
  };
  const numbers: number[] = [];
  const kept: GrowingBlock[] = [];
  for (const [index, block] of blocks.entries()) {
    const to = leadsOn(index);
    // To turn round in an empty block is to wait.
    numbers.push(to === undefined || circles(index, leadsOn) ? kept.push(block) - 1 : -1);
  }
  if (kept.length === blocks.length) return blocks;
  for (const { next } of kept) {
    let length = 0;
    for (const one of next) {
      let to = one;
      while (numbers[to] === -1) to = leadsOn(to) ?? exitBlock;
      const number = numbers[to] ?? exitBlock;
      if (next.indexOf(number) < 0 || next.indexOf(number) >= length) next[length++] = number;
    }
    if (length < next.length) next.length = length;
  }
  return kept;
}

/** Does the way from an empty block never come to another one? */
function circles(index: number, leadsOn: (index: number) => number | undefined): boolean {
  let steps = 0;
  for (let at: number | undefined = index; at !== undefined; at = leadsOn(at)) if (++steps > maxChain) return true;
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

function predecessors(blocks: readonly GrowingBlock[]): Set<number>[] {
  const before = blocks.map(() => new Set<number>());
  for (const [index, { next }] of blocks.entries()) for (const to of next) before[to]?.add(index);
  return before;
}

/** Leads the ways through an empty block around it, where that takes no more edges than before. */
function passOver(blocks: readonly GrowingBlock[], before: readonly Set<number>[], index: number): void {
  const next = blocks[index]?.next ?? [];
  const from = before[index] ?? new Set<number>();
  // To turn round in an empty block is to wait, and one that leads nowhere is an end.
  if (next.length > 1 && next.includes(index)) {
    next.splice(next.indexOf(index), 1);
    from.delete(index);
  }
  if (next.length === 0 || next.includes(index) || from.size * next.length > from.size + next.length) return;
  for (const one of from) {
    const edges = blocks[one]?.next ?? [];
    const others = next.filter((to) => !edges.includes(to));
    edges.splice(edges.indexOf(index), 1, ...others);
  }
  for (const to of next) {
    before[to]?.delete(index);
    for (const one of from) before[to]?.add(one);
  }
  next.length = 0;
  from.clear();
}

/** Appends what follows a block on every way and follows no other. */
function absorb(
  blocks: readonly GrowingBlock[],
  before: readonly Set<number>[],
  index: number,
  block: GrowingBlock,
): void {
  for (let only = block.next[0]; only !== undefined && block.next.length === 1; only = block.next[0]) {
    const follower = blocks[only];
    if (follower === undefined || only === index || only === entryBlock || only === exitBlock) return;
    if (before[only]?.size !== 1) return;
    for (const effect of follower.effects) block.effects.push(effect);
    block.next.splice(0, 1, ...follower.next);
    for (const to of follower.next) {
      before[to]?.delete(only);
      before[to]?.add(index);
    }
    before[only]?.clear();
    follower.effects.length = 0;
    follower.next.length = 0;
  }
}

/** Without blocks that have no effects and that no way leads to. */
function renumbered(blocks: readonly GrowingBlock[], before: readonly Set<number>[]): readonly GrowingBlock[] {
  const numbers: number[] = [];
  const kept: GrowingBlock[] = [];
  for (const [index, block] of blocks.entries()) {
    const needed = index === entryBlock || index === exitBlock || block.effects.length > 0;
    numbers.push(needed || (before[index]?.size ?? 0) > 0 ? kept.push(block) - 1 : exitBlock);
  }
  return trimmed(kept, (to) => numbers[to] ?? exitBlock);
}

/** Lists that have grown have room for a dozen more than they hold. */
function trimmed(blocks: readonly GrowingBlock[], number: (to: number) => number): readonly GrowingBlock[] {
  return blocks.map(({ effects, next }) => ({
    effects: effects.length === 0 ? effects : effects.slice(),
    next: next.length === 0 ? next : next.map(number),
  }));
}
