import { none } from "../base/lists.ts";
import { serialFields } from "../knowledge/goroutines.ts";
import { handlerFields } from "../knowledge/servers.ts";
import { Tok } from "../syntax/token.ts";
import { Kind, type Node } from "../syntax/tree.ts";
import { isPointer, literalElement } from "../types/infer.ts";
import { underlying } from "../types/substitute.ts";
import { deref, type Field, type Method, namedOf, type Type } from "../types/type.ts";
import { Lowering } from "./lowering.ts";
import {
  type CallSite,
  contentStep,
  made as madeForm,
  Place,
  Root,
  result,
  type Step,
  someElement,
  spelling,
  type Target,
} from "./place.ts";
import { fieldStep, isPlain } from "./reflection.ts";
import { syncOf } from "./shapes.ts";
import { at, functionValue, made, no, nothing, Value, yes } from "./value.ts";

/** Expressions: accesses are emitted in evaluation order, the value says where the result may live. */
export abstract class Expressions extends Lowering {
  protected abstract call(node: Node): Value;
  protected abstract literalFunction(node: Node): Target;
  protected abstract spawnHandler(value: Value, label: string, node: Node): void;
  protected abstract spawnSerial(value: Value, label: string, node: Node, serial: string): void;

  protected expression(node: Node): Value {
    const { tree } = this;
    const first = tree.child(node);
    switch (tree.kind(node)) {
      case Kind.Ident:
        return this.#ident(node);
      case Kind.FuncLit:
        return new Value(none, [this.literalFunction(node)], true);
      case Kind.CompositeLit:
        return this.composite(node, this.infer.typeOf(node));
      case Kind.ParenExpr:
        return this.expression(first);
      case Kind.SelectorExpr:
        return this.#selector(node);
      case Kind.IndexExpr:
        return this.#index(node);
      case Kind.SliceExpr: {
        const value = this.expression(first);
        for (let bound = tree.next(first); bound !== 0; bound = tree.next(bound)) this.expression(bound);
        return value;
      }
      case Kind.TypeAssertExpr:
      case Kind.StarExpr:
        return this.expression(first);
      case Kind.CallExpr:
        return this.call(node);
      case Kind.UnaryExpr:
        return this.#unary(node, first);
      case Kind.BinaryExpr:
        return this.#binary(node, first);
      case Kind.KeyValueExpr:
        this.expression(first);
        return this.expression(tree.next(first));
      default:
        return nothing;
    }
  }

