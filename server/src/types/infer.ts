import { NodeMap } from "../syntax/nodes.ts";
import { Tok } from "../syntax/token.ts";
import { Kind, type Node } from "../syntax/tree.ts";
import { lookup } from "./lookup.ts";
import { resolveType, signature, typeAt } from "./resolve.ts";
import { basics, boolType, type Context, type Entity, intType, stringType, untyped } from "./scope.ts";
import { bind, substitute, underlying, unify } from "./substitute.ts";
import {
  ArrayOf,
  deref,
  Pointer,
  pointerTo,
  type Selection,
  type Signature,
  Slice,
  Tuple,
  type Type,
  unknown,
} from "./type.ts";

/** What is known of the expressions of one function. */
class Known {
  readonly types = new NodeMap<Type>();
  readonly selections = new NodeMap<Selection | null>();
  /** What identifiers and qualified names stand for. */
  readonly named = new NodeMap<Entity | null>();
  readonly results = new NodeMap<readonly Type[]>();

  clear(): void {
    for (const one of [this.types, this.selections, this.named, this.results]) one.clear();
  }
}

/** Of functions that are done with. */
const spare: Known[] = [];

/** The type of one expression. */
export function typeIn(context: Context, node: Node): Type {
  const infer = new Infer(context);
  const type = infer.typeOf(node);
  infer.finish();
  return type;
}

/**
 * Types of expressions. One instance serves one function; an expression is looked at once, when the names in
 * force at its place are those of `context.scope`.
 */
export class Infer {
  context: Context;
  #known: Known | undefined;

  constructor(context: Context) {
    this.context = context;
  }

  /** Nobody asks any more: what was found out is forgotten, and its room is used again. */
  finish(): void {
    if (this.#known === undefined) return;
    this.#known.clear();
    spare.push(this.#known);
    this.#known = undefined;
  }

  get #all(): Known {
    this.#known ??= spare.pop() ?? new Known();
    return this.#known;
  }

  /** Fixes the type of a node that cannot be read off it: the elided type of an inner composite literal. */
  assume(node: Node, type: Type): void {
    this.#all.types.set(node, type);
  }

  typeOf(node: Node): Type {
    if (node === 0) return unknown;
    const known = this.#all.types.get(node);
    if (known !== undefined) return known;
    // Cyclic only in broken code; unknown ends the cycle.
    this.#all.types.set(node, unknown);
    const type = this.#type(node);
    this.#all.types.set(node, type);
    return type;
  }

  /** The type an expression denotes, undefined where it is a value. */
  typeExpression(node: Node): Type | undefined {
    const kind = this.context.tree.kind(node);
    if (kind !== Kind.Ident && kind !== Kind.SelectorExpr)
      return resolveType(this.context, node, `${this.context.pkg}.$`);
    const entity = this.#entityOf(node);
    return entity?.kind === "type" ? entity.type : undefined;
  }

  /** What a plain or package-qualified name stands for. */
  entity(node: Node): Entity | undefined {
    const { tree } = this.context;
    const at = tree.unparen(node);
    if (tree.kind(at) === Kind.IndexExpr || tree.kind(at) === Kind.IndexListExpr) {
      const entity = this.entity(tree.child(at));
      return entity?.kind === "func" || entity?.kind === "type" ? entity : undefined;
    }
    return this.#entityOf(at);
  }

  #entityOf(node: Node): Entity | undefined {
    const known = this.#all.named.get(node);
    if (known !== undefined) return known ?? undefined;
    const entity = this.#find(node);
    this.#all.named.set(node, entity ?? null);
    return entity;
  }

