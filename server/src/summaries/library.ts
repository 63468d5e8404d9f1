import { mapped, none } from "../base/lists.ts";
import type { Container, Model } from "../knowledge/model.ts";
import { Kind, type Node } from "../syntax/tree.ts";
import { underlying } from "../types/substitute.ts";
import type { Lock } from "./effects.ts";
import { type Callee, type CallMode, calleeOf, dynamicCallee } from "./emission.ts";
import { exitBlock, noEdges, noneYet } from "./frame.ts";
import { Locking } from "./locking.ts";
import { type Content, contentStep, Place, Root, type Step, someElement } from "./place.ts";
import { printedArguments } from "./reflection.ts";
import { lockOf, startOf, syncOf } from "./shapes.ts";
import { at, made, nothing, placed, Value } from "./value.ts";

/** A call of a library function that the models know. */
interface Use {
  readonly model: Model;
  readonly callee: Callee;
  readonly values: readonly Value[];
  /** Argument nodes, the receiver first; 0 for it. */
  readonly nodes: readonly Node[];
  readonly node: Node;
  readonly mode: CallMode;
}

/** What it does is said, so it is no call of what it is given. Asked of every known function that is called. */
function actsItself({ reflect, access, spawn, once, visits, store }: Model): boolean {
  return (
    reflect !== undefined ||
    access !== undefined ||
    spawn !== undefined ||
    once !== undefined ||
    visits !== undefined ||
    store !== undefined
  );
}

/** Calls of library functions, by their models. */
export abstract class Library extends Locking {
  /** Results of a modelled call; undefined where they are those of a plain call. */
  protected modelled(use: Use): readonly Value[] | undefined {
    const { model, values } = use;
    const act = () => this.#effects(use);
    const late = model.op !== undefined || model.access !== undefined || model.store !== undefined;
    if (use.mode === "defer" && late) this.frame.defer(act);
    else act();
    if (model.exits === true) this.frame.current = -1;
    if (model.shallow !== undefined) return [this.#shallow(values[model.shallow] ?? nothing)];
    if (model.fresh === true) return [made];
    if (model.store?.[1] === "context") return [this.#withValue(use)];
    if (model.load !== undefined && values[0] !== undefined) return [this.#content(values[0], model.load, use)];
    if (model.onceResult === true) return [this.#onceResult(use)];
    if (model.same !== undefined) {
      const [argument, result] = model.same;
      return Array.from({ length: result + 1 }, (_, i) => (i === result ? (values[argument] ?? nothing) : nothing));
    }
    return actsItself(model) || model.op !== undefined || model.exits !== undefined ? [nothing] : undefined;
  }

  #effects(use: Use): void {
    const { model, values, node } = use;
    for (const [index, kind] of model.access ?? []) this.access(kind, values[index] ?? nothing, node);
    if (model.reflect !== undefined) this.#reflect(use, model.reflect);
    if (model.invokes !== undefined) this.#invoke(use, model.invokes);
    if (model.op !== undefined) this.sync(model.op, values[0] ?? nothing, node);
    if (model.once !== undefined) this.#once(values[0] ?? nothing, values[model.once] ?? nothing, node);
    if (model.store !== undefined) this.#store(use, model.store);
    if (model.visits !== undefined) this.#visit(use, model.visits);
    if (model.spawn !== undefined) this.#spawn(use, model.spawn);
    if (actsItself(model) || model.onceResult !== undefined) return;
    if (values.some((value) => value.targets.length > 0)) this.emitCall(use.callee, values, node, use.mode);
  }

  #spawn({ model, callee, values, nodes, node }: Use, first: number): void {
    const group = model.group === true ? (values[0]?.refs.map((ref) => ref.place) ?? []) : [];
    const how = {
      how: model.how ?? "callback",
      label: model.label ?? callee.key,
      many: model.many === true,
      serial: undefined,
      group,
    } as const;
    const last = model.variadic === true ? values.length - 1 : first;
    for (let index = first; index <= last; index++) {
      for (const functions of this.startable(values[index] ?? nothing, nodes[index] ?? 0, model.methods))
        this.emitSpawn(functions, none, node, how);
      if (model.how === "parallel-body") this.#joinHere(node);
    }
  }

  /** The spawner waits inside the call itself. */
  #joinHere(node: Node): void {
    const place = this.resultPlace(node, -1, { targets: none, args: none, start: this.from(node) });
    const block = this.frame.blocks[this.frame.current];
    const spawn = block?.effects.pop();
    if (spawn?.op !== "spawn") return;
    const { how, label, many, serial } = spawn;
    block?.effects.push(startOf(spawn, { how, label, many, serial, group: [place] }));
    this.frame.emit(syncOf("wait", place, { start: spawn.start, end: spawn.end, locks: none }));
  }

  #reflect({ model, values, nodes, node }: Use, first: number): void {
    const format = model.format === undefined ? undefined : this.#literal(nodes[model.format] ?? 0);
    const printed = printedArguments(format, values.length - first);
    for (const [index, value] of values.entries()) {
      const arg = nodes[index] ?? 0;
      if (index < first || arg === 0 || printed[index - first] !== true || value.refs.length === 0) continue;
      const { maps, asked } = this.within(this.infer.typeOf(arg), model.depth ?? "all");
      const at = (steps: readonly Step[]) => steps.reduce((inner, step) => this.part(inner, step), value);
      for (const steps of maps) this.access("reflect", at(steps), node);
      for (const { steps, method } of asked) this.emitCall(this.functionCallee(method), [at(steps)], node, "call");
    }
  }

