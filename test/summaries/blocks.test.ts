import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { condensed } from "../../server/src/summaries/blocks.ts";
import type { Block } from "../../server/src/summaries/effects.ts";
import type { GrowingBlock } from "../../server/src/summaries/frame.ts";
import { deferOf } from "../../server/src/summaries/shapes.ts";
import { seed } from "../harness/random.ts";

/** Blocks with numbered effects; block 1 is the exit. */
const graphs = fc
  .array(fc.tuple(fc.nat(2), fc.uniqueArray(fc.nat(9), { maxLength: 3 })), { minLength: 2, maxLength: 10 })
  .map((raw): GrowingBlock[] => {
    let id = 0;
    return raw.map(([count, next], index) => ({
      effects: Array.from({ length: count }, () => deferOf(id++)),
      next: index === 1 ? [] : next.filter((to) => to < raw.length),
    }));
  });

/** What can come right behind what: numbers of effects, `entry`, `exit`, and `end` where nothing comes any more. */
function order(blocks: readonly Block[]): string[] {
  const pairs = new Set<string>();
  const walk = (from: string, block: number, seen: Set<number>) => {
    if (seen.has(block)) return;
    seen.add(block);
    const [first] = blocks[block]?.effects ?? [];
    if (first?.op === "defer") return void pairs.add(`${from} ${first.id}`);
    follow(from, block, seen);
  };
  const follow = (from: string, block: number, seen: Set<number>) => {
    const next = blocks[block]?.next ?? [];
    if (next.length === 0) pairs.add(`${from} ${block === 1 ? "exit" : "end"}`);
    for (const to of next) walk(from, to, seen);
  };
  const reached = new Set([0]);
  for (const one of reached) for (const to of blocks[one]?.next ?? []) reached.add(to);
  walk("entry", 0, new Set());
  for (const index of reached) {
    const ids = (blocks[index]?.effects ?? []).map((effect) => (effect.op === "defer" ? effect.id : -1));
    for (const [at, id] of ids.entries()) {
      if (at + 1 < ids.length) pairs.add(`${id} ${ids[at + 1]}`);
      else follow(String(id), index, new Set());
    }
  }
  return [...pairs].sort();
}

test("a graph without its empty blocks has the same ways", () => {
  fc.assert(
    fc.property(graphs, (blocks) => {
      const before = order(blocks);
      const after = condensed(structuredClone(blocks));
      assert.deepEqual(order(after), before);
      assert.ok(after.length <= Math.max(2, blocks.length));
    }),
    { seed, numRuns: 3000 },
  );
});