  #find(node: Node): Entity | undefined {
    const { tree, scope } = this.context;
    const kind = tree.kind(node);
    if (kind === Kind.Ident) return scope.lookup(tree.atom(node));
    const x = kind === Kind.SelectorExpr ? tree.child(node) : 0;
    if (x === 0 || tree.kind(x) !== Kind.Ident) return undefined;
    const entity = this.#entityOf(x);
    return entity?.kind === "package" ? entity.view?.lookup(tree.atom(tree.next(x))) : undefined;
  }

  /** Import path of the package that a selector's left side names. */
  packageOf(node: Node): string | undefined {
    if (this.context.tree.kind(node) !== Kind.Ident) return undefined;
    const entity = this.#entityOf(node);
    return entity?.kind === "package" ? entity.path : undefined;
  }

  /** What `x.name` selects; undefined for qualified names and what cannot be resolved. */
  selection(node: Node): Selection | undefined {
    const known = this.#all.selections.get(node);
    if (known !== undefined) return known ?? undefined;
    const { tree } = this.context;
    const x = tree.child(node);
    let selection: Selection | undefined;
    if (this.packageOf(x) === undefined) {
      const type = this.typeExpression(x) ?? this.typeOf(x);
      if (type.kind !== "unknown") selection = lookup(type, tree.name(tree.next(x)));
    }
    this.#all.selections.set(node, selection ?? null);
    return selection;
  }

  #type(node: Node): Type {
    const { tree } = this.context;
    const first = tree.child(node);
    switch (tree.kind(node)) {
      case Kind.Ident:
        return entityType(this.entity(node));
      case Kind.BasicLit:
        return literalType(tree.tok(node));
      case Kind.CompositeLit:
        return (tree.flags(node) & 1) === 0 ? unknown : typeAt(this.context, first, `${this.context.pkg}.$`);
      case Kind.FuncLit:
        return signature(this.context, first, `${this.context.pkg}.$`);
      case Kind.ParenExpr:
        return this.typeOf(first);
      case Kind.SelectorExpr:
        if (this.packageOf(first) !== undefined) return entityType(this.entity(node));
        return this.selection(node)?.type ?? unknown;
      case Kind.IndexExpr:
      case Kind.IndexListExpr:
        return this.#index(first, node);
      case Kind.SliceExpr: {
        const type = this.typeOf(first);
        const base = underlying(deref(type));
        return base.kind === "array" ? new Slice(base.elem) : type;
      }
      case Kind.TypeAssertExpr:
        return tree.flags(node) === 0 ? this.typeOf(first) : typeAt(this.context, tree.next(first), "");
      case Kind.CallExpr: {
        const results = this.callResults(node);
        return results.length === 1 ? (results[0] ?? unknown) : new Tuple(results);
      }
      case Kind.StarExpr: {
        const base = underlying(this.typeOf(first));
        return base.kind === "pointer" ? base.elem : unknown;
      }
      case Kind.UnaryExpr:
        return this.#unary(tree.tok(node), first);
      case Kind.BinaryExpr:
        return this.#binary(tree.tok(node), first, tree.next(first));
      default:
        return unknown;
    }
  }

  #index(x: Node, node: Node): Type {
    const { tree } = this.context;
    const type = this.typeOf(x);
    if (type.kind === "func") {
      const args: Type[] = [];
      for (let arg = tree.next(x); arg !== 0; arg = tree.next(arg)) args.push(typeAt(this.context, arg, ""));
      return substitute(type, bind(type.typeParams, args));
    }
    return elementType(type, tree.kind(node) === Kind.IndexExpr);
  }

  #unary(op: Tok, x: Node): Type {
    const type = this.typeOf(x);
    switch (op) {
      case Tok.And:
        return pointerTo(type);
      case Tok.Arrow: {
        const base = underlying(type);
        return base.kind === "chan" ? base.elem : unknown;
      }
      case Tok.Not:
        return boolType;
      default:
        return type;
    }
  }

  #binary(op: Tok, x: Node, y: Node): Type {
    switch (op) {
      case Tok.Eql:
      case Tok.Neq:
      case Tok.Lss:
      case Tok.Leq:
      case Tok.Gtr:
      case Tok.Geq:
      case Tok.LAnd:
      case Tok.LOr:
        return boolType;
      default: {
        const left = this.typeOf(x);
        if (op === Tok.Shl || op === Tok.Shr || left.kind !== "basic" || !left.untyped) return left;
        const right = this.typeOf(y);
        return right.kind === "unknown" ? left : right;
      }
    }
  }

  /** Result types of a call or conversion. */
  callResults(node: Node): readonly Type[] {
    const known = this.#all.results.get(node);
    if (known !== undefined) return known;
    const results = this.#callResults(node);
    this.#all.results.set(node, results);
    return results;
  }

  #callResults(node: Node): readonly Type[] {
    const { tree } = this.context;
    const fun = tree.unparen(tree.child(node));
    const converted = this.typeExpression(fun);
    if (converted !== undefined) return [converted];
    const entity = tree.kind(fun) === Kind.Ident ? this.#entityOf(fun) : undefined;
    if (entity?.kind === "builtin") return this.#builtin(entity.name, tree.next(tree.child(node)));
    const type = underlying(this.typeOf(fun));
    if (type.kind !== "func") return [unknown];
    if (type.typeParams.length === 0) return type.results;
    const bindings = this.#inferArguments(type, node);
    return type.results.map((result) => substitute(result, bindings));
  }

  #inferArguments(type: Signature, call: Node): Map<Signature["typeParams"][number], Type> {
    const { tree } = this.context;
    const found = new Map<Signature["typeParams"][number], Type>();
    const wanted = new Set(type.typeParams);
    let index = 0;
    for (let arg = tree.next(tree.child(call)); arg !== 0; arg = tree.next(arg), index++) {
      let param = type.params[Math.min(index, type.params.length - 1)] ?? unknown;
      if (type.variadic && index >= type.params.length - 1 && tree.flags(call) === 0 && param.kind === "slice")
        param = param.elem;
      unify(param, this.typeOf(arg), wanted, found);
    }
    // A parameter known only through another one's constraint, as in `func Keys[M ~map[K]V, K, V](m M)`.
    for (const param of type.typeParams) {
      const bound = found.get(param);
      if (bound === undefined || param.constraint.kind !== "union") continue;
      for (const term of param.constraint.terms) unify(term, underlying(bound), wanted, found);
    }
    return found;
  }

  #builtin(name: string, first: Node): readonly Type[] {
    switch (name) {
      case "make":
        return [typeAt(this.context, first, `${this.context.pkg}.$`)];
      case "new": {
        // Since Go 1.26 the argument may be a value.
        const type = this.typeExpression(first) ?? this.typeOf(first);
        return [pointerTo(type)];
      }
      case "append":
      case "min":
      case "max":
        return [this.typeOf(first)];
      case "len":
      case "cap":
      case "copy":
        return [intType];
      case "recover":
        return [unknown];
      default:
        return [unknown];
    }
  }

  /** Types of the iteration variables of `range x`. */
  rangeTypes(x: Node): readonly [Type, Type] {
    const type = this.typeOf(x);
    const base = underlying(type);
    switch (base.kind) {
      case "map":
        return [base.key, base.elem];
      case "slice":
      case "array":
        return [intType, base.elem];
      case "pointer": {
        const inner = underlying(base.elem);
        return inner.kind === "array" ? [intType, inner.elem] : [unknown, unknown];
      }
      case "chan":
        return [base.elem, unknown];
      case "func": {
        const yielded = base.params[0] === undefined ? unknown : underlying(base.params[0]);
        return yielded.kind === "func"
          ? [yielded.params[0] ?? unknown, yielded.params[1] ?? unknown]
          : [unknown, unknown];
      }
      case "basic":
        return base.name === "string" ? [intType, basics.get("rune") ?? unknown] : [type, unknown];
      default:
        return [unknown, unknown];
    }
  }
}

