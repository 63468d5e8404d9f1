import type { Block, Effect, FunctionFacts, Offsets, Unit } from "./effects.ts";
import { noOffsets } from "./frame.ts";
import { type Place, type Ref, type Root, type Target, unmentioned } from "./place.ts";

const slash = 0x2f;
const noFrames: ReadonlyMap<string, readonly Root[]> = new Map();

/** Most variables are their function's own business: what nothing can come to name has no offset, and no name as a parameter. */
export function mentioned<Facts extends FunctionFacts>(
  { functions, kept, stores }: Pick<Unit, "kept" | "stores"> & { readonly functions: readonly Facts[] },
  blocksOf: (facts: Facts) => readonly Block[] = ({ blocks }) => blocks,
): FunctionFacts[] {
  const known = mentionedBy(functions, stores);
  for (const [param] of kept) known.ids.add(param);
  const frames = functions.some(({ offsets }) => offsets.size > 0) ? byFrame(known.roots) : noFrames;
  return functions.map((facts) => ({
    ...facts,
    params: facts.params.map((root) =>
      known.roots.has(root) || (known.ids.size > 0 && known.ids.has(root.id)) ? root : unmentioned,
    ),
    blocks: blocksOf(facts),
    offsets: facts.offsets.size === 0 ? noOffsets : mentionedOffsets(facts, frames.get(facts.id) ?? [], known.ids),
  }));
}

/** Those that stand at a place of their own, by function. */
function byFrame(roots: Iterable<Root>): ReadonlyMap<string, readonly Root[]> {
  const frames = new Map<string, Root[]>();
  for (const root of roots) {
    if (root.source !== undefined || root.param >= 0) continue;
    const known = frames.get(root.frame);
    if (known === undefined) frames.set(root.frame, [root]);
    else known.push(root);
  }
  return frames;
}

/** Fewer are mentioned than there are. */
function mentionedOffsets({ id, offsets }: FunctionFacts, roots: readonly Root[], ids: ReadonlySet<string>): Offsets {
  const named = new Map<string, number>();
  const add = (one: string) => {
    const name = one.slice(id.length + 1);
    const offset = offsets.get(name);
    if (offset !== undefined) named.set(name, offset);
  };
  for (const root of roots) add(root.id);
  for (const one of ids) if (one.charCodeAt(id.length) === slash && one.startsWith(id)) add(one);
  return named.size === 0 ? noOffsets : named;
}

/** Local variables and values in the places of a declaration's functions, and ids of variables that tell elements apart. */
interface Mentioned {
  readonly roots: ReadonlySet<Root>;
  readonly ids: Set<string>;
}

function mentionedBy(unit: readonly FunctionFacts[], stores: Unit["stores"]): Mentioned {
  const roots = new Set<Root>();
  const ids = new Set<string>();
  const root = (one: Root) => {
    if (roots.has(one)) return;
    roots.add(one);
    for (const refs of one.source?.args ?? []) list(refs);
    for (const callee of one.source?.targets ?? []) target(callee);
  };
  const place = (one: Place) => {
    root(one.root);
    for (let at: Place | undefined = one; at?.step !== undefined; at = at.parent)
      if (at.step.kind === "elem") ids.add(at.step.index);
  };
  const list = (refs: readonly Ref[]) => {
    for (const one of refs) place(one.place);
  };
  const target = ({ bound }: Target) => bound === undefined || list(bound);
  for (const stored of stores.values()) for (const one of stored) target(one);
  for (const { blocks, returns, links } of unit) {
    for (const { effects } of blocks)
      for (const effect of effects) {
        for (const one of placesOf(effect)) place(one);
        if (effect.op === "publish") root(effect.root);
        if (effect.when !== undefined) root(effect.when.param);
        if ((effect.op === "lock" || effect.op === "unlock") && typeof effect.unless === "object")
          root(effect.unless.param);
        if (effect.op !== "call" && effect.op !== "spawn") continue;
        if (effect.param !== undefined) ids.add(effect.param);
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
  return { roots, ids };
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
