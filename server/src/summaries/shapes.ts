import { none } from "../base/lists.ts";
import type { Access, Call, Defer, Effect, FunctionFacts, Lock, Publish, Return, Spawn, Sync } from "./effects.ts";
import type { Place, Root } from "./place.ts";

// Effects are made here alone, in four shapes: what looks at more of them than that is not compiled into fast code, and all
// that walks through a program looks at every kind of effect.

type At = Pick<Effect, "start" | "end" | "locks">;

/**
 * A call of functions that are known, which is given none: nearly all are that. What it has not, all of them have not
 * together: calls are the most of what is kept of a program.
 */
export class DirectCall implements Call {
  readonly op = "call";
  readonly targets: Call["targets"];
  readonly args: Call["args"];
  readonly start: number;
  readonly end: number;
  locks: Call["locks"];
  deferredBy: Call["deferredBy"] = undefined;
  when: Call["when"] = undefined;
  declare readonly functions: Call["functions"];
  declare readonly flags: Call["flags"];
  declare readonly dispatch: Call["dispatch"];
  declare readonly field: Call["field"];
  declare readonly param: Call["param"];
  declare readonly returned: Call["returned"];
  declare readonly deferred: Call["deferred"];

  constructor({ targets, args, start, end, locks }: Pick<Call, "targets" | "args"> & At) {
    this.targets = targets;
    this.args = args;
    this.start = start;
    this.end = end;
    this.locks = locks;
  }
}

const absent: Pick<Call, "functions" | "flags" | "dispatch" | "field" | "param" | "returned" | "deferred"> = {
  functions: none,
  flags: none,
  dispatch: undefined,
  field: undefined,
  param: undefined,
  returned: undefined,
  deferred: false,
};
Object.assign(DirectCall.prototype, absent);

/** What a start of a goroutine has and a call has not. */
export type Start = Pick<Spawn, "how" | "label" | "many" | "serial" | "group">;
/** What a call and a start have in common. */
export type Called = Omit<Call, "op" | "deferredBy" | "when">;

const notStarted = { how: undefined, label: undefined, many: undefined, serial: undefined, group: undefined };

/** All that a call may have, or a start of a goroutine. */
class WholeCall<Op extends "call" | "spawn", Started extends Start | typeof notStarted> {
  readonly op: Op;
  readonly targets: Call["targets"];
  readonly args: Call["args"];
  readonly functions: Call["functions"];
  readonly flags: Call["flags"];
  readonly dispatch: Call["dispatch"];
  readonly field: Call["field"];
  readonly param: Call["param"];
  readonly returned: Call["returned"];
  readonly deferred: Call["deferred"];
  readonly how: Started["how"];
  readonly label: Started["label"];
  readonly many: Started["many"];
  readonly serial: Started["serial"];
  readonly group: Started["group"];
  readonly start: number;
  readonly end: number;
  locks: Call["locks"];
  deferredBy: Call["deferredBy"] = undefined;
  when: Call["when"] = undefined;

  constructor(op: Op, call: Called, started: Started) {
    this.op = op;
    this.targets = call.targets;
    this.args = call.args;
    this.functions = call.functions;
    this.flags = call.flags;
    this.dispatch = call.dispatch;
    this.field = call.field;
    this.param = call.param;
    this.returned = call.returned;
    this.deferred = call.deferred;
    this.how = started.how;
    this.label = started.label;
    this.many = started.many;
    this.serial = started.serial;
    this.group = started.group;
    this.start = call.start;
    this.end = call.end;
    this.locks = call.locks;
  }
}

export function callOf(call: Called): Call {
  return new WholeCall("call", call, notStarted);
}

/** The start of a goroutine that makes the call. */
export function startOf(call: Called, started: Start): Spawn {
  return new WholeCall("spawn", call, started);
}

