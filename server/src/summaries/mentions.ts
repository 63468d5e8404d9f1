import type { Effect, FunctionFacts, Offsets, Unit } from "./effects.ts";
import { type Place, type Ref, type Root, type Target, unmentioned } from "./place.ts";

const slash = 0x2f;

/** Most variables are their function's own business: what nothing can come to name has no offset, and no name as a parameter. */
export function mentioned<Facts extends FunctionFacts>({
  functions,
  kept,
  stores,
}: Pick<Unit, "kept" | "stores"> & { readonly functions: readonly Facts[] }): Facts[] {
  const known = mentionedBy(functions, [...stores.values()].flat());
  for (const [param] of kept) known.add(param);
  return functions.map((facts) => ({
    ...facts,
    params: facts.params.map((root) => (known.has(root.id) ? root : unmentioned)),
    offsets: facts.offsets.size === 0 ? facts.offsets : mentionedOffsets(facts, known),
  }));
}

/** Fewer are mentioned than there are. */
function mentionedOffsets({ id, offsets }: FunctionFacts, known: ReadonlySet<string>): Offsets {
  const named = new Map<string, number>();
  for (const one of known) {
    if (one.charCodeAt(id.length) !== slash || !one.startsWith(id)) continue;
    const name = one.slice(id.length + 1);
    const offset = offsets.get(name);
    if (offset !== undefined) named.set(name, offset);
  }
  return named;
}

/** Ids of local variables and values in the places of a declaration's functions, and of variables that tell elements apart. */
function mentionedBy(unit: readonly FunctionFacts[], stored: readonly Target[]): Set<string> {
  const found = new Set<string>();
  const root = ({ id, source }: Root) => {
    if (found.has(id)) return;
    found.add(id);
    for (const refs of source?.args ?? []) list(refs);
    for (const one of source?.targets ?? []) target(one);
  };
  const place = (one: Place) => {
    root(one.root);
    for (const step of one.steps()) if (step.kind === "elem") found.add(step.index);
  };
  const list = (refs: readonly Ref[]) => {
    for (const one of refs) place(one.place);
  };
  const target = ({ bound }: Target) => bound === undefined || list(bound);
  for (const one of stored) target(one);
  for (const { blocks, returns, links } of unit) {
    for (const { effects } of blocks)
      for (const effect of effects) {
        for (const one of placesOf(effect)) place(one);
        if (effect.op === "publish") root(effect.root);
        if (effect.when !== undefined) root(effect.when.param);
        if ((effect.op === "lock" || effect.op === "unlock") && typeof effect.unless === "object")
          root(effect.unless.param);
        if (effect.op !== "call" && effect.op !== "spawn") continue;
        if (effect.param !== undefined) found.add(effect.param);
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
