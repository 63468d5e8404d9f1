import { lockMethods, type Model, models } from "../knowledge/models.ts";
import { Kind, type Node } from "../syntax/tree.ts";
import { methodNames, type Selection } from "../types/lookup.ts";
import { underlying } from "../types/substitute.ts";
import { deref, type Type } from "../types/type.ts";
import type { Call, Dispatch, Spawn, SpawnKind } from "./effects.ts";
import { Expressions } from "./expressions.ts";
import { contentKey, type Held, type Place, type Ref, type Target } from "./place.ts";
import { at, made, nothing, type Value } from "./value.ts";

export type CallMode = "call" | "go" | "defer";

/** A call, taken apart: what is called with which values. */
interface Callee {
  /** Model key and function id: `import/path.F` or `import/path.(T).M`; empty for function values. */
  readonly key: string;
  readonly receiver: Value | undefined;
  readonly targets: readonly Target[];
  readonly dispatch: Dispatch | undefined;
  readonly field: string | undefined;
  readonly param: string | undefined;
  readonly selection: Selection | undefined;
}

const unresolved = {
  dispatch: undefined,
  field: undefined,
  param: undefined,
  selection: undefined,
  receiver: undefined,
};

/** Calls: builtins, locks, the library's models, and calls of functions that may be known. */
export abstract class Calls extends Expressions {
  readonly #results = new Map<Node, readonly Value[]>();

  protected call(node: Node): Value {
    return this.callAs(node, "call")[0] ?? nothing;
  }

  /** All results of a call expression that was lowered. */
  protected callResults(node: Node): readonly Value[] {
    if (this.tree.kind(node) !== Kind.CallExpr) return [this.expression(node)];
    return this.#results.get(node) ?? this.callAs(node, "call");
  }

  protected callAs(node: Node, mode: CallMode): readonly Value[] {
    const results = this.#call(node, mode);
    this.#results.set(node, results);
    return results;
  }

  #call(node: Node, mode: CallMode): readonly Value[] {
    const { tree } = this;
    const fun = tree.unparen(tree.child(node));
    const args = tree.children(node).slice(1);
    if (this.infer.typeExpression(fun) !== undefined) return [this.#conversion(args)];
    const entity = tree.kind(fun) === Kind.Ident ? this.infer.entity(fun) : undefined;
    if (entity?.kind === "builtin") return [this.#builtin(entity.name, args, node, mode)];
    const callee = this.#callee(fun);
    const locked = this.#lock(callee, node, mode);
    if (locked !== undefined) return [locked];
    const values = args.map((arg) => this.loaded(this.expression(arg), arg));
    const all = callee.receiver === undefined ? values : [callee.receiver, ...values];
    const nodes = callee.receiver === undefined ? args : [0, ...args];
    const model = models.get(callee.key);
    if (model !== undefined && mode !== "go") {
      const result = this.#modelled(model, callee, all, nodes, node, mode);
      if (result !== undefined) return result;
    }
    if (callee.key === "testing.(T).Parallel") this.frame.parallelTest = true;
    if (callee.key === "testing.(T).Run" || callee.key === "testing.(B).Run") this.#subtest(all[2] ?? nothing, node);
    else this.emitCall(callee, all, node, mode);
    return this.#resultValues(callee, all, node);
  }

  #conversion(args: readonly Node[]): Value {
    const arg = args[0];
    return arg === undefined ? nothing : this.expression(arg);
  }

