import { mapped, none } from "../base/lists.ts";
import { Kind, type Node, type Tree } from "../syntax/tree.ts";
import { methodNames } from "../types/lookup.ts";
import { deref, namedOf, type Type } from "../types/type.ts";
import { type Callee, type CallMode, calleeOf, dynamicCallee } from "./emission.ts";
import type { Frame } from "./frame.ts";
import { Library } from "./library.ts";
import { type Place, storeKey } from "./place.ts";
import { made, nothing, running, type Value } from "./value.ts";

/** Calls: builtins, locks, the library's models, and calls of functions that may be known. */
export abstract class Calls extends Library {
  protected call(node: Node): Value {
    return this.callAs(node, "call")[0] ?? nothing;
  }

  /** All results of a call expression, which is lowered here. */
  protected callResults(node: Node): readonly Value[] {
    if (this.tree.kind(node) !== Kind.CallExpr) return [this.expression(node)];
    return this.callAs(node, "call");
  }

  protected callAs(node: Node, mode: CallMode): readonly Value[] {
    const { tree } = this;
    const fun = tree.unparen(tree.child(node));
    const args = tree.children(node, 1);
    const converted = this.infer.typeExpression(fun);
    if (converted !== undefined) return [this.#conversion(args, namedOf(converted)?.key ?? "", node)];
    const entity = tree.kind(fun) === Kind.Ident ? this.infer.entity(fun) : undefined;
    if (entity?.kind === "builtin") return [this.#builtin(entity.name, args, node, mode)];
    if (mode === "call" && args.length === 0 && tree.kind(fun) === Kind.FuncLit && runsThrough(tree, fun)) {
      this.inline(tree.last(fun));
      return [nothing];
    }
    const callee = this.#callee(fun);
    const locked = this.lockCall(callee, node, mode);
    if (locked !== undefined) return [locked];
    const values = mapped(args, (arg) => this.loaded(this.expression(arg), arg));
    const all = callee.receiver === undefined ? values : [callee.receiver, ...values];
    const { model } = callee.called ?? this.shared.calls.of(callee.key);
    if (model !== undefined && mode !== "go") {
      const nodes = callee.receiver === undefined ? args : [0, ...args];
      const result = this.modelled({ model, callee, values: all, nodes, node, mode });
      if (result !== undefined) return result;
    }
    this.#register(callee, fun, values, args, node);
    if (callee.key === "testing.(T).Parallel") this.frame.parallelTest = true;
    if (callee.key === "testing.(T).Run" || callee.key === "testing.(B).Run") this.#subtest(all[2] ?? nothing, node);
    else this.emitCall(callee, all, node, mode);
    return this.resultValues(callee, all, node);
  }

  /** The body of a literal that is called where it stands. */
  protected abstract inline(body: Node): void;

  #conversion(args: readonly Node[], type: string, node: Node): Value {
    const arg = args[0];
    if (arg === undefined) return nothing;
    const value = this.expression(arg);
    // Who makes a handler of a function has it called for each request; within a request, for that one alone.
    if (type === "net/http.HandlerFunc" && !this.servesRequest()) this.spawnHandler(value, "http.HandlerFunc", node);
    return value;
  }

  /** Functions given to code outside the scan that serves requests with them: other routers, generated gRPC code. */
  #register(callee: Callee, fun: Node, values: readonly Value[], args: readonly Node[], node: Node): void {
    const { key } = callee;
    if (key.endsWith("Server") && this.#registersService(key, fun, values, args, node)) return;
    if (values.some(({ targets }) => targets.length > 0) && !(callee.called ?? this.shared.calls.of(key)).isSource) {
      for (const [index, arg] of args.entries()) {
        const given = values[index];
        if (
          given !== undefined &&
          given.targets.length > 0 &&
          key.includes(".") &&
          isHandler(this.infer.typeOf(arg)) &&
          !this.servesRequest()
        )
          this.spawnHandler(given, labelOf(key), node);
      }
    }
  }

  /** Generated code for gRPC: false for any other function. */
  #registersService(key: string, fun: Node, values: readonly Value[], args: readonly Node[], node: Node): boolean {
    const type = this.infer.typeOf(fun);
    const [server, service] = type.kind === "func" ? type.params : [];
    if (!/\.Register\w+Server$/.test(key) || server === undefined || service === undefined) return false;
    if (namedOf(server)?.pkg !== "google.golang.org/grpc") return true;
    for (const functions of this.startable(values[1] ?? nothing, args[1] ?? 0, methodNames(deref(service))))
      this.spawnHandler(functions, labelOf(key), node);
    return true;
  }