  #ident(node: Node): Value {
    const entity = this.infer.entity(node);
    if (entity?.kind === "const") return this.#flag(this.tree.name(node));
    if (entity?.kind === "func") return functionValue(entity.id);
    if (entity?.kind !== "var" || isPlain(entity.type)) return nothing;
    const place = this.variablePlace(entity);
    if (place === undefined) return nothing;
    return place.root.kind === "global" ? at(place) : (this.env.get(place.root) ?? at(place));
  }

  #flag(name: string): Value {
    return name === "true" ? yes : name === "false" ? no : nothing;
  }

  #selector(node: Node): Value {
    const { tree } = this;
    const x = tree.child(node);
    if (this.infer.packageOf(x) !== undefined) return this.#ident(node);
    const value = this.expression(x);
    const selection = this.infer.selection(node);
    if (selection === undefined) return nothing;
    // `(*T).Add` is a function whose first argument is the receiver.
    if (selection.method !== undefined && this.infer.typeExpression(tree.unparen(x)) !== undefined)
      return functionValue(selection.method.id);
    let holder = this.through(value, selection.through, this.infer.typeOf(x));
    if (selection.field !== undefined) {
      if (isPlain(selection.field.type)) return nothing;
      holder = this.part(holder, fieldStep(selection.field, selection.holder));
      return holder;
    }
    if (selection.method === undefined) return nothing;
    return functionValue(selection.method.id, holder.refs);
  }

  /** Follows the embedded fields a selector passes through. */
  protected through(value: Value, fields: readonly Field[], type: Type): Value {
    let result = value;
    let holder = deref(type);
    for (const field of fields) {
      result = this.part(result, fieldStep(field, holder));
      holder = deref(field.type);
    }
    return result;
  }

  /** How an index tells elements apart: a literal or a variable. */
  protected indexKey(node: Node): string {
    const at = this.tree.unparen(node);
    if (this.tree.kind(at) === Kind.BasicLit) return this.tree.text(at);
    if (this.tree.kind(at) !== Kind.Ident) return "";
    const entity = this.infer.entity(at);
    return entity?.kind === "var" ? entity.id : "";
  }

  #index(node: Node): Value {
    const { tree } = this;
    const x = tree.child(node);
    const index = tree.next(x);
    const type = this.infer.typeOf(x);
    if (type.kind === "func") return this.expression(x);
    const value = this.expression(x);
    this.expression(index);
    if (this.isMap(type)) {
      this.operand(index);
      this.access("read", value, node);
      return this.part(value, someElement);
    }
    return this.part(value, { kind: "elem", index: this.indexKey(index) });
  }

  #unary(node: Node, x: Node): Value {
    const op = this.tree.tok(node);
    const inner = this.tree.unparen(x);
    if (op === Tok.And && this.tree.kind(inner) === Kind.CompositeLit) return this.expression(inner);
    const value = this.expression(x);
    if (op === Tok.Arrow) {
      this.sync("receive", value, node);
      return this.received(value, this.infer.typeOf(node));
    }
    return op === Tok.And ? value : nothing;
  }

  /** What comes out of a channel: of interest are functions, and values that lead to maps. */
  protected received(channel: Value, type: Type): Value {
    return this.isFunctionType(type) || this.carriesMap(type) ? this.part(channel, contentStep("received")) : nothing;
  }

  protected sync(op: "done" | "wait" | "send" | "receive" | "close" | "drain", value: Value, node: Node): void {
    for (const ref of value.refs) {
      this.frame.emit(syncOf(op, ref.place, this.range(node)));
    }
  }

  #binary(node: Node, x: Node): Value {
    const { frame } = this;
    const op = this.tree.tok(node);
    this.expression(x);
    if (op !== Tok.LAnd && op !== Tok.LOr) {
      this.expression(this.tree.next(x));
      return nothing;
    }
    const before = frame.current;
    const right = frame.block();
    const after = frame.block();
    frame.edge(before, after);
    frame.enter(right);
    this.expression(this.tree.next(x));
    frame.enter(after);
    return nothing;
  }

  /** Elements of a literal; functions stored in fields are remembered, values in it are shared with its holder. */
  protected composite(node: Node, type: Type): Value {
    const around = this.literal;
    this.literal = node;
    const value = this.#elements(node, type);
    this.literal = around;
    return value;
  }

  /** The composite literal being lowered. */
  protected literal: Node = 0;

  #elements(node: Node, type: Type): Value {
    const parts: [Step, Value][] = [];
    const targets: Target[] = [];
    const { tree } = this;
    const base = underlying(deref(type));
    let element = tree.child(node);
    if ((tree.flags(node) & 1) !== 0) element = tree.next(element);
    const inner = literalElement(type);
    for (let index = 0; element !== 0; index++, element = tree.next(element)) {
      let value = element;
      let key = 0;
      if (tree.kind(element) === Kind.KeyValueExpr) {
        key = tree.child(element);
        value = tree.next(key);
      }
      if (base.kind === "struct") {
        if (key === 0) this.looksInto(base.key);
        const field = key === 0 ? base.fields[index] : base.field(tree.name(key));
        const stored = this.#elided(value, field?.type ?? inner.value);
        if (field !== undefined) this.stored(field.key, stored, value);
        if (field !== undefined && stored.refs.length === 1) parts.push([fieldStep(field, deref(type)), stored]);
        continue;
      }
      if (key !== 0) this.#elided(key, inner.key);
      if (base.kind === "map") for (const operand of [key, value]) this.operand(operand);
      const kept = this.#elided(value, inner.value);
      if (base.kind === "map" || base.kind === "slice" || base.kind === "array") targets.push(...kept.targets);
    }
    return parts.length === 0 && targets.length === 0 ? made : new Value(none, targets, true, parts);
  }

  #elided(node: Node, type: Type): Value {
    if (this.tree.kind(node) !== Kind.CompositeLit || (this.tree.flags(node) & 1) !== 0) return this.expression(node);
    const own = isPointer(type) ? deref(type) : type;
    this.infer.assume(node, own);
    this.composite(node, own);
    return made;
  }

  /** `value` goes into the field `key`. */
  protected stored(key: string, value: Value, node: Node): void {
    this.noteSemaphore(key, node);
    if (value.targets.length > 0) {
      const known = this.shared.stores.get(key);
      const targets = value.targets.map((target) => ({ id: target.id, bound: target.bound }));
      if (known === undefined) this.shared.stores.set(key, targets);
      else known.push(...targets);
    }
    for (const ref of value.refs) {
      if (this.isFunctionType(this.infer.typeOf(node)) && ref.place.depth === 0 && ref.place.root.param >= 0)
        this.shared.kept.push([ref.place.root.id, key]);
    }
    const model = handlerFields.get(key);
    if (model !== undefined)
      for (const functions of this.startable(value, node, model.methods))
        this.spawnHandler(functions, model.label, node);
    const serial = serialFields.get(key);
    if (serial !== undefined)
      this.spawnSerial(value, serial, node, `${this.frame.id}@${this.frame.number("", this.from(this.literal))}`);
  }

  protected isFunctionType(type: Type | undefined): boolean {
    return type !== undefined && underlying(type).kind === "func";
  }

  /** Remembers `make(chan T, 1)`. */
  protected noteSemaphore(key: string, node: Node): void {
    const { tree } = this;
    if (tree.kind(node) !== Kind.CallExpr || tree.name(tree.child(node)) !== "make") return;
    const size = tree.nth(node, 2);
    if (size === 0 || tree.text(size) !== "1") return;
    const { kind } = underlying(this.infer.typeOf(node));
    if (kind === "chan" || kind === "unknown") this.shared.semaphores.add(key);
  }

  /** The functions of `value`, or the methods of those names that its type has; `*` for all exported ones. */
  protected startable(value: Value, node: Node, names: readonly string[] | undefined): readonly Value[] {
    if (value.targets.length > 0) return [value];
    const type = this.infer.typeOf(node);
    if (names === undefined || this.isFunctionType(type)) return value.refs.length > 0 ? [value] : [];
    const methods = namedOf(type)?.source.methods() ?? new Map<string, Method>();
    const wanted = names[0] === "*" ? [...methods.keys()].filter((name) => /^\p{Lu}/u.test(name)) : names;
    const found = wanted.flatMap((name) => methods.get(name) ?? []);
    if (found.length === 0) return [];
    const refs =
      value.refs.length > 0 || !value.fresh ? value.refs : at(this.madeHere(node, namedOf(type)?.name ?? "")).refs;
    const bound = refs.length > 0 ? refs : undefined;
    return found.map(({ id }) => functionValue(id, bound));
  }

  /** A value without a name, `&server{}` as an argument. */
  protected madeHere(node: Node, name: string): Place {
    const declared = this.from(node);
    const id = spelling(madeForm, this.frame.number("made", declared));
    return new Place(new Root(id, { name, frame: this.frame.id, declared, origin: "fresh" }));
  }

  /** The value of a result of a call, to be looked up in the callee when it is known. */
  protected resultPlace(node: Node, index: number, { targets, args, start }: CallSite): Place {
    const declared = this.from(node);
    const id = spelling(result, this.frame.callNumber(this.tree.end(node)));
    return new Place(
      new Root(id, {
        name: "",
        frame: this.frame.id,
        declared,
        origin: "call",
        source: { targets, args, start, index },
      }),
    );
  }
}
