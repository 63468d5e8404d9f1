import type { FunctionFacts } from "./effects.ts";
import { type Place, someElement } from "./place.ts";

/**
 * The place with a part that leads elsewhere followed: `a.next.m` is `tail.m` where `a` was made with `next: tail`,
 * an element of a shallow copy is one of the original.
 */
export function follow(place: Place, facts: FunctionFacts): Place {
  if (facts.links.size === 0 || place.root.frame !== facts.id) return place;
  for (let at: Place | undefined = place; at !== undefined; at = at.parent) {
    const target = facts.links.get(at) ?? anyElement(at, facts);
    if (target === undefined) continue;
    let result = target;
    for (const step of place.steps().slice(at.depth)) result = result.child(step);
    return result;
  }
  return place;
}

function anyElement({ step, parent }: Place, facts: FunctionFacts): Place | undefined {
  if (step?.kind !== "elem" || parent === undefined || step.index === "") return undefined;
  return facts.links.get(parent.child(someElement));
}