  /** The code runs while a request is served, for that request. */
  protected servesRequest(): boolean {
    for (let frame: Frame | undefined = this.frame; frame !== undefined; frame = frame.parent)
      if (frame.serves) return true;
    return false;
  }

  #callee(fun: Node): Callee {
    const { tree } = this;
    const kind = tree.kind(fun);
    if (kind === Kind.SelectorExpr) {
      const x = tree.child(fun);
      const path = this.infer.packageOf(x);
      if (path !== undefined) return this.#qualified(fun, path, tree.name(tree.next(x)));
      return this.#method(fun, x);
    }
    const value = this.expression(fun);
    const entity = this.infer.entity(fun);
    if (entity?.kind === "func") return this.functionCallee(entity.id);
    return dynamicCallee(value);
  }

  #qualified(fun: Node, path: string, name: string): Callee {
    const entity = this.infer.entity(fun);
    if (entity?.kind === "var") return dynamicCallee(this.expression(fun));
    return this.functionCallee(entity?.kind === "func" ? entity.id : `${path}.${name}`);
  }

  #method(fun: Node, x: Node): Callee {
    const selection = this.infer.selection(fun);
    if (selection === undefined) {
      this.expression(x);
      return calleeOf("", none);
    }
    if (selection.field !== undefined) return dynamicCallee(this.expression(fun));
    const name = this.tree.name(this.tree.next(x));
    const value = this.expression(x);
    const receiver = this.through(value, selection.through, this.infer.typeOf(x));
    if (selection.method !== undefined) {
      return this.functionCallee(selection.method.id, { receiver, selection });
    }
    const holder = selection.holder;
    const key = holder.kind === "named" ? holder.key : "";
    const names = methodNames(holder);
    const dispatch = { interface: key, method: name, names };
    const dot = key.lastIndexOf(".");
    const asked = dot < 0 ? key : `${key.slice(0, dot)}.(${key.slice(dot + 1)}).${name}`;
    return calleeOf(asked, none, { receiver, dispatch, selection });
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
    const values = mapped(args, (arg) => this.expression(arg));
    const value = values[0] ?? nothing;
    const run = () => this.#builtinEffect(name, value, first, node);
    if (mode === "defer") this.frame.defer(run);
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
    const values = mapped(args, (arg) => this.expression(arg));
    const list = values[0] ?? nothing;
    const targets = values.slice(1).flatMap((value) => value.targets);
    for (const [index, value] of values.entries()) {
      const shared = list.refs.map((ref) => ref.place).filter((place) => this.isShared(place));
      if (index > 0 && shared.length > 0) this.publish(value, args[index] ?? 0, shared);
      const place = list.refs[0]?.place;
      if (index > 0 && place !== undefined) this.stored(`${storeKey(place)}[]`, value, args[index] ?? 0);
    }
    return targets.length === 0 ? list : running(list, [...list.targets, ...targets]);
  }

  /** Others may hold what the place is part of. */
  protected isShared(place: Place): boolean {
    return place.root.kind === "global" || (place.depth > 0 && place.root.origin !== "fresh");
  }

  #subtest(body: Value, node: Node): void {
    const parallel = body.targets.some((target) =>
      this.shared.functions.some((facts) => facts.id === target.id && facts.parallelTest),
    );
    if (parallel) {
      const start = {
        how: "parallel-test",
        label: "parallel subtest",
        many: false,
        serial: undefined,
        group: none,
      } as const;
      this.emitSpawn(body, none, node, start);
    } else {
      this.emitCall(calleeOf("", body.targets), none, node, "call");
    }
  }
}

/** Control gets from the body's beginning to its end as if it were a block. */
function runsThrough(tree: Tree, node: Node): boolean {
  return tree.children(node).every((child) => {
    const kind = tree.kind(child);
    if (kind === Kind.ReturnStmt || kind === Kind.DeferStmt || kind === Kind.LabeledStmt) return false;
    return kind === Kind.FuncLit || runsThrough(tree, child);
  });
}

/** `package.Function` of `import/path/package.Function`. */
function labelOf(key: string): string {
  return key.slice(key.lastIndexOf("/") + 1);
}

/** `func(http.ResponseWriter, *http.Request)` */
function isHandler(type: Type): boolean {
  return type.kind === "func" && type.params.length === 2 && servesWith(type.params[0]);
}

/** A function with such a parameter answers a request. */
export function servesWith(type: Type | undefined): boolean {
  return type !== undefined && namedOf(type)?.key === "net/http.ResponseWriter";
}
