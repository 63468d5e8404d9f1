import { mapped, none } from "../base/lists.ts";
import type { Model } from "../knowledge/model.ts";
import type { Models } from "../knowledge/models.ts";
import { waitsByName } from "../knowledge/waits.ts";
import type { GoFile } from "../packages/load.ts";
import { Kind, type Node, type Tree } from "../syntax/tree.ts";
import type { Infer } from "../types/infer.ts";
import type { Package } from "../types/package.ts";
import { inScope, Scope, type Variable } from "../types/scope.ts";
import { underlying } from "../types/substitute.ts";
import { deref, type Type } from "../types/type.ts";
import type { AccessKind, Anchor } from "./effects.ts";
import { type Frame, type LoweredFunction, noLinks, noOffsets } from "./frame.ts";
import type { Operand } from "./operands.ts";
import {
  contentOf,
  type Load,
  LocalVariable,
  numbered,
  Place,
  type Ref,
  Root,
  type Step,
  someElement,
  spelling,
  type Target,
} from "./place.ts";
import { type Depth, isPlain, mapsWithin } from "./reflection.ts";
import { accessOf, publishOf } from "./shapes.ts";
import { at, type Environment, nothing, placed, Value } from "./value.ts";

/** What is known of a function by its id. */
export interface CalledFunction {
  /** It is lowered, too. */
  readonly isSource: boolean;
  /** A call of it may matter even where it is given no function: it is lowered, too, or says by its name what it does. */
  readonly matters: boolean;
  /** It as the only one that is called, one list for all calls of it. */
  readonly only: readonly Target[];
  readonly model: Model | undefined;
}

/** Functions by their ids: the same ones are called again and again. */
export class SourceCalls {
  readonly #isSource: (path: string) => boolean;
  readonly #models: Models;
  readonly #known = new Map<string, CalledFunction>();

  constructor(isSource: (path: string) => boolean, models: Models) {
    this.#isSource = isSource;
    this.#models = models;
  }

  of(id: string): CalledFunction {
    let known = this.#known.get(id);
    if (known === undefined) {
      const isSource = this.#find(id);
      const matters = isSource || waitsByName(id);
      known = { isSource, matters, only: [{ id, bound: undefined }], model: this.#models.get(id) };
      this.#known.set(id, known);
    }
    return known;
  }

  /** Import paths may have dots in their last element, and so have the ids of literals and methods behind the path. */
  #find(id: string): boolean {
    for (let dot = id.indexOf(".", id.lastIndexOf("/") + 1); dot >= 0; dot = id.indexOf(".", dot + 1))
      if (this.#isSource(id.slice(0, dot))) return true;
    return false;
  }
}

/** Set by the link step, to others. */

/** What one declaration is lowered with; `globals` is shared by the whole package. */
export interface UnitLowering {
  readonly pkg: Package;
  readonly globals: Map<string, Place>;
  readonly functions: LoweredFunction[];
  readonly stores: Map<string, Target[]>;
  readonly semaphores: Set<string>;
  /** Parameters that are kept: the parameter's id and where. */
  readonly kept: [param: string, key: string][];
  /** Types on all fields or methods of which it hangs, whatever they are called. */
  readonly layout: Set<string>;
  /** Import paths whose functions are lowered too, so that calls into them need no model. */
  isSource(path: string): boolean;
  readonly calls: SourceCalls;
}

/** The parts every kind of syntax needs: places of variables and fields, accesses, scopes. */
export abstract class Lowering {
  protected readonly shared: UnitLowering;
  protected readonly file: GoFile;
  protected readonly tree: Tree;
  protected readonly infer: Infer;
  protected readonly env: Environment;
  protected frame: Frame;
  protected readonly anchor: Anchor;

  constructor(shared: UnitLowering, file: GoFile, infer: Infer, env: Environment, frame: Frame) {
    this.shared = shared;
    this.file = file;
    this.tree = file.tree;
    this.infer = infer;
    this.env = env;
    this.frame = frame;
    this.anchor = { path: file.path, base: 0 };
  }

  protected abstract expression(node: Node): Value;

  /** What is the same for every function of the file. */
  protected functionShell(id: string, name: string, { start, end }: { start: number; end: number }): LoweredFunction {
    return {
      id,
      name,
      pkg: this.shared.pkg.path,
      anchor: this.anchor,
      start,
      end,
      parent: this.frame.id,
      receiver: undefined,
      exported: false,
      test: this.file.test,
      generated: this.file.generated,
      params: none,
      blocks: none,
      returns: none,
      links: noLinks,
      loops: none,
      offsets: noOffsets,
      parallelTest: false,
      callerLocks: false,
    };
  }