/** Type of `x[i]` for values. */
export function elementType(type: Type, single: boolean): Type {
  const base = underlying(type);
  if (!single) return unknown;
  switch (base.kind) {
    case "map":
    case "slice":
    case "array":
      return base.elem;
    case "pointer": {
      const inner = underlying(base.elem);
      return inner instanceof ArrayOf ? inner.elem : unknown;
    }
    case "basic":
      return base.name === "string" ? (basics.get("byte") ?? unknown) : unknown;
    default:
      return unknown;
  }
}

function entityType(entity: Entity | undefined): Type {
  switch (entity?.kind) {
    case "var":
    case "const":
    case "func":
      return entity.type;
    case "nil":
      return untyped.get("nil") ?? unknown;
    default:
      return unknown;
  }
}

function literalType(tok: Tok): Type {
  switch (tok) {
    case Tok.Int:
      return untyped.get("int") ?? unknown;
    case Tok.Float:
      return untyped.get("float64") ?? unknown;
    case Tok.Imag:
      return untyped.get("complex128") ?? unknown;
    case Tok.Char:
      return untyped.get("rune") ?? unknown;
    default:
      return stringType;
  }
}

/** Element type of a composite literal's values, for literals whose own type is left out. */
export function literalElement(type: Type): { key: Type; value: Type } {
  const base = underlying(deref(type));
  switch (base.kind) {
    case "map":
      return { key: base.key, value: base.elem };
    case "slice":
    case "array":
      return { key: intType, value: base.elem };
    default:
      return { key: unknown, value: unknown };
  }
}

/** Is the value itself the pointer's target type, as in `[]*T{{...}}`? */
export function isPointer(type: Type): boolean {
  return type instanceof Pointer;
}
