import { mapped, mappedUpTo, none } from "../base/lists.ts";
import type { Node } from "../syntax/tree.ts";
import type { Selection, Type } from "../types/type.ts";
import type { Call, Dispatch } from "./effects.ts";
import { Expressions } from "./expressions.ts";
import type { CalledFunction } from "./lowering.ts";
import { type Place, type Ref, storeKey, type Target } from "./place.ts";
import { isPlain } from "./reflection.ts";
import { type Called, callOf, DirectCall, type Start, startOf } from "./shapes.ts";
import { at, nothing, type Value } from "./value.ts";

export type CallMode = "call" | "go" | "defer";

/** A call, taken apart: what is called with which values. */
export interface Callee {
  /** Model key and function id: `import/path.F` or `import/path.(T).M`; empty for function values. */
  readonly key: string;
  readonly receiver: Value | undefined;
  readonly targets: readonly Target[];
  readonly dispatch: Dispatch | undefined;
  readonly field: string | undefined;
  readonly param: string | undefined;
  /** The function is what another call returned. */
  readonly returned: Place | undefined;
  readonly selection: Selection | undefined;
  /** What is known of it, where it is one function that is known. */
  readonly called: CalledFunction | undefined;
}

type Found = Partial<Omit<Callee, "key" | "targets" | "called">>;

const nothingFound: Found = {};

/** A callee of which this much is known; fields in one order, because there are many of them. */
export function calleeOf(
  key: string,
  targets: readonly Target[],
  found = nothingFound,
  called?: CalledFunction,
): Callee {
  const { receiver, dispatch, field, param, returned, selection } = found;
  return { key, receiver, targets, dispatch, field, param, returned, selection, called };
}

/** Is it known whole by its targets? */
function isDirect({ dispatch, field, param, returned }: Callee): boolean {
  return dispatch === undefined && field === undefined && param === undefined && returned === undefined;
}

/** A function value that is called or started: which functions it may be, or where they are kept. */
export function dynamicCallee(value: Value): Callee {
  const place = value.refs[0]?.place;
  let field: string | undefined;
  let param: string | undefined;
  let returned: Place | undefined;
  if (place !== undefined) {
    const whole = place.depth === 0;
    if (whole && place.root.param >= 0) param = place.root.id;
    else if (whole && place.root.origin === "call") returned = place;
    else field = storeKey(place);
  }
  return calleeOf("", value.targets, { field, param, returned });
}

/** Puts calls and goroutine starts into the frame, now or when it is left. */
export abstract class Emission extends Expressions {
  /** The callee of a function that is known. */
  protected functionCallee(id: string, found?: Found): Callee {
    const called = this.shared.calls.of(id);
    return calleeOf(id, called.only, found, called);
  }

  #call(callee: Callee, values: readonly Value[], node: Node, deferred: boolean): Call {
    const { targets } = callee;
    const args = refsOf(values);
    const { start, end, locks } = this.range(node);
    if (!deferred && isDirect(callee) && !anyFlag(values) && !anyTarget(values))
      return new DirectCall({ targets, args, start, end, locks });
    return callOf(this.#parts(callee, values, node, deferred));
  }