  // ---- scopes

  protected scoped(run: () => void): void {
    const before = this.infer.context;
    this.infer.context = inScope(before, new Scope(before.scope));
    run();
    this.infer.context = before;
  }

  protected declare(node: Node, type: () => Type): Variable | undefined {
    const name = this.tree.name(node);
    if (name === "_" || name === "") return undefined;
    const declared = this.from(node);
    const id = spelling(numbered, this.frame.number(name, declared));
    const root = new Root(id, { name, frame: this.frame.id, declared });
    const variable = new LocalVariable(root, type);
    this.infer.context.scope.declare(this.tree.atom(node), variable);
    return variable;
  }

  /** Offset of a node from the start of the outermost function, so that an edit above it changes nothing. */
  protected from(node: Node): number {
    return this.tree.start(node) - this.anchor.base;
  }

  protected range(node: Node): { start: number; end: number; locks: readonly never[] } {
    return { start: this.from(node), end: this.tree.end(node) - this.anchor.base, locks: none };
  }

  /** The place of a variable, global or of this frame or one around it. */
  protected variablePlace(variable: Variable): Place | undefined {
    if (variable.global) {
      let place = this.shared.globals.get(variable.id);
      if (place === undefined) {
        place = new Place(new Root(variable.id, { name: variable.name, frame: "", declared: -1 }));
        this.shared.globals.set(variable.id, place);
      }
      return place;
    }
    return variable instanceof LocalVariable ? variable.place : undefined;
  }

  protected variableAt(node: Node): Variable | undefined {
    const entity = this.infer.entity(node);
    return entity?.kind === "var" ? entity : undefined;
  }

  /** Binds a declared variable to its first value. */
  protected bind(variable: Variable | undefined, value: Value): void {
    // What cannot lead to a map is never asked for what it holds.
    if (variable === undefined || isPlain(variable.type)) return;
    const place = this.variablePlace(variable);
    if (place === undefined) return;
    this.frame.assign(place.root);
    if (value.refs.length === 0) {
      place.root.origin = value.fresh ? "fresh" : "unknown";
      this.env.set(place.root, placed(value, [{ place, load: undefined }]));
      for (const [step, part] of value.parts ?? []) this.link(place.child(step), part);
      return;
    }
    if (this.#copies(variable, place, value)) return;
    const only = value.refs[0]?.place;
    // A result without a name of its own takes the variable's.
    if (only !== undefined && only.depth === 0 && only.root.origin === "call" && only.root.name === "")
      only.root.name = variable.name;
    this.env.set(place.root, value);
  }

  /** `c := *t`: a struct of its own, whose maps and pointers are those of `t` until they are replaced. */
  #copies(variable: Variable, place: Place, value: Value): boolean {
    const source = value.refs[0]?.place;
    if (value.refs.length !== 1 || source === undefined || source === place) return false;
    if (source.root.origin === "call" || underlying(variable.type).kind !== "struct") return false;
    place.root.origin = "fresh";
    this.frame.link(place, source);
    this.env.set(place.root, placed(value, [{ place, load: undefined }]));
    return true;
  }

  /** A field of a local value was given something that has a place of its own. */
  protected link(field: Place, value: Value): void {
    const only = value.refs[0]?.place;
    if (only === undefined || value.refs.length > 1 || only.root === field.root) return;
    this.frame.link(field, only);
    this.env.set(field, value);
  }

  // ---- places

  /** The value of a part of `value`. */
  protected part(value: Value, step: Step): Value {
    const first = value.refs[0];
    if (first === undefined) return nothing;
    if (value.refs.length === 1) {
      const place = first.place.child(step);
      const known = this.#replacement(first, place, step);
      return known === undefined ? new Value([partOf(first, place, step)], none, false) : plain(known);
    }
    const refs: Ref[] = [];
    let replaced: Value = nothing;
    for (const ref of value.refs) {
      const place = ref.place.child(step);
      const known = this.#replacement(ref, place, step);
      if (known !== undefined) replaced = merge(replaced, known);
      else refs.push(partOf(ref, place, step));
    }
    return merge(new Value(refs, none, false), replaced);
  }

  /** What a part was given, if it is no longer what it was. */
  #replacement(holder: Ref, place: Place, step: Step): Value | undefined {
    return this.env.get(place) ?? this.#anyElement(holder.place, step) ?? this.#copied(holder.place, place, step);
  }

