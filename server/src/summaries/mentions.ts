import type { Effect, FunctionFacts } from "./effects.ts";
import type { Place, Ref, Root, Target } from "./place.ts";

const mentions = new WeakMap<readonly FunctionFacts[], ReadonlySet<string>>();

/** Where what has a number in its id stands, as far as anything can come to name it: most variables are their function's own business. */
export function mentionedOffsets(
  { id, offsets }: FunctionFacts,
  unit: readonly FunctionFacts[],
): ReadonlyMap<string, number> {
  if (offsets.size === 0) return offsets;
  let known = mentions.get(unit);
  if (known === undefined) {
    known = mentionedBy(unit);
    mentions.set(unit, known);
  }
  const named = new Map<string, number>();
  for (const [name, offset] of offsets) if (known.has(`${id}/${name}`)) named.set(name, offset);
  return named;
}

/** Ids of local variables and values in the places of a declaration's functions, and of variables that tell elements apart. */
function mentionedBy(unit: readonly FunctionFacts[]): ReadonlySet<string> {
  const found = new Set<string>();
  const root = ({ id, source }: Root) => {
    if (found.has(id)) return;
    found.add(id);
    for (const refs of source?.call.args ?? []) list(refs);
  };
  const place = (one: Place) => {
    root(one.root);
    for (const step of one.steps()) if (step.kind === "elem") found.add(step.index);
  };
  const list = (refs: readonly Ref[]) => {
    for (const one of refs) place(one.place);
  };
  const target = ({ bound }: Target) => bound === undefined || list(bound);
  for (const { blocks, returns, links } of unit) {
    for (const { effects } of blocks)
      for (const effect of effects) {
        for (const one of placesOf(effect)) place(one);
        if (effect.op === "publish") root(effect.root);
        if (effect.op !== "call" && effect.op !== "spawn") continue;
        for (const refs of effect.args) list(refs);
        for (const one of effect.targets) target(one);
        for (const given of effect.functions) for (const one of given) target(one);
      }
    for (const { refs, targets } of returns) {
      list(refs);
      for (const one of targets) target(one);
    }
    for (const pair of links) for (const one of pair) place(one);
  }
  return found;
}

function placesOf(effect: Effect): readonly Place[] {
  switch (effect.op) {
    case "call":
      return effect.returned === undefined ? [] : [effect.returned];
    case "spawn":
      return effect.group;
    case "publish":
      return effect.into;
    case "defer":
    case "return":
      return [];
    default:
      return [effect.place];
  }
}
