import { mapped } from "../base/lists.ts";
import { Tok } from "../syntax/token.ts";
import { Kind, type Node } from "../syntax/tree.ts";
import { concrete, declaredType } from "../types/package.ts";
import { typeAt } from "../types/resolve.ts";
import { type Type, unknown } from "../types/type.ts";
import { Calls } from "./calls.ts";
import { copiedFirst } from "./copying.ts";
import { type Latch, latchOf, setField } from "./latches.ts";
import { type Place, type Ref, storeKey } from "./place.ts";
import { fieldStep, isPlain } from "./reflection.ts";
import { at, type Changes, made, nothing, placed, union, Value } from "./value.ts";

/** Declarations and assignments: what variables, fields and elements hold from here on. */
export abstract class Assignments extends Calls {
  /** Variables that hold the answer of a TryLock. */
  protected readonly tried = new Map<object, { value: Value; mode: "exclusive" | "shared" }>();

  /** The declaration that is lowered. */
  protected whole: Node = 0;

  /** Between two rounds of a loop: its variables are new ones. */
  protected nextRound = false;

  protected declaration(node: Node): void {
    const { tree } = this;
    for (const spec of tree.children(node)) {
      if (tree.tok(node) === Tok.Type) this.#localType(spec);
      else if (tree.tok(node) === Tok.Var) this.#localVariables(spec);
      else if (tree.tok(node) === Tok.Const) {
        const names = tree.flags(spec) >> 1;
        const value = tree.nth(spec, names + (tree.flags(spec) & 1));
        const type = value === 0 ? unknown : this.infer.typeOf(value);
        for (let i = 0, one = tree.child(spec); i < names; i++, one = tree.next(one)) {
          this.infer.context.scope.declare(tree.atom(one), { kind: "const", type, value: undefined });
        }
      }
    }
  }

