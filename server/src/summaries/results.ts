import { mappedUpTo } from "../base/lists.ts";
import type { FunctionFacts } from "./effects.ts";
import { follow } from "./links.ts";
import { Place, type Ref, type Root } from "./place.ts";

type Functions = ReadonlyMap<string, FunctionFacts>;

/** Where a value that a call returned may be; `fresh`: the callee made it. */
export interface Result {
  readonly refs: Ref[];
  readonly fresh: boolean;
}

/** Where a call's result lives, in the caller's frame: through the returns of its callees. `fresh`: made by the callee. */
export function resultOf(functions: Functions, place: Place, depth = 0): Result | undefined {
  const { source } = place.root;
  if (source === undefined || depth > 5) return undefined;
  const refs: Ref[] = [];
  let fresh = false;
  for (const target of source.targets) {
    const callee = functions.get(target.id);
    const returned = callee?.returns[source.index];
    if (callee === undefined || returned === undefined) return undefined;
    fresh ||= returned.fresh;
    for (const ref of returned.refs) {
      const { root } = ref.place;
      if (root.kind === "global") refs.push(ref);
      else if (root.param >= 0 && root.frame === callee.id) {
        for (const arg of source.args[root.param] ?? [])
          refs.push({ place: ref.place.onto(arg.place), load: ref.load });
      } else if (root.origin === "fresh") {
        fresh = true;
      } else if (root.origin === "call") {
        const inner = resultOf(functions, ref.place, depth + 1);
        fresh ||= inner?.fresh === true;
        for (const one of inner?.refs ?? []) {
          if (one.place.root.kind === "global") refs.push({ place: one.place, load: one.load ?? ref.load });
          else if (one.place.root.param >= 0 && one.place.root.frame === callee.id) {
            for (const arg of source.args[one.place.root.param] ?? [])
              refs.push({ place: one.place.onto(arg.place), load: one.load ?? ref.load });
          }
        }
      }
    }
  }
  return { refs, fresh };
}

/** The value at the root was made by its function, or by one that returned it to it. */
export function isFresh(functions: Functions, root: Root): boolean {
  if (root.origin === "fresh") return true;
  if (root.origin !== "call" || root.source === undefined) return false;
  const result = resultOf(functions, new Place(root));
  return result?.fresh === true && result.refs.length === 0;
}

/** Parts of what a call made that lead to something that was there before. */
function partsOf(functions: Functions, { place, load }: Ref): readonly Ref[] {
  const { source } = place.root;
  const found: Ref[] = [];
  for (const target of source?.targets ?? []) {
    const callee = functions.get(target.id);
    if (source === undefined || callee === undefined || callee.links.size === 0) continue;
    for (const returned of callee.returns[source.index]?.refs ?? []) {
      const whole = place.onto(returned.place);
      const part = follow(whole, callee);
      if (part === whole) continue;
      const { root } = part;
      if (root.kind === "global") found.push({ place: part, load });
      else if (root.param >= 0 && root.frame === callee.id)
        for (const arg of source.args[root.param] ?? []) found.push({ place: part.onto(arg.place), load });
    }
  }
  return found;
}

/** A place with call results replaced by what the callees return; several when they return several. */
export function normalise(functions: Functions, ref: Ref): readonly Ref[] {
  if (ref.place.root.origin !== "call") return [ref];
  const linked = partsOf(functions, ref);
  if (linked.length > 0) return linked;
  const result = resultOf(functions, ref.place);
  if (result === undefined) return [ref];
  if (result.refs.length === 0) {
    return [ref];
  }
  return mappedUpTo(Math.min(result.refs.length, 4), result.refs, (one) => ({
    place: ref.place.onto(one.place),
    load: one.load ?? ref.load,
  }));
}
