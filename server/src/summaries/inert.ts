import { waitsByName } from "../knowledge/waits.ts";
import { condensed, nothingDone } from "./blocks.ts";
import type { Call, Effect, FunctionFacts, PackageFacts, Unit } from "./effects.ts";
import type { GrowingBlock } from "./frame.ts";
import { mentioned } from "./mentions.ts";
import { unmentioned } from "./place.ts";
import { revised } from "./shapes.ts";
import { withPositionsShown } from "./shown.ts";

const nothing: ReadonlySet<string> = new Set();

/**
 * Functions of these packages that do nothing a map could need, themselves or through what they call. Calls that are settled
 * elsewhere count as doing something: calls of values and interface methods, and of functions that are not among these.
 */
export function inertFunctions(packages: Iterable<PackageFacts>): ReadonlySet<string> {
  const functions = new Map<string, FunctionFacts>();
  const active: string[] = [];
  for (const { units } of packages) {
    for (const unit of units.values()) {
      for (const one of unit.functions) functions.set(one.id, one);
      active.push(...keepers(unit));
    }
  }
  const callers = new Map<string, string[]>();
  for (const one of functions.values()) if (gather(one, functions, callers)) active.push(one.id);
  const inert = new Set(functions.keys());
  for (let id = active.pop(); id !== undefined; id = active.pop())
    if (inert.delete(id)) for (const caller of callers.get(id) ?? []) active.push(caller);
  return inert;
}

/** Functions that keep what they are given. */
function keepers({ kept, functions }: Unit): string[] {
  return kept.flatMap(([param]) =>
    functions.flatMap(({ id, params }) => (params.some((one) => one.id === param) ? [id] : [])),
  );
}

/** Does the function itself do something? If not, who does it call? */
function gather(
  facts: FunctionFacts,
  functions: ReadonlyMap<string, FunctionFacts>,
  callers: Map<string, string[]>,
): boolean {
  if (facts.parallelTest) return true;
  const callees: string[] = [];
  for (const { effects } of facts.blocks) {
    for (const effect of effects) {
      if (effect.op === "defer" || effect.op === "return") continue;
      if (effect.op !== "call" || !isPlain(effect, facts)) return true;
      for (const { id } of effect.targets) {
        if (!functions.has(id)) return true;
        callees.push(id);
      }
    }
  }
  for (const callee of callees) {
    const known = callers.get(callee);
    if (known === undefined) callers.set(callee, [facts.id]);
    else known.push(facts.id);
  }
  return false;
}

/** A call of known functions, given nothing but values of its own frame: what a literal hands on, it is seen to have. */
function isPlain({ dispatch, field, param, returned, functions, args, targets }: Call, { id }: FunctionFacts): boolean {
  return (
    dispatch === undefined &&
    field === undefined &&
    param === undefined &&
    returned === undefined &&
    functions.every((given) => given.length === 0) &&
    targets.every((target) => target.bound === undefined && !waitsByName(target.id)) &&
    args.every((refs) => refs.every(({ place: { root } }) => root.kind === "global" || root.frame === id))
  );
}

/**
 * The package without calls that come to nothing; how its functions return is as before. Positions that no finding shows,
 * and what would have declarations looked at again after an edit, are left out.
 */
export function withoutInert(facts: PackageFacts, inert: ReadonlySet<string>): PackageFacts {
  const units = new Map<string, Unit>();
  const idle: FunctionFacts[] = [];
  const anchor = { path: "", base: 0 };
  for (const [id, unit] of facts.units) {
    const functions = unit.functions.map((one) => pruned(one, inert));
    const rest: Unit = { ...unit, functions: mentioned({ ...unit, functions }), layout: nothing };
    if (isIdle(rest)) idle.push(...rest.functions.map((one) => withoutPosition(one, anchor)));
    else units.set(id, { ...rest, functions: rest.functions.map(withPositionsShown) });
  }
  const kept = { stores: new Map(), kept: [], semaphores: nothing, layout: nothing };
  if (idle.length > 0) units.set("", { anchor, functions: idle, ...kept });
  return { ...facts, units };
}

/** Nothing can come of the declaration but that its functions are known. */
function isIdle({ functions, stores, kept, semaphores }: Unit): boolean {
  return (
    stores.size + kept.length + semaphores.size === 0 &&
    functions.every(
      ({ blocks, links, returns, params, parallelTest }) =>
        blocks === nothingDone &&
        links.size === 0 &&
        !parallelTest &&
        params.every((one) => one === unmentioned) &&
        returns.every(({ refs, fresh, targets }) => refs.length + targets.length === 0 && !fresh),
    )
  );
}

function withoutPosition({ id, name, pkg, params, returns }: FunctionFacts, anchor: Unit["anchor"]): FunctionFacts {
  const [parent, receiver] = [undefined, undefined];
  const flags = { exported: false, test: false, generated: false, parallelTest: false, callerLocks: false };
  const rest = { blocks: nothingDone, links: new Map(), loops: [], offsets: new Map() };
  return { id, name, pkg, anchor, start: 0, end: 0, parent, receiver, params, returns, ...flags, ...rest };
}

function pruned(facts: FunctionFacts, inert: ReadonlySet<string>): FunctionFacts {
  if (inert.has(facts.id)) return revised(facts, { blocks: nothingDone, loops: [] });
  const comesToNothing = (effect: Effect) =>
    effect.op === "call" &&
    effect.targets.length > 0 &&
    effect.targets.every(({ id }) => inert.has(id)) &&
    isPlain(effect, facts);
  if (!facts.blocks.some(({ effects }) => effects.some(comesToNothing))) return facts;
  const blocks = facts.blocks.map(
    ({ effects, next }): GrowingBlock => ({ effects: effects.filter((one) => !comesToNothing(one)), next: [...next] }),
  );
  return revised(facts, { blocks: condensed(blocks) });
}