  #literal(node: Node): string | undefined {
    return this.tree.kind(node) === Kind.BasicLit ? this.tree.text(node) : undefined;
  }

  #invoke({ values, nodes, node }: Use, [index, methods]: NonNullable<Model["invokes"]>): void {
    const value = values[index] ?? nothing;
    for (const functions of this.startable(value, nodes[index] ?? 0, methods)) {
      const targets = functions.targets.map(({ id }) => ({ id, bound: undefined }));
      this.emitCall(calleeOf("", targets), [value], node, "call");
    }
  }

  #once(once: Value, body: Value, node: Node): void {
    const ref = once.refs[0];
    if (ref === undefined) return;
    const range = this.range(node);
    this.frame.emit(onceEffect("lock", "exclusive", ref.place, range));
    this.emitCall(calleeOf("", body.targets), none, node, "call");
    this.frame.emit(onceEffect("unlock", "exclusive", ref.place, range));
    this.frame.emit(onceEffect("lock", "shared", ref.place, range));
  }

  /** `sync.OnceFunc(f)`: a function of its own that runs `f` unless it has run. */
  #onceResult({ values, node }: Use): Value {
    const { frame } = this;
    const range = this.range(node);
    const id = `${frame.id}.once@${frame.number("once", range.start)}`;
    const place = new Place(new Root(id, { name: "once", frame: "", declared: -1 }));
    const call = this.plainCall(values[0] ?? nothing, node);
    const results = this.infer.callResults(node).flatMap((type) => {
      const base = underlying(type);
      return base.kind === "func" ? base.results : [];
    });
    const site = { targets: call.targets, args: none, start: range.start };
    this.shared.functions.push({
      ...this.functionShell(id, "once", range),
      blocks: [
        {
          effects: [
            onceEffect("lock", "exclusive", place, range),
            call,
            onceEffect("unlock", "exclusive", place, range),
            onceEffect("lock", "shared", place, range),
          ],
          next: [exitBlock],
        },
        { effects: noneYet, next: noEdges },
      ],
      returns: mapped(results, (_, index) => ({
        refs: call.targets.length === 0 ? none : [{ place: this.resultPlace(node, index, site), load: undefined }],
        fresh: false,
        targets: none,
      })),
    });
    return new Value(none, [{ id, bound: undefined }], true);
  }

  // ---- values that are handed on

  #content(container: Value, of: Container, { nodes }: Use): Value {
    if (of === "context") return this.part(container, contentStep(`context ${this.#keyText(nodes[1] ?? 0)}`));
    return this.part(container, contentStep(of));
  }

  #store({ values, nodes }: Use, [index, container]: NonNullable<Model["store"]>): void {
    const arg = nodes[index] ?? 0;
    if (container === "context") return;
    const variable = container === "pool" && this.tree.kind(arg) === Kind.Ident ? this.variableAt(arg) : undefined;
    const own = variable === undefined ? undefined : this.variablePlace(variable);
    const pool = values[0]?.refs[0]?.place;
    if (own !== undefined && pool !== undefined) return this.env.set(own.root, at(pool.child(contentStep("put"))));
    this.handOn(values[index] ?? nothing, arg, values[0] ?? nothing, container);
  }

  /** From here on others reach the value through `holder`: what this function still does with it, it does to theirs. */
  protected handOn(value: Value, node: Node, holder: Value, of: Exclude<Content, `context ${string}`>): void {
    const into = holder.refs[0]?.place;
    if (into === undefined || holder.refs.length > 1) return;
    const place = into.child(contentStep(of));
    for (const [step, part] of value.parts ?? []) this.#handOn(part, place.child(step));
    if (node !== 0 && this.carriesMap(this.infer.typeOf(node))) this.#handOn(value, place);
  }

  #handOn(value: Value, place: Place): void {
    const { frame } = this;
    const only = value.refs[0]?.place;
    if (only === undefined || value.refs.length > 1 || only.depth > 0) return;
    if (only.root === place.root || only.root.frame !== frame.id || frame.current < 0) return;
    frame.handed.push({ own: only, into: place, block: frame.current, index: frame.length });
    this.env.set(only.root, at(place));
  }

  #visit({ values, node }: Use, container: "syncmap"): void {
    const content = this.part(values[0] ?? nothing, contentStep(container));
    this.emitCall(dynamicCallee(values[1] ?? nothing), [nothing, content], node, "call");
  }

  /** A context that knows the value under the key, and else what the one around it knows. */
  #withValue({ values, nodes, node }: Use): Value {
    const place = this.madeHere(node, "ctx");
    const outer = values[0]?.refs[0]?.place;
    if (outer !== undefined) this.frame.link(place, outer);
    const slot = place.child(contentStep(`context ${this.#keyText(nodes[1] ?? 0)}`));
    const value = values[2] ?? nothing;
    const held = value.refs[0]?.place ?? this.madeHere(nodes[2] ?? node, "value");
    this.frame.link(slot, held);
    this.env.set(slot, placed(value, [{ place: held, load: undefined }]));
    return at(place);
  }

  /** Which key of a context: its type and name tell keys of different packages apart, as they do at run time. */
  #keyText(node: Node): string {
    if (node === 0) return "";
    const type = this.infer.typeOf(node);
    return `${type.kind === "named" ? type.key : underlying(type).kind} ${this.tree.text(node)}`;
  }

  #shallow(value: Value): Value {
    const step = someElement;
    const elements = value.refs.length === 0 ? undefined : this.part(value, step);
    return elements === undefined ? made : new Value(none, none, true, [[step, elements]]);
  }
}

function onceEffect(op: Lock["op"], mode: Lock["mode"], place: Place, at: Pick<Lock, "start" | "end" | "locks">): Lock {
  return lockOf(op, { place, mode, kind: "once", deferred: false, unless: undefined }, at);
}