  /** A part of a copied struct: that of the original, or a copy too. */
  #copied(holder: Place, part: Place, step: Step): Value | undefined {
    const source = this.frame.links.get(holder);
    if (source === undefined) return undefined;
    if (step.kind !== "field") return contentOf(step) === undefined ? undefined : this.part(at(source), step);
    if (step.shares) return this.part(at(source), step);
    if (!this.frame.links.has(part)) this.frame.link(part, source.child(step));
    return undefined;
  }

  /** What every element of a shallow copy is. */
  #anyElement(holder: Place, step: Step): Value | undefined {
    if (step.kind !== "elem" || contentOf(step) !== undefined) return undefined;
    return this.env.get(holder.child(someElement));
  }

  /** A local variable that is a key or value of a map. */
  protected operand(node: Node): void {
    const variable = this.tree.kind(node) === Kind.Ident ? this.variableAt(node) : undefined;
    const root = variable === undefined || variable.global ? undefined : this.variablePlace(variable)?.root;
    if (root !== undefined && root.param < 0) this.frame.operands.push(this.operandAt(root, node));
  }

  protected operandAt(root: Root, node: Node): Operand {
    const { start, end } = this.range(node);
    return { root, block: this.frame.current, index: this.frame.length, start, end };
  }

  /** Ways from a value to the maps in it. */
  protected within(type: Type, depth: Depth): ReturnType<typeof mapsWithin> {
    const found = mapsWithin(type, depth);
    for (const type of found.types) this.looksInto(type);
    return found;
  }

  /** A type that is declared here can change with this text alone. */
  protected looksInto(type: string): void {
    if (!type.endsWith(".$") && this.shared.calls.of(type).isSource) this.shared.layout.add(type);
  }

  /** May a value of the type lead to a map? */
  protected carriesMap(type: Type): boolean {
    return this.within(type, "all").maps.length > 0;
  }

  protected isMap(type: Type): boolean {
    return underlying(type).kind === "map" || (type.kind === "pointer" && underlying(type.elem).kind === "map");
  }

  protected access(kind: AccessKind, value: Value, node: Node, from = node): void {
    const start = this.from(from);
    const { end } = this.range(node);
    for (const ref of value.refs) {
      this.frame.emit(accessOf({ kind, place: ref.place, load: ref.load }, { start, end, locks: none }));
    }
  }

  /** `value` as read into a variable: later uses of it know where it was fetched. */
  protected loaded(value: Value, node: Node): Value {
    if (value.refs.length === 0 || !this.isMap(this.infer.typeOf(node))) return value;
    const refs = mapped(value.refs, (ref): Ref => {
      if (ref.load !== undefined || (ref.place.depth === 0 && ref.place.root.kind === "local")) return ref;
      const { start, end, locks } = this.range(node);
      const load: Load = { start, end, locks, anchor: this.anchor };
      this.frame.emit(accessOf({ kind: "load", place: ref.place, load }, { start, end, locks: none }));
      return { place: ref.place, load };
    });
    return placed(value, refs);
  }

  protected publish(value: Value, node: Node, into: readonly Place[]): void {
    for (const ref of value.refs) {
      if (ref.place.root.kind !== "local" || ref.place.depth > 0) continue;
      this.frame.emit(publishOf(ref.place.root, into, this.range(node)));
    }
  }

  protected global(place: Place): Value {
    return at(place);
  }

  /** The type behind one pointer, for selectors and indexes. */
  protected target(node: Node): Type {
    return deref(this.infer.typeOf(node));
  }

  protected isBlank(node: Node): boolean {
    return this.tree.kind(node) === Kind.Ident && this.tree.name(node) === "_";
  }
}

function partOf({ load }: Ref, place: Place, step: Step): Ref {
  return { place, load: place.depth > 0 && load !== undefined && !sameValue(step) ? undefined : load };
}

/** The value without what is known of literals alone. */
function plain(value: Value): Value {
  const { refs, targets, fresh, parts, flag } = value;
  return parts === undefined && flag === undefined ? value : new Value(refs, targets, fresh);
}

function sameValue(step: Step): boolean {
  return contentOf(step) !== undefined;
}

function merge(a: Value, b: Value): Value {
  if (b === nothing) return a;
  return new Value([...a.refs, ...b.refs], [...a.targets, ...b.targets], a.fresh || b.fresh);
}