  #parts(callee: Callee, values: readonly Value[], node: Node, deferred: boolean): Called {
    const { targets, dispatch, field, param, returned } = callee;
    const flags = anyFlag(values) ? mapped(values, flagOf) : none;
    const args = refsOf(values);
    const functions = anyTarget(values) ? filled(values, targetsIn) : none;
    const { start, end, locks } = this.range(node);
    return { targets, args, functions, flags, dispatch, field, param, returned, deferred, start, end, locks };
  }

  protected emitCall(callee: Callee, values: readonly Value[], node: Node, mode: CallMode): void {
    if (mode === "go") {
      const how = this.frame.latched ? "latched" : "go";
      const start = { how, label: "go statement", many: false, serial: undefined, group: none } as const;
      this.frame.emit(startOf(this.#parts(callee, values, node, false), start));
      return;
    }
    const useful =
      (callee.called?.matters ?? this.#anyMatters(callee.targets)) ||
      callee.dispatch !== undefined ||
      callee.field !== undefined ||
      callee.param !== undefined ||
      callee.returned !== undefined ||
      anyTarget(values);
    if (!useful) return;
    const effect = this.#call(callee, values, node, mode === "defer");
    if (mode === "defer") this.frame.defer(() => this.frame.emit(effect));
    else this.frame.emit(effect);
  }

  /** What is called is lowered too, or says by its name what it does; of all else only what it is given counts. */
  #anyMatters(targets: readonly Target[]): boolean {
    for (const { id } of targets) if (this.shared.calls.of(id).matters) return true;
    return false;
  }

  /** A call of a function value, not put anywhere yet. */
  protected plainCall(value: Value, node: Node): Call {
    return this.#call(dynamicCallee(value), none, node, false);
  }

  protected emitSpawn(functions: Value, args: readonly Value[], node: Node, start: Start): void {
    const callee = functions.targets.length > 0 ? calleeOf("", functions.targets) : dynamicCallee(functions);
    this.frame.emit(startOf(this.#parts(callee, args, node, false), start));
  }

  protected spawnHandler(value: Value, label: string, node: Node): void {
    if (value.targets.length === 0 && value.refs.length === 0) return;
    this.emitSpawn(value, none, node, { how: "handler", label, many: true, serial: undefined, group: none });
  }

  protected spawnSerial(value: Value, label: string, node: Node, serial: string): void {
    if (value.targets.length === 0 && value.refs.length === 0) return;
    this.emitSpawn(value, none, node, { how: "callback", label, many: false, serial, group: none });
  }

  protected resultValues(callee: Callee, values: readonly Value[], node: Node): readonly Value[] {
    const types = this.infer.callResults(node);
    if (callee.targets.length === 0 || allPlain(types)) return nothings(types.length);
    // What is lowered nowhere is looked for in vain.
    const lowered = callee.called?.isSource ?? callee.targets.some(({ id }) => this.shared.calls.of(id).isSource);
    const site = {
      targets: lowered ? callee.targets : none,
      args: refsOf(values),
      start: this.from(node),
    };
    return mapped(types, (type, index) => (isPlain(type) ? nothing : at(this.resultPlace(node, index, site))));
  }
}

const few: readonly (readonly Value[])[] = [0, 1, 2, 3].map((count) => Array.from({ length: count }, () => nothing));

function nothings(count: number): readonly Value[] {
  return few[count] ?? Array.from({ length: count }, () => nothing);
}

// Asked of every call: loops, because a callback for each would be as much work as the answer.

function anyFlag(values: readonly Value[]): boolean {
  for (const { flag } of values) if (flag !== undefined) return true;
  return false;
}

function anyTarget(values: readonly Value[]): boolean {
  for (const { targets } of values) if (targets.length > 0) return true;
  return false;
}

function allPlain(types: readonly Type[]): boolean {
  for (const type of types) if (!isPlain(type)) return false;
  return true;
}

const refsIn = ({ refs }: Value): readonly Ref[] => refs;
const targetsIn = ({ targets }: Value): readonly Target[] => targets;
const flagOf = ({ flag }: Value): boolean | undefined => flag;

function refsOf(values: readonly Value[]): readonly (readonly Ref[])[] {
  const first = values[0];
  if (values.length !== 1 || first === undefined) return filled(values, refsIn);
  return first.refs.length === 0 ? none : [first.refs];
}

/** The lists, up to the last one that says something. */
function filled<Item>(
  values: readonly Value[],
  listOf: (value: Value) => readonly Item[],
): readonly (readonly Item[])[] {
  let count = values.length;
  while (count > 0 && listOf(values[count - 1] ?? nothing).length === 0) count--;
  return mappedUpTo(count, values, listOf);
}
