import { none } from "../base/lists.ts";
import type { Access } from "./effects.ts";
import { type Frame, insertEffect, type Position } from "./frame.ts";
import { Place, type Root } from "./place.ts";
import { accessOf } from "./shapes.ts";

/** A local variable used as a key or value of a map, or given a new value; offsets from the anchor. */
export interface Operand extends Position {
  readonly root: Root;
  readonly start: number;
  readonly end: number;
}

/**
 * A local variable that one function uses as key or value of a map while another, which may run beside it, gives it a
 * new value: both become accesses, as the detector of races at run time sees them. `frames`: a function and its literals.
 */
export function raceOfOperands(frames: readonly Frame[]): void {
  if (frames.every(({ replaced }) => replaced.length === 0)) return;
  const written = new Map<Root, Set<Frame>>();
  for (const frame of frames) {
    for (const one of frame.replaced) written.set(one.root, (written.get(one.root) ?? new Set()).add(frame));
  }
  for (const frame of frames) {
    for (const { root } of frame.operands) {
      const writers = written.get(root);
      if (writers === undefined || [...writers].every((one) => one === frame)) continue;
      written.delete(root);
      root.origin = "fresh";
      const place = new Place(root);
      for (const one of frames) insert(one, root, place);
    }
  }
}

function insert(frame: Frame, root: Root, place: Place): void {
  const access = (one: Operand, kind: Access["kind"]): { position: Operand; effect: Access } => ({
    position: one,
    effect: accessOf({ kind, place, load: undefined }, { start: one.start, end: one.end, locks: none }),
  });
  const made = [
    ...frame.operands.filter((one) => one.root === root).map((one) => access(one, "operand")),
    ...frame.replaced.filter((one) => one.root === root).map((one) => access(one, "swap")),
  ];
  made.sort((a, b) => b.position.index - a.position.index);
  for (const { position, effect } of made) {
    insertEffect(frame.blocks[position.block], position.index, effect);
    shift(frame, position);
  }
}

/** Other recorded positions behind the new effect move on by one. */
function shift(frame: Frame, at: Position): void {
  for (const list of [frame.operands, frame.replaced]) {
    for (const [index, one] of list.entries()) {
      const { root, block, index: own, start, end } = one;
      if (block === at.block && own > at.index) list[index] = { root, block, index: own + 1, start, end };
    }
  }
}
