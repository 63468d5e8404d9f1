import { none } from "../../base/lists.ts";
import { nothingDone, onlyOne } from "../blocks.ts";
import {
  type Access,
  type AccessKind,
  type Block,
  type Call,
  type Dispatch,
  type Effect,
  isDeferred,
  type Lock,
  type Spawn,
  type SpawnKind,
} from "../effects.ts";
import type { Held, Root } from "../place.ts";
import {
  accessOf,
  type Called,
  callOf,
  DirectCall,
  deferOf,
  lockOf,
  publishOf,
  returnOf,
  startOf,
  syncOf,
} from "../shapes.ts";
import { PlaceReader, PlaceWriter } from "./places.ts";
import { column, Read, Written } from "./table.ts";

const [blocksColumn, effectsColumn, edgesColumn] = [column("blocks"), column("effects"), column("edges")];
const [edgeColumn, opColumn, startColumn] = [column("edge"), column("op"), column("start")];
const [lengthColumn, whenColumn, deferredBy] = [column("length"), column("when"), column("deferredBy")];
const [callColumn, functionsColumn, fieldColumn] = [column("call"), column("functions"), column("field")];
const [dispatchColumn, spawnColumn, lockColumn] = [column("dispatch"), column("spawn"), column("lock")];
const [accessColumn, numberColumn, countColumn] = [column("access"), column("number"), column("count")];

const ops: readonly Effect["op"][] = [
  ...(["call", "access", "return", "publish", "defer", "lock", "unlock", "spawn"] as const),
  ...(["send", "receive", "close", "done", "wait", "drain"] as const),
];
const opNumbers = new Map(ops.map((op, index) => [op, index]));
/** Beside the operation: what is there of what most have not. */
const [hasWhen, hasDeferredBy, isSet, perOp] = [1, 2, 4, 8];

const accessKinds: readonly AccessKind[] = [
  ...(["read", "write", "load", "operand", "swap", "iterate", "len", "delete"] as const),
  ...(["clear", "clone", "reflect"] as const),
];
const spawnKinds: readonly SpawnKind[] = [
  ...(["go", "latched", "group", "timer", "handler", "parallel-test", "parallel-body", "callback"] as const),
];
const lockKinds: readonly Held["kind"][] = ["mutex", "once", "semaphore"];
const [hasDispatch, hasField, hasParam, hasReturned, hasFunctions, hasFlags, hasArgs] = [1, 2, 4, 8, 16, 32, 64];
const [anywhere, onField, onParam] = [0, 1, 2];

/** Locks are set by the link step; who starts there has none. */

/** What may be left out of an effect. */
type Condition = NonNullable<Access["when"]>;

/** Writes what functions do, block by block. */
export abstract class EffectWriter extends PlaceWriter {
  readonly #dispatches = new Written<string>();

  blocks(blocks: readonly Block[]): void {
    const { table } = this;
    const plain = blocks.length === 2 && blocks.every(({ effects, next }, index) => isPlain(effects, next, index));
    table.number(blocksColumn, plain ? 0 : blocks.length);
    if (plain) return;
    for (const [index, { effects, next }] of blocks.entries()) {
      table.number(edgesColumn, next.length);
      for (const to of next) table.signed(edgeColumn, to - index);
      table.number(effectsColumn, effects.length);
      for (const effect of effects) this.#effect(effect);
    }
  }