  #callee(fun: Node): Callee {
    const { tree } = this;
    const kind = tree.kind(fun);
    if (kind === Kind.SelectorExpr) {
      const x = tree.child(fun);
      const path = this.infer.packageOf(x);
      if (path !== undefined) return this.#qualified(fun, `${path}.${tree.name(tree.next(x))}`);
      return this.#method(fun, x);
    }
    const value = this.expression(fun);
    const entity = this.infer.entity(fun);
    if (entity?.kind === "func")
      return { ...unresolved, key: entity.id, targets: [{ id: entity.id, bound: undefined }] };
    return this.#dynamic(value);
  }

  #qualified(fun: Node, key: string): Callee {
    const entity = this.infer.entity(fun);
    if (entity?.kind === "var") return this.#dynamic(this.expression(fun));
    return { ...unresolved, key, targets: [{ id: key, bound: undefined }] };
  }

  #method(fun: Node, x: Node): Callee {
    const selection = this.infer.selection(fun);
    if (selection === undefined) {
      this.expression(x);
      return { ...unresolved, key: "", targets: [] };
    }
    if (selection.field !== undefined) return this.#dynamic(this.expression(fun));
    const name = this.tree.name(this.tree.next(x));
    const value = this.expression(x);
    const receiver = this.through(value, selection.through, this.infer.typeOf(x));
    if (selection.method !== undefined) {
      const { id } = selection.method;
      return { ...unresolved, key: id, receiver, targets: [{ id, bound: undefined }], selection };
    }
    const holder = selection.holder;
    const key = holder.kind === "named" ? holder.key : "";
    const names = methodNames(holder);
    const dispatch = { interface: key, method: name, names };
    return {
      ...unresolved,
      key: key === "" ? "" : key.replace(/\.([^.]+)$/, `.($1).${name}`),
      receiver,
      targets: [],
      dispatch,
      selection,
    };
  }

  /** A call of a function value. */
  #dynamic(value: Value): Callee {
    const place = value.refs[0]?.place;
    let field: string | undefined;
    let param: string | undefined;
    if (place?.step?.kind === "field") field = place.step.key;
    else if (place?.step?.kind === "elem" && place.step.index === "content" && place.parent !== undefined)
      field = contentKey(place.parent);
    else if (place !== undefined && place.depth === 0 && place.root.param >= 0) param = place.root.id;
    return { ...unresolved, key: "", targets: value.targets, field, param };
  }

  // ---- locks

  #lock(callee: Callee, node: Node, mode: CallMode): Value | undefined {
    const { selection, receiver } = callee;
    if (selection === undefined || receiver === undefined || mode === "go") return undefined;
    const name = selection.method?.name ?? callee.dispatch?.method ?? "";
    const method = lockMethods.get(name);
    if (method === undefined) return undefined;
    const flag = name === "CompareAndSwap" || name === "Store";
    if (flag !== isFlag(selection) || (!flag && this.tree.next(this.tree.child(node)) !== 0)) return undefined;
    const owner = selection.holder.kind === "named" ? selection.holder.pkg : "";
    if (selection.method !== undefined && owner !== "sync" && this.shared.isSource(owner)) return undefined;
    if (method.op === "try") return nothing;
    const op = method.op;
    const run = () => this.lockEffect(op, receiver, method.mode, "mutex", node, mode === "defer");
    if (mode === "defer") this.frame.deferred.push(run);
    else run();
    return nothing;
  }

  protected lockEffect(
    op: "lock" | "unlock",
    value: Value,
    mode: "exclusive" | "shared",
    kind: Held["kind"],
    node: Node,
    deferred = false,
  ): void {
    const ref = value.refs[0];
    // A lock that may be one of several excludes nothing for certain.
    if (ref === undefined || (op === "lock" && value.refs.length > 1)) return;
    this.frame.emit({ op, place: ref.place, mode, kind, deferred, ...this.range(node) });
  }

  /** The lock a `TryLock` call takes when it answers true. */
  protected tryLock(node: Node): { value: Value; mode: "exclusive" | "shared" } | undefined {
    const { tree } = this;
    const call = tree.unparen(node);
    if (tree.kind(call) !== Kind.CallExpr) return undefined;
    const fun = tree.child(call);
    if (tree.kind(fun) !== Kind.SelectorExpr) return undefined;
    const method = lockMethods.get(tree.name(tree.nth(fun, 1)));
    if (method?.op !== "try") return undefined;
    const selection = this.infer.selection(fun);
    if (
      selection === undefined ||
      (method.mode === "exclusive" && tree.name(tree.nth(fun, 1)) === "CompareAndSwap" && !isFlag(selection))
    )
      return undefined;
    const x = tree.child(fun);
    return { value: this.through(this.expression(x), selection.through, this.infer.typeOf(x)), mode: method.mode };
  }

  // ---- builtins

  #builtin(name: string, args: readonly Node[], node: Node, mode: CallMode): Value {
    const first = args[0] ?? 0;
    switch (name) {
      case "make":
      case "new": {
        for (const arg of args.slice(1)) this.expression(arg);
        if (name === "new" && this.infer.typeExpression(first) === undefined) this.expression(first);
        return made;
      }
      case "panic":
        this.expression(first);
        // A panic leaves the function, but not with a state its caller goes on from.
        this.frame.current = -1;
        return nothing;
      case "append":
        return this.#append(args);
      default:
    }
    const values = args.map((arg) => this.expression(arg));
    const value = values[0] ?? nothing;
    const run = () => this.#builtinEffect(name, value, first, node);
    if (mode === "defer") this.frame.deferred.push(run);
    else run();
    return nothing;
  }

  #builtinEffect(name: string, value: Value, first: Node, node: Node): void {
    const map = first !== 0 && this.isMap(this.infer.typeOf(first));
    if (name === "len" && map) this.access("len", value, node);
    else if (name === "delete" && map) this.access("delete", value, node);
    else if (name === "clear" && map) this.access("clear", value, node);
    else if (name === "close") this.sync("close", value, node);
  }

  #append(args: readonly Node[]): Value {
    const values = args.map((arg) => this.expression(arg));
    const list = values[0] ?? nothing;
    const targets = values.slice(1).flatMap((value) => value.targets);
    for (const [index, value] of values.entries()) {
      const shared = list.refs.map((ref) => ref.place).filter((place) => this.isShared(place));
      if (index > 0 && shared.length > 0) this.publish(value, args[index] ?? 0, shared);
    }
    return { ...list, targets: [...list.targets, ...targets] };
  }

  /** Others may hold what the place is part of. */
  protected isShared(place: Place): boolean {
    return place.root.kind === "global" || (place.depth > 0 && place.root.origin !== "fresh");
  }

  // ---- models

  #modelled(
    model: Model,
    callee: Callee,
    values: readonly Value[],
    nodes: readonly Node[],
    node: Node,
    mode: CallMode,
  ): readonly Value[] | undefined {
    const act = () => this.#modelEffects(model, callee, values, nodes, node, mode);
    if (mode === "defer" && (model.op !== undefined || model.access !== undefined)) this.frame.deferred.push(act);
    else act();
    if (model.exits === true) this.frame.current = -1;
    if (model.fresh === true) return [made];
    if (model.content === true && values[0] !== undefined)
      return [this.part(values[0], { kind: "elem", index: "content" })];
    if (model.op !== undefined || model.spawn !== undefined || model.once !== undefined) return [nothing];
    return model.access !== undefined || model.reflect !== undefined || model.exits === true ? [nothing] : undefined;
  }

  #modelEffects(
    model: Model,
    callee: Callee,
    values: readonly Value[],
    nodes: readonly Node[],
    node: Node,
    mode: CallMode,
  ): void {
    for (const [index, kind] of model.access ?? []) this.access(kind, values[index] ?? nothing, node);
    if (model.reflect !== undefined) {
      for (const [index, value] of values.entries()) {
        const arg = nodes[index] ?? 0;
        if (index >= model.reflect && arg !== 0 && this.isMap(this.infer.typeOf(arg)))
          this.access("reflect", value, node);
      }
    }
    if (model.invokes !== undefined) this.#invoke(model.invokes, values, nodes, node);
    if (model.op !== undefined) this.sync(model.op, values[0] ?? nothing, node);
    if (model.once !== undefined) this.#once(values[0] ?? nothing, values[model.once] ?? nothing, node);
    if (model.spawn !== undefined) {
      const functions = this.methodOf(values[model.spawn] ?? nothing, nodes[model.spawn] ?? 0, model.method);
      const group = model.group === true ? (values[0]?.refs.map((ref) => ref.place) ?? []) : [];
      const label = model.label ?? callee.key;
      this.emitSpawn(functions, [], node, { how: model.how ?? "callback", label, many: model.many === true, group });
      if (model.how === "parallel-body") this.#joinHere(node);
    }
    if (
      model.reflect !== undefined ||
      model.access !== undefined ||
      model.spawn !== undefined ||
      model.once !== undefined
    )
      return;
    if (values.some((value) => value.targets.length > 0)) this.emitCall(callee, values, node, mode);
  }

  #invoke(
    [index, methods]: NonNullable<Model["invokes"]>,
    values: readonly Value[],
    nodes: readonly Node[],
    node: Node,
  ): void {
    const value = values[index] ?? nothing;
    for (const method of methods) {
      const { targets } = this.methodOf(value, nodes[index] ?? 0, method);
      if (targets.length === 0) continue;
      this.emitCall(
        { ...unresolved, key: "", targets: targets.map(({ id }) => ({ id, bound: undefined })) },
        [value],
        node,
        "call",
      );
    }
  }

  /** The spawner waits inside the call itself. */
  #joinHere(node: Node): void {
    const place = this.resultPlace(node, -1, { targets: [], args: [], start: this.from(node) });
    const block = this.frame.blocks[this.frame.current];
    const spawn = block?.effects.pop();
    if (spawn?.op !== "spawn") return;
    block?.effects.push({ ...spawn, group: [place] });
    this.frame.emit({ op: "wait", place, start: spawn.start, end: spawn.end, locks: [] });
  }

  #once(once: Value, body: Value, node: Node): void {
    const ref = once.refs[0];
    if (ref === undefined) return;
    const range = this.range(node);
    this.frame.emit({ op: "lock", place: ref.place, mode: "exclusive", kind: "once", deferred: false, ...range });
    this.emitCall({ ...unresolved, key: "", targets: body.targets }, [], node, "call");
    this.frame.emit({ op: "unlock", place: ref.place, mode: "exclusive", kind: "once", deferred: false, ...range });
    this.frame.emit({ op: "lock", place: ref.place, mode: "shared", kind: "once", deferred: false, ...range });
  }

  #subtest(body: Value, node: Node): void {
    const parallel = body.targets.some((target) =>
      this.shared.functions.some((facts) => facts.id === target.id && facts.parallelTest),
    );
    if (parallel) {
      this.emitSpawn(body, [], node, { how: "parallel-test", label: "parallel subtest", many: false, group: [] });
    } else {
      this.emitCall({ ...unresolved, key: "", targets: body.targets }, [], node, "call");
    }
  }

  // ---- effects

  #parts(callee: Callee, values: readonly Value[], node: Node): Omit<Call, "op" | "deferred"> {
    return {
      targets: callee.targets,
      args: values.map((value) => value.refs),
      functions: values.map((value) => value.targets),
      dispatch: callee.dispatch,
      field: callee.field,
      param: callee.param,
      ...this.range(node),
    };
  }

  protected emitCall(
    callee: Pick<Callee, "targets" | "dispatch" | "field" | "param" | "key">,
    values: readonly Value[],
    node: Node,
    mode: CallMode,
  ): void {
    const parts = this.#parts({ ...unresolved, ...callee }, values, node);
    if (mode === "go") {
      this.frame.emit({
        op: "spawn",
        ...parts,
        deferred: false,
        how: "go",
        label: "go statement",
        many: false,
        group: [],
      });
      return;
    }
    const useful =
      callee.targets.length > 0 ||
      callee.dispatch !== undefined ||
      callee.field !== undefined ||
      callee.param !== undefined ||
      values.some((value) => value.targets.length > 0);
    if (!useful) return;
    const effect: Call = { op: "call", ...parts, deferred: mode === "defer" };
    if (mode === "defer") this.frame.deferred.push(() => this.frame.emit(effect));
    else this.frame.emit(effect);
  }

  protected emitSpawn(
    functions: Value,
    args: readonly Value[],
    node: Node,
    how: { how: SpawnKind; label: string; many: boolean; group: readonly Place[] },
  ): void {
    const callee = { ...unresolved, key: "", targets: functions.targets };
    const place = functions.refs[0]?.place;
    const param = place !== undefined && place.depth === 0 && place.root.param >= 0 ? place.root.id : undefined;
    const field = place?.step?.kind === "field" ? place.step.key : undefined;
    const spawn: Spawn = { op: "spawn", ...this.#parts(callee, args, node), param, field, deferred: false, ...how };
    this.frame.emit(spawn);
  }

  protected spawnHandler(value: Value, label: string, node: Node): void {
    this.emitSpawn(value, [], node, { how: "handler", label, many: true, group: [] });
  }

  #resultValues(callee: Callee, values: readonly Value[], node: Node): readonly Value[] {
    const types = this.infer.callResults(node);
    const site = {
      targets: callee.targets,
      args: values.map((value): readonly Ref[] => value.refs),
      start: this.from(node),
    };
    const known = callee.targets.length > 0;
    return types.map((type, index) => {
      if (!known || !this.#carries(type)) return nothing;
      return at(this.resultPlace(node, index, site));
    });
  }

  /** May a value of the type lead to a map or a lock? */
  #carries(type: Type): boolean {
    const base = underlying(deref(type));
    return base.kind !== "basic";
  }
}

/** An integer or boolean of sync/atomic: pointers and values that are swapped publish, they do not lock. */
function isFlag(selection: Selection): boolean {
  const { holder } = selection;
  return (
    holder.kind === "named" && holder.pkg === "sync/atomic" && /^(Bool|Int32|Int64|Uint32|Uint64)$/.test(holder.name)
  );
}