  #localType(spec: Node): void {
    const { tree } = this;
    const name = tree.name(tree.child(spec));
    const pkg = this.infer.context.pkg;
    const scopeName = this.frame.id.slice(pkg.length + 1);
    const scope = this.infer.context.scope;
    let type: Type | undefined;
    scope.declare(tree.atom(tree.child(spec)), {
      kind: "type",
      get type() {
        return type ?? unknown;
      },
    });
    type = declaredType(this.infer.context, spec, `${pkg}.${scopeName}.${name}`, () => new Map());
  }

  #localVariables(spec: Node): void {
    const { tree } = this;
    const names = tree.flags(spec) >> 1;
    const hasType = (tree.flags(spec) & 1) !== 0;
    const typeNode = hasType ? tree.nth(spec, names) : 0;
    const values = tree.children(spec).slice(names + (hasType ? 1 : 0));
    const lowered = this.values(values, names);
    let one = tree.child(spec);
    for (let index = 0; index < names; index++, one = tree.next(one)) {
      const at = index;
      const name = tree.name(one);
      const type = hasType
        ? typeAt(this.infer.context, typeNode, `${this.frame.id}.${name}`)
        : this.#assignedType(values, at, names);
      const variable = this.declare(one, () => type);
      // A variable without a value starts as its own zero value, which nobody else has.
      this.bind(variable, lowered[index] ?? (values.length === 0 ? made : nothing));
    }
  }

  #assignedType(values: readonly Node[], index: number, names: number): Type {
    if (values.length === names) return concrete(this.infer.typeOf(values[index] ?? 0));
    const only = values[0] ?? 0;
    const type = this.infer.typeOf(only);
    if (type.kind === "tuple") return type.members[index] ?? unknown;
    return index === 0 ? type : unknown;
  }

  /** Right sides, spread over `count` left sides. */
  protected values(values: readonly Node[], count: number): readonly Value[] {
    if (values.length === 1 && count > 1) {
      const only = this.tree.unparen(values[0] ?? 0);
      return mapped(this.callResults(only), (value) => this.loaded(value, only));
    }
    return mapped(values, (value) => this.loaded(this.expression(value), value));
  }

  protected assign(node: Node): void {
    const { tree } = this;
    const flags = tree.flags(node);
    const op = flags & 0xff;
    const count = flags >> 8;
    const target = tree.child(node);
    const source = tree.next(target);
    // Most have one on each side.
    if (count === 1 && tree.next(source) === 0) return this.#assignOne(op, target, source, node);
    const all = tree.children(node);
    const left = all.slice(0, count);
    const right = all.slice(count);
    if (op === Tok.Define) return this.#define(left, right);
    const values = this.values(right, count);
    for (const [index, target] of left.entries())
      this.store(target, values[index] ?? nothing, right[index] ?? right[0] ?? node);
  }

  #assignOne(op: Tok, target: Node, source: Node, node: Node): void {
    if (op !== Tok.Assign && op !== Tok.Define) {
      this.expression(source);
      return this.store(target, nothing, node);
    }
    const value = this.loaded(this.expression(source), source);
    if (op === Tok.Assign) return this.store(target, value, source);
    const fresh = this.infer.context.scope.declaredHere(this.tree.atom(target)) === undefined;
    if (!fresh) return this.store(target, value, source);
    const type = concrete(this.infer.typeOf(source));
    this.#defineOne(target, type, value, source);
  }

  #define(left: readonly Node[], right: readonly Node[]): void {
    const values = this.values(right, left.length);
    const scope = this.infer.context.scope;
    const fresh = left.map((node) => scope.declaredHere(this.tree.atom(node)) === undefined);
    const types = left.map((_, index) => this.#assignedType(right, index, left.length));
    for (const [index, node] of left.entries()) {
      const value = values[index] ?? nothing;
      if (fresh[index] === false) {
        this.store(node, value, right[index] ?? right[0] ?? node);
        continue;
      }
      this.#defineOne(node, types[index] ?? unknown, value, right[index] ?? 0);
    }
  }

  #defineOne(node: Node, type: Type, value: Value, source: Node): void {
    const variable = this.declare(node, () => type);
    if (variable === undefined) return;
    this.bind(variable, value);
    this.noteSemaphore(variable.id, source);
    const tried = this.tryLock(source);
    if (tried !== undefined) this.tried.set(variable, tried);
  }

  /** What a body gives a copy before it is first written is that copy on the way past the body, too; see `copiedFirst`. */
  protected withCopies(
    condition: Node,
    body: Node,
    into: Changes | undefined,
    past: Changes | undefined,
  ): Changes | undefined {
    if (into === undefined || past === undefined || into.size === 0) return past;
    const variables = copiedFirst(this.tree, this.whole, condition, body);
    if (variables.length === 0) return past;
    const copies = new Map(past);
    for (const node of variables) {
      const variable = this.variableAt(node);
      const root = variable === undefined ? undefined : this.variablePlace(variable)?.root;
      const value = root === undefined ? undefined : into.get(root);
      if (root !== undefined && value !== undefined) copies.set(root, value);
    }
    return copies;
  }

  /** A latch of the method's own value: one of another's lets goroutines of this one run beside each other. */
  protected latch(condition: Node): Latch | undefined {
    const latch = latchOf(this.tree, condition);
    const variable = latch === undefined ? undefined : this.variableAt(latch.base);
    const root = variable === undefined || variable.global ? undefined : this.variablePlace(variable)?.root;
    return root?.param === 0 ? latch : undefined;
  }

  /** `target = value`; an index expression on a map is a write to the map. */
  protected store(target: Node, value: Value, source: Node): void {
    const { tree } = this;
    const node = tree.unparen(target);
    if (this.isBlank(node)) return;
    switch (tree.kind(node)) {
      case Kind.Ident:
        return this.#storeVariable(node, value, source);
      case Kind.IndexExpr:
        return this.#storeElement(node, value, source);
      case Kind.StarExpr: {
        const pointer = this.expression(tree.child(node));
        if (this.isMap(this.infer.typeOf(node))) this.access("swap", pointer, node);
        return;
      }
      case Kind.SelectorExpr:
        return this.#storeField(node, value, source);
      default:
        this.expression(node);
    }
  }

  #storeVariable(node: Node, value: Value, source: Node): void {
    const variable = this.variableAt(node);
    const place = variable === undefined ? undefined : this.variablePlace(variable);
    if (variable === undefined || place === undefined) return;
    if (!variable.global && isPlain(variable.type)) return this.#replaceOperand(place, node);
    const captured = !variable.global && place.root.frame !== this.frame.id;
    if (this.isMap(variable.type) && (variable.global || captured || place.root.origin !== "param")) {
      this.access("swap", at(place), node);
    }
    // A function that calls itself, or is called by another goroutine, is found by its variable.
    this.stored(storeKey(place), value, source);
    if (!variable.global) this.frame.assign(place.root);
    if (!variable.global && !this.isMap(variable.type)) this.#replaceOperand(place, node);
    if (variable.global) {
      this.env.detach(place);
      this.publish(value, source, [place]);
    } else if (!captured) {
      const kept = value.refs.length > 0 ? value : placed(value, [{ place, load: undefined }]);
      if (value.fresh && value.refs.length === 0 && place.root.origin !== "param") place.root.origin = "fresh";
      this.env.set(place.root, kept);
    } else if (value.targets.length > 0) {
      this.env.set(place.root, union(this.env.get(place.root) ?? nothing, value));
    }
  }

  /** A variable that may be a key or value of a map somewhere gets a new value. */
  #replaceOperand({ root }: Place, node: Node): void {
    if (root.param < 0 && !this.nextRound) this.frame.replaced.push(this.operandAt(root, node));
  }

  #storeElement(node: Node, value: Value, source: Node): void {
    const { tree } = this;
    const x = tree.child(node);
    const holder = this.expression(x);
    this.expression(tree.next(x));
    if (this.isMap(this.infer.typeOf(x))) {
      this.operand(tree.next(x));
      this.operand(source);
      this.access("write", holder, node);
    }
    const place = holder.refs[0]?.place;
    if (place !== undefined) this.stored(`${storeKey(place)}[]`, value, source);
    if (value.targets.length > 0 && place !== undefined && place.root.kind === "local" && place.depth === 0)
      this.env.set(place.root, union(this.env.get(place.root) ?? nothing, placed(value, [])));
    const shared = holder.refs.map((ref) => ref.place).filter((place) => this.isShared(place));
    if (shared.length > 0) this.publish(value, source, shared);
  }

  #storeField(node: Node, value: Value, source: Node): void {
    const { tree } = this;
    const x = tree.child(node);
    if (this.infer.packageOf(x) !== undefined) return this.#storeVariable(node, value, source);
    const { frame } = this;
    if (frame.latches.length > 0 && frame.latches.includes(setField(tree, node, source))) frame.latched = true;
    const whole = this.expression(x);
    const selection = this.infer.selection(node);
    if (selection?.field === undefined) return;
    const step = fieldStep(selection.field, selection.holder);
    const { key } = selection.field;
    const holder = this.through(whole, selection.through, this.infer.typeOf(x));
    const places = holder.refs.map((ref) => ref.place.child(step));
    if (this.isMap(selection.field.type)) {
      const fields = places.map((place): Ref => ({ place, load: undefined }));
      this.access("swap", new Value(fields, [], false), node);
    }
    this.stored(key, value, source);
    for (const place of places) this.#replaced(place, value, source);
  }

  #replaced(place: Place, value: Value, source: Node): void {
    this.env.detach(place);
    if (place.parent !== undefined && place.root.frame === this.frame.id && this.frame.links.has(place.parent)) {
      // The copy has a field of its own from here on.
      const own = value.refs[0]?.place ?? this.madeHere(source, "");
      this.frame.link(place, own);
      return this.env.set(place, placed(value, [{ place: own, load: undefined }]));
    }
    if (this.isShared(place) && place.root.origin !== "fresh" && !place.root.byValue)
      this.publish(value, source, [place]);
    const own = value.refs.every((ref) => ref.place.depth === 0 && ref.place.root.origin === "fresh");
    if (!own || !(value.fresh || value.refs.length > 0)) return;
    if (place.root.byValue && place.depth === 1) {
      // The copy's field was given a map of its own.
      this.env.set(place, made);
      return;
    }
    // A map made here and stored is from now on the field's map.
    for (const ref of value.refs) this.env.set(ref.place.root, at(place));
  }
}