  #effect(effect: Effect): void {
    const { table } = this;
    const { op, start, end, when } = effect;
    const set = op === "return" ? effect.success : isDeferred(effect);
    const bits =
      (when === undefined ? 0 : hasWhen) |
      (effect.deferredBy === undefined ? 0 : hasDeferredBy) |
      (set ? isSet : 0) |
      ((opNumbers.get(op) ?? 0) * perOp);
    table.number(opColumn, bits);
    table.offset(startColumn, start);
    table.signed(lengthColumn, end - start);
    if (effect.deferredBy !== undefined) table.number(deferredBy, effect.deferredBy);
    if (when !== undefined) this.#condition(when);
    this.#own(effect);
  }

  #condition({ param, value }: Condition): void {
    this.root(param);
    this.table.number(whenColumn, value ? 1 : 0);
  }

  #own(effect: Effect): void {
    const { table } = this;
    switch (effect.op) {
      case "access":
        table.number(accessColumn, accessKinds.indexOf(effect.kind));
        this.place(effect.place);
        return this.load(effect.load);
      case "lock":
      case "unlock":
        return this.#lock(effect);
      case "call":
        return this.#call(effect);
      case "spawn":
        return this.#spawn(effect);
      case "publish":
        this.root(effect.root);
        table.number(countColumn, effect.into.length);
        for (const place of effect.into) this.place(place);
        return;
      case "defer":
        return table.number(numberColumn, effect.id);
      case "return":
        return;
      default:
        this.place(effect.place);
    }
  }

  #lock({ place, mode, kind, unless }: Lock): void {
    const { table } = this;
    const hangs = unless === undefined ? anywhere : unless === "field" ? onField : onParam;
    table.number(lockColumn, (mode === "shared" ? 1 : 0) + 2 * hangs + 8 * lockKinds.indexOf(kind));
    this.place(place);
    if (typeof unless === "object") this.#condition(unless);
  }

  #call(call: Call | Spawn): void {
    const { table } = this;
    const { dispatch, field, param, returned } = call;
    const bits =
      (dispatch === undefined ? 0 : hasDispatch) |
      (field === undefined ? 0 : hasField) |
      (param === undefined ? 0 : hasParam) |
      (returned === undefined ? 0 : hasReturned) |
      (call.functions.length === 0 ? 0 : hasFunctions) |
      (call.flags.length === 0 ? 0 : hasFlags) |
      (call.args.length === 0 ? 0 : hasArgs);
    table.number(callColumn, bits);
    this.targets(call.targets);
    if (call.args.length > 0) this.args(call.args);
    this.called(call);
    if (dispatch !== undefined) this.#dispatch(dispatch);
    if (field !== undefined) table.text(field, fieldColumn);
    if (param !== undefined) table.text(param, fieldColumn);
    if (returned !== undefined) this.place(returned);
    if (call.functions.length > 0) {
      table.number(functionsColumn, call.functions.length);
      for (const targets of call.functions) this.targets(targets);
    }
    if (call.flags.length === 0) return;
    table.number(countColumn, call.flags.length);
    for (const flag of call.flags) table.number(numberColumn, flag === undefined ? 0 : flag ? 2 : 1);
  }

  #dispatch({ interface: type, method, names }: Dispatch): void {
    const { table } = this;
    const key = `${type}\n${method}\n${names.join(" ")}`;
    if (this.#dispatches.knows(key, dispatchColumn, table)) return;
    this.#dispatches.note(key);
    table.text(type);
    table.text(method);
    table.number(countColumn, names.length);
    for (const name of names) table.text(name);
  }

  #spawn(spawn: Spawn): void {
    const { table } = this;
    this.#call(spawn);
    table.number(spawnColumn, spawnKinds.indexOf(spawn.how) * 2 + (spawn.many ? 1 : 0));
    table.text(spawn.label);

    table.text(spawn.serial);
    table.number(countColumn, spawn.group.length);
    for (const place of spawn.group) this.place(place);
  }
}

function isPlain(effects: readonly Effect[], next: readonly number[], index: number): boolean {
  return effects.length === 0 && next.length === (index === 0 ? 1 : 0) && next.every((to) => to === 1);
}

/** The parts that all effects have. */
type Direct = Pick<Call, "targets" | "args" | "start" | "end" | "locks">;

interface Head {
  readonly start: number;
  readonly end: number;
  readonly locks: readonly Held[];
}

/** The counterpart of {@link EffectWriter}. */
export abstract class EffectReader extends PlaceReader {
  readonly #dispatches = new Read<Dispatch>();

  blocks(): readonly Block[] {
    const { table } = this;
    const count = table.number(blocksColumn);
    if (count === 0) return nothingDone;
    const blocks: Block[] = [];
    for (let index = 0; index < count; index++) {
      const next = this.#next(index);
      blocks.push({ effects: table.list(effectsColumn, this.#effect), next });
    }
    return blocks;
  }

  /** Most blocks lead to one other, and there are few that those are. */
  #next(index: number): readonly number[] {
    const { table } = this;
    const count = table.number(edgesColumn);
    if (count === 0) return none;
    const first = table.signed(edgeColumn) + index;
    if (count === 1) return onlyOne(first);
    if (count === 2) return [first, table.signed(edgeColumn) + index];
    const next = [first];
    while (next.length < count) next.push(table.signed(edgeColumn) + index);
    return next.slice();
  }

  readonly #effect = (): Effect => {
    const { table } = this;
    const bits = table.number(opColumn);
    const op = table.choice(ops, Math.floor(bits / perOp));
    const start = table.offset(startColumn);
    const head = { start, end: start + table.signed(lengthColumn), locks: none };
    const order = (bits & hasDeferredBy) === 0 ? undefined : table.number(deferredBy);
    const when = (bits & hasWhen) === 0 ? undefined : this.#condition();
    const effect = this.#own(op, head, (bits & isSet) !== 0);
    effect.deferredBy = order;
    effect.when = when;
    return effect;
  };

  #condition(): { param: Root; value: boolean } {
    return { param: this.root(), value: this.table.number(whenColumn) === 1 };
  }

