import { none } from "../base/lists.ts";
import type { Call, Spawn } from "./effects.ts";

/** What a start of a goroutine has and a call has not. */
export type Start = Pick<Spawn, "how" | "label" | "many" | "serial" | "group">;

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
  declare readonly functions: Call["functions"];
  declare readonly flags: Call["flags"];
  declare readonly dispatch: Call["dispatch"];
  declare readonly field: Call["field"];
  declare readonly param: Call["param"];
  declare readonly returned: Call["returned"];
  declare readonly deferred: Call["deferred"];
  declare deferredBy?: NonNullable<Call["deferredBy"]>;
  declare when?: NonNullable<Call["when"]>;

  constructor({ targets, args, start, end, locks }: Pick<Call, "targets" | "args" | "start" | "end" | "locks">) {
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

/** The start of a goroutine that makes the call. */
export function startOf(call: Omit<Call, "op">, { how, label, many, serial, group }: Start): Spawn {
  const { targets, args, functions, flags, dispatch, field, param, returned, start, end, locks, deferred } = call;
  return {
    op: "spawn",
    targets,
    args,
    functions,
    flags,
    dispatch,
    field,
    param,
    returned,
    start,
    end,
    locks,
    deferred,
    how,
    label,
    many,
    serial,
    group,
  };
}

/** The same call with another end. */
export function endingAt(call: Call, end: number): Call {
  const { targets, args, start, locks, when, deferredBy } = call;
  if (!(call instanceof DirectCall)) return { ...call, end };
  const direct = new DirectCall({ targets, args, start, end, locks });
  if (deferredBy !== undefined) direct.deferredBy = deferredBy;
  if (when !== undefined) direct.when = when;
  return direct;
}
