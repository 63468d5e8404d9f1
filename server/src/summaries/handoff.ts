import type { Access, Effect } from "./effects.ts";
import { type Frame, type GrowingBlock, insertEffect, type Position } from "./frame.ts";
import { contentOf, type Place, type Root } from "./place.ts";
import { accessOf } from "./shapes.ts";

/**
 * Accesses that a loop makes to a value it has handed on in an earlier round: they stand before the hand-over in the
 * source and come behind it in time. Each is given a twin at the place where others find the value.
 */
export function carryOn(frame: Frame): void {
  const twins: { position: Position; twin: Access }[] = [];
  for (const handed of frame.handed) {
    const { own, into } = handed;
    const reached = reachedFrom(frame, handed, own.root, into);
    for (const { position, access } of reached) {
      let place = into;
      for (const step of access.place.steps()) place = place.child(step);
      twins.push({ position, twin: elsewhere(access, place) });
    }
  }
  twins.sort((a, b) => b.position.index - a.position.index);
  for (const { position, twin } of twins) insertEffect(frame.blocks[position.block], position.index + 1, twin);
}

function elsewhere(access: Access, place: Place): Access {
  const { kind, load, deferredBy, when } = access;
  const twin = accessOf({ kind, place, load }, access);
  twin.deferredBy = deferredBy;
  twin.when = when;
  return twin;
}

function reachedFrom(frame: Frame, from: Position, root: Root, into: Place): { position: Position; access: Access }[] {
  const found: { position: Position; access: Access }[] = [];
  const seen = new Set<number>();
  const queue: Position[] = [from];
  for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
    const block = frame.blocks[at.block];
    if (block === undefined) continue;
    const end = endOf(frame, block, at, root, into);
    for (let index = at.index; index < end; index++) {
      const effect = block.effects[index];
      if (effect?.op === "access" && effect.place.root === root && effect.kind !== "load")
        found.push({ position: { block: at.block, index }, access: effect });
    }
    if (end < block.effects.length) continue;
    if (assignedIn(frame, root, at.block, at.index)) continue;
    for (const next of block.next) {
      if (!seen.has(next)) queue.push({ block: next, index: 0 });
      seen.add(next);
    }
  }
  return found;
}

/** Index of the first effect behind which the value is the function's own again. */
function endOf(frame: Frame, block: GrowingBlock, from: Position, root: Root, into: Place): number {
  const renewed = frame
    .assignments(root)
    .filter((one) => one.block === from.block && one.index >= from.index)
    .map((one) => one.index);
  const answered = block.effects.findIndex((effect, index) => index >= from.index && answers(effect, into));
  return Math.min(block.effects.length, ...renewed, ...(answered < 0 ? [] : [answered]));
}

function assignedIn(frame: Frame, root: Root, block: number, from: number): boolean {
  return frame.assignments(root).some((one) => one.block === block && one.index >= from);
}

function answers(effect: Effect, into: Place): boolean {
  const sent = contentOf(into.step) === "sent" || contentOf(into.parent?.step) === "sent";
  if (!sent) return false;
  return (effect.op === "receive" || effect.op === "wait" || effect.op === "drain") && effect.place.root !== into.root;
}
