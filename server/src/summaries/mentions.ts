import { mapped } from "../base/lists.ts";
import { allUnmentioned } from "./alike.ts";
import type { Block, Call, Effect, FunctionFacts, Offsets, Spawn, Unit } from "./effects.ts";
import { noOffsets } from "./frame.ts";
import { newWalk, type Place, type Ref, type Root, type Target, unmentioned } from "./place.ts";
import { revised } from "./shapes.ts";

const slash = 0x2f;
const noFrames: ReadonlyMap<string, readonly Root[]> = new Map();

/** Most variables are their function's own business: what nothing can come to name has no offset, and no name as a parameter. */
export function mentioned<Facts extends FunctionFacts>(
  { functions, kept, stores }: Pick<Unit, "kept" | "stores"> & { readonly functions: readonly Facts[] },
  blocksOf: (facts: Facts) => readonly Block[] = ({ blocks }) => blocks,
): FunctionFacts[] {
  const known = new Mentioned();
  for (const stored of stores.values()) known.targets(stored);
  for (const one of functions) known.function(one);
  for (const [param] of kept) known.ids.add(param);
  const frames = functions.some(({ offsets }) => offsets.size > 0) ? byFrame(known.roots) : noFrames;
  return functions.map((facts) =>
    revised(facts, {
      params: allUnmentioned.instead(mapped(facts.params, (root) => (isMentioned(root, known) ? root : unmentioned))),
      blocks: blocksOf(facts),
      offsets: facts.offsets.size === 0 ? noOffsets : mentionedOffsets(facts, frames.get(facts.id) ?? [], known.ids),
    }),
  );
}

function isMentioned(root: Root, { walk, ids }: Mentioned): boolean {
  return root.isVisited(walk) || (ids.size > 0 && ids.has(root.id));
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
  let named: Map<string, number> | undefined;
  const add = (name: string) => {
    const offset = offsets.get(name);
    if (offset === undefined) return;
    named ??= new Map();
    named.set(name, offset);
  };
  for (const root of roots) add(root.ending);
  for (const one of ids) if (one.charCodeAt(id.length) === slash && one.startsWith(id)) add(one.slice(id.length + 1));
  return named ?? noOffsets;
}

/** Local variables and values in the places of a declaration's functions, and ids of variables that tell elements apart. */
class Mentioned {
  readonly walk = newWalk();
  readonly roots: Root[] = [];
  readonly ids = new Set<string>();

  root(one: Root): void {
    if (!one.visit(this.walk)) return;
    this.roots.push(one);
    if (one.source === undefined) return;
    for (const refs of one.source.args) this.refs(refs);
    this.targets(one.source.targets);
  }

  place(one: Place): void {
    this.root(one.root);
    for (let at: Place | undefined = one; at?.step !== undefined; at = at.parent)
      // An id has a slash between its function and the rest; literals and what is unknown name nothing.
      if (at.step.kind === "elem" && at.step.index.includes("/")) this.ids.add(at.step.index);
  }

  refs(refs: readonly Ref[]): void {
    for (const { place } of refs) this.place(place);
  }

  targets(targets: readonly Target[]): void {
    for (const { bound } of targets) if (bound !== undefined) this.refs(bound);
  }

  function({ blocks, returns, links }: FunctionFacts): void {
    for (const { effects } of blocks) for (const effect of effects) this.#effect(effect);
    for (const { refs, targets } of returns) {
      this.refs(refs);
      this.targets(targets);
    }
    for (const [from, to] of links) {
      this.place(from);
      this.place(to);
    }
  }

  #effect(effect: Effect): void {
    if (effect.when !== undefined) this.root(effect.when.param);
    switch (effect.op) {
      case "call":
        return this.#call(effect);
      case "spawn":
        for (const place of effect.group) this.place(place);
        return this.#call(effect);
      case "publish":
        this.root(effect.root);
        for (const place of effect.into) this.place(place);
        return;
      case "defer":
      case "return":
        return;
      case "lock":
      case "unlock":
        if (typeof effect.unless === "object") this.root(effect.unless.param);
        return this.place(effect.place);
      default:
        this.place(effect.place);
    }
  }

  #call({ op, returned, param, args, targets, functions }: Call | Spawn): void {
    if (op === "call" && returned !== undefined) this.place(returned);
    if (param !== undefined) this.ids.add(param);
    for (const refs of args) this.refs(refs);
    this.targets(targets);
    for (const given of functions) this.targets(given);
  }
}
