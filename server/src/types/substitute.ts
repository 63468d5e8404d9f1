import { mapped } from "../base/lists.ts";
import {
  ArrayOf,
  Chan,
  Field,
  Interface,
  MapOf,
  Named,
  Pointer,
  Signature,
  Slice,
  Struct,
  Tuple,
  type Type,
  type TypeParam,
  Union,
  unknown,
} from "./type.ts";

type Bindings = ReadonlyMap<TypeParam, Type>;

/** `type` with its type parameters replaced. */
export function substitute(type: Type, bindings: Bindings): Type {
  if (bindings.size === 0) return type;
  const sub = (inner: Type) => substitute(inner, bindings);
  switch (type.kind) {
    case "typeparam":
      return bindings.get(type) ?? type;
    case "pointer": {
      const elem = sub(type.elem);
      return elem === type.elem ? type : new Pointer(elem);
    }
    case "slice": {
      const elem = sub(type.elem);
      return elem === type.elem ? type : new Slice(elem);
    }
    case "array": {
      const elem = sub(type.elem);
      return elem === type.elem ? type : new ArrayOf(elem, type.length);
    }
    case "chan": {
      const elem = sub(type.elem);
      return elem === type.elem ? type : new Chan(elem);
    }
    case "map": {
      const key = sub(type.key);
      const elem = sub(type.elem);
      return key === type.key && elem === type.elem ? type : new MapOf(key, elem);
    }
    case "tuple":
      return new Tuple(mapped(type.members, sub));
    case "union":
      return new Union(mapped(type.terms, sub));
    case "func":
      return new Signature(mapped(type.params, sub), mapped(type.results, sub), type.variadic, type.typeParams);
    case "struct":
      return new Struct(
        type.key,
        type.fields.map((field) => new Field(field.name, field.key, field.embedded, () => sub(field.type), field.tag)),
      );
    case "interface": {
      const own = new Map([...type.own].map(([name, load]) => [name, () => sub(load())]));
      return new Interface(own, () => mapped(type.embedded(), sub));
    }
    case "named":
      return type.args.length === 0 ? type : instantiate(type.origin, mapped(type.args, sub));
    default:
      return type;
  }
}

/** The instance of a generic type; equal arguments give the same object where they are the same objects. */
export function instantiate(origin: Named, args: readonly Type[]): Named {
  const key = args.map((arg) => arg.id).join(",");
  origin.instances ??= new Map();
  let instance = origin.instances.get(key);
  if (instance === undefined) {
    instance = new Named(origin.pkg, origin.name, origin.source, origin, args);
    // Polymorphic recursion would make instances without end.
    if (origin.instances.size < 500) origin.instances.set(key, instance);
  }
  return instance;
}

export function bindingsOf(named: Named): Bindings {
  if (named.args.length === 0) return new Map();
  return bind(named.source.typeParams(), named.args);
}

export function bind(params: readonly TypeParam[], args: readonly Type[]): Map<TypeParam, Type> {
  const bindings = new Map<TypeParam, Type>();
  for (const [index, param] of params.entries()) {
    const arg = args[index];
    if (arg !== undefined) bindings.set(param, arg);
  }
  return bindings;
}

/** Behind names: what the type is made of. A type parameter stands for its constraint's single type, if it has one. */
export function underlying(type: Type): Type {
  let current = type;
  for (let hops = 0; hops < 20; hops++) {
    if (current.kind === "named") {
      if (current.cached === undefined) {
        if (current.loading) return unknown;
        current.loading = true;
        const base = current.source.underlying();
        current.cached = substitute(base, bindingsOf(current));
        current.loading = false;
      }
      current = current.cached;
    } else if (current.kind === "typeparam") {
      current = coreType(current.constraint, 0);
    } else {
      return current;
    }
  }
  return unknown;
}

function coreType(constraint: Type, depth: number): Type {
  if (depth > 5) return unknown;
  if (constraint.kind === "union") {
    const first = constraint.terms[0];
    if (first === undefined) return unknown;
    const core = underlying(first);
    return constraint.terms.every((term) => underlying(term).kind === core.kind) ? core : unknown;
  }
  const base = constraint.kind === "named" ? underlying(constraint) : constraint;
  if (base.kind !== "interface") return base;
  for (const embedded of base.embedded()) {
    const core = coreType(embedded, depth + 1);
    if (core.kind !== "unknown" && core.kind !== "interface") return core;
  }
  return base.own.size > 0 ? base : unknown;
}

/** Finds type arguments: fits `param` (which holds type parameters) to `arg`. */
export function unify(
  param: Type,
  arg: Type,
  wanted: ReadonlySet<TypeParam>,
  found: Map<TypeParam, Type>,
  depth = 0,
): void {
  if (depth > 10 || arg.kind === "unknown") return;
  if (param.kind === "typeparam") {
    if (wanted.has(param) && !found.has(param)) found.set(param, arg);
    return;
  }
  const next = (a: Type, b: Type) => unify(a, b, wanted, found, depth + 1);
  if (param.kind === "named") {
    if (arg.kind === "named" && arg.origin === param.origin) {
      for (const [index, one] of param.args.entries()) next(one, arg.args[index] ?? unknown);
    }
    return;
  }
  const other = arg.kind === "named" ? underlying(arg) : arg;
  if (param.kind === "map" && other.kind === "map") {
    next(param.key, other.key);
    next(param.elem, other.elem);
  } else if (param.kind === "func" && other.kind === "func") {
    for (const [index, one] of param.params.entries()) next(one, other.params[index] ?? unknown);
    for (const [index, one] of param.results.entries()) next(one, other.results[index] ?? unknown);
  } else if (
    (param.kind === "pointer" && other.kind === "pointer") ||
    (param.kind === "slice" && other.kind === "slice") ||
    (param.kind === "array" && other.kind === "array") ||
    (param.kind === "chan" && other.kind === "chan")
  ) {
    next(param.elem, other.elem);
  }
}