  #own(op: Effect["op"], { start, end, locks }: Head, set: boolean): Effect {
    const { table } = this;
    switch (op) {
      case "access": {
        const kind = table.choice(accessKinds, table.number(accessColumn));
        return accessOf({ kind, place: this.place(), load: this.load() }, { start, end, locks });
      }
      case "lock":
      case "unlock":
        return this.#lock(op, { start, end, locks }, set);
      case "call":
        return this.#call({ start, end, locks }, set);
      case "spawn":
        return this.#spawn({ start, end, locks }, set);
      case "publish":
        return publishOf(this.root(), table.list(countColumn, this.place), { start, end, locks });
      case "defer":
        return deferOf(table.number(numberColumn), { start, end, locks });
      case "return":
        return returnOf(set, { start, end, locks });
      default:
        return syncOf(op, this.place(), { start, end, locks });
    }
  }

  #lock(op: Lock["op"], { start, end, locks }: Head, deferred: boolean): Lock {
    const { table } = this;
    const bits = table.number(lockColumn);
    const hangs = (bits >> 1) & 3;
    const kind = table.choice(lockKinds, bits >> 3);
    const place = this.place();
    const unless = hangs === anywhere ? undefined : hangs === onField ? "field" : this.#condition();
    const mode = (bits & 1) === 0 ? "exclusive" : "shared";
    return lockOf(op, { place, mode, kind, deferred, unless }, { start, end, locks });
  }

  #call({ start, end, locks }: Head, deferred: boolean): Call {
    const bits = this.table.number(callColumn);
    const called = this.#called(bits, { start, end, locks });
    const { targets, args } = called;
    if (!deferred && (bits & ~hasArgs) === 0) return new DirectCall({ targets, args, start, end, locks });
    return callOf(this.#whole(bits, called, deferred));
  }

  #called(bits: number, { start, end, locks }: Head): Direct {
    const targets = this.callees();
    const args = (bits & hasArgs) === 0 ? none : this.args();
    this.called({ targets, args, start });
    return { targets, args, start, end, locks };
  }

  #whole(bits: number, { targets, args, start, end, locks }: Direct, deferred: boolean): Called {
    const { table } = this;
    const dispatch = (bits & hasDispatch) === 0 ? undefined : this.#dispatch();
    const field = (bits & hasField) === 0 ? undefined : table.text(fieldColumn);
    const param = (bits & hasParam) === 0 ? undefined : table.text(fieldColumn);
    const returned = (bits & hasReturned) === 0 ? undefined : this.place();
    const functions = (bits & hasFunctions) === 0 ? none : table.list(functionsColumn, () => this.targets());
    const flags = (bits & hasFlags) === 0 ? none : table.list(countColumn, this.#flag);
    return { targets, args, functions, flags, dispatch, field, param, returned, deferred, start, end, locks };
  }

  readonly #flag = (): boolean | undefined => {
    const code = this.table.number(numberColumn);
    return code === 0 ? undefined : code === 2;
  };

  #dispatch(): Dispatch {
    const { table } = this;
    return this.#dispatches.get(dispatchColumn, table, () => ({
      interface: table.text(),
      method: table.text(),
      names: table.list(countColumn, () => table.text()),
    }));
  }

  #spawn(head: Head, deferred: boolean): Spawn {
    const { table } = this;
    const own = table.number(callColumn);
    const call = this.#whole(own, this.#called(own, head), deferred);
    const bits = table.number(spawnColumn);
    const how = table.choice(spawnKinds, bits >> 1);
    const label = table.text();
    const serial = table.optional();
    const group = table.list(countColumn, this.place);
    return startOf(call, { how, label, many: bits % 2 === 1, serial, group });
  }
}
