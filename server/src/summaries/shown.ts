import { nothingDone } from "./blocks.ts";
import type { Block, Effect, FunctionFacts } from "./effects.ts";
import { endingAt, revised } from "./shapes.ts";

/** Long pieces of source are marked by their beginning. */
export function headEnd(start: number, end: number): number {
  return Math.min(end, start + 40);
}

/**
 * The function with no more positions than findings show and weigh: of accesses, calls and goroutine starts, and of the
 * loops around them.
 */
export function withPositionsShown(facts: FunctionFacts): FunctionFacts {
  const starts: number[] = [];
  const block = ({ effects, next }: Block): Block => ({ effects: effects.map((one) => shown(one, starts)), next });
  const blocks = facts.blocks === nothingDone ? nothingDone : facts.blocks.map(block);
  const loops: number[] = [];
  for (let i = 0; i < facts.loops.length; i += 2) {
    const [start, end] = [facts.loops[i] ?? 0, facts.loops[i + 1] ?? 0];
    if (starts.some((at) => at >= start && at < end)) loops.push(start, end);
  }
  return revised(facts, { blocks, loops, end: headEnd(facts.start, facts.end) });
}

/** What has no position stands where the one before does, which takes least to write. */
function shown(effect: Effect, starts: number[]): Effect {
  switch (effect.op) {
    case "access":
      starts.push(effect.start);
      return effect;
    case "call":
      starts.push(effect.start);
      return endingAt(effect, headEnd(effect.start, effect.end));
    case "spawn":
      starts.push(effect.start);
      return { ...effect, end: headEnd(effect.start, effect.end) };
    default: {
      const before = starts[starts.length - 1] ?? 0;
      return { ...effect, start: before, end: before };
    }
  }
}