/** The same call with another end. */
export function endingAt(call: Call, end: number): Call {
  const { targets, args, functions, flags, dispatch, field, param, returned, deferred, start, locks } = call;
  const same =
    call instanceof DirectCall
      ? new DirectCall({ targets, args, start, end, locks })
      : callOf({ targets, args, functions, flags, dispatch, field, param, returned, deferred, start, end, locks });
  same.deferredBy = call.deferredBy;
  same.when = call.when;
  return same;
}

export function accessOf({ kind, place, load }: Pick<Access, "kind" | "place" | "load">, at: At): Access {
  const { start, end, locks } = at;
  return { op: "access", kind, place, load, start, end, locks, deferredBy: undefined, when: undefined };
}

/** What some effects have each, and none has all of. */
interface Own {
  readonly place: Place | undefined;
  readonly mode: Lock["mode"] | undefined;
  readonly kind: Lock["kind"] | undefined;
  readonly deferred: boolean | undefined;
  readonly unless: Lock["unless"];
  readonly root: Root | undefined;
  readonly into: readonly Place[] | undefined;
  readonly id: number | undefined;
  readonly success: boolean | undefined;
}

/** All effects but accesses and calls: they are few. */
class Other<Op extends Effect["op"], Has extends Own> {
  readonly op: Op;
  readonly place: Has["place"];
  readonly mode: Has["mode"];
  readonly kind: Has["kind"];
  readonly deferred: Has["deferred"];
  readonly unless: Has["unless"];
  readonly root: Has["root"];
  readonly into: Has["into"];
  readonly id: Has["id"];
  readonly success: Has["success"];
  readonly start: number;
  readonly end: number;
  locks: Call["locks"];
  deferredBy: Call["deferredBy"] = undefined;
  when: Call["when"] = undefined;

  constructor(op: Op, own: Has, { start, end, locks }: At) {
    this.op = op;
    this.place = own.place;
    this.mode = own.mode;
    this.kind = own.kind;
    this.deferred = own.deferred;
    this.unless = own.unless;
    this.root = own.root;
    this.into = own.into;
    this.id = own.id;
    this.success = own.success;
    this.start = start;
    this.end = end;
    this.locks = locks;
  }
}

const plain = {
  place: undefined,
  mode: undefined,
  kind: undefined,
  deferred: undefined,
  unless: undefined,
  root: undefined,
  into: undefined,
  id: undefined,
  success: undefined,
};
const nowhere: At = { start: 0, end: 0, locks: none };

type Locking = Pick<Lock, "place" | "mode" | "kind" | "deferred" | "unless">;

export function lockOf(op: Lock["op"], { place, mode, kind, deferred, unless }: Locking, at: At): Lock {
  return new Other(op, { ...plain, place, mode, kind, deferred, unless }, at);
}

export function syncOf(op: Sync["op"], place: Place, at: At): Sync {
  return new Other(op, { ...plain, place }, at);
}

export function publishOf(root: Root, into: readonly Place[], at: At): Publish {
  return new Other("publish", { ...plain, root, into }, at);
}

export function deferOf(id: number, at = nowhere): Defer {
  return new Other("defer", { ...plain, id }, at);
}

export function returnOf(success: boolean, at = nowhere): Return {
  return new Other("return", { ...plain, success }, at);
}

type Revised = Partial<Pick<FunctionFacts, "end" | "params" | "blocks" | "loops" | "offsets">>;

/** The function with some of it in another way. */
export function revised(facts: FunctionFacts, by: Revised): FunctionFacts {
  const { end = facts.end, params = facts.params, blocks = facts.blocks } = by;
  const { loops = facts.loops, offsets = facts.offsets } = by;
  return {
    id: facts.id,
    name: facts.name,
    pkg: facts.pkg,
    anchor: facts.anchor,
    start: facts.start,
    end,
    parent: facts.parent,
    receiver: facts.receiver,
    exported: facts.exported,
    test: facts.test,
    generated: facts.generated,
    params,
    blocks,
    returns: facts.returns,
    links: facts.links,
    loops,
    offsets,
    parallelTest: facts.parallelTest,
    callerLocks: facts.callerLocks,
  };
}
