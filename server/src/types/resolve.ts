import { none } from "../base/lists.ts";
import { Tok } from "../syntax/token.ts";
import { Kind, type Node } from "../syntax/tree.ts";
import { type Context, inScope, Scope } from "./scope.ts";
import { instantiate } from "./substitute.ts";
import {
  ArrayOf,
  Chan,
  Field,
  Interface,
  MapOf,
  Pointer,
  Signature,
  Slice,
  Struct,
  type Type,
  TypeParam,
  Union,
  unknown,
} from "./type.ts";

/** The type a type expression denotes, undefined where the expression is no type. `hint` names what is declared with it. */
export function resolveType(context: Context, node: Node, hint: string): Type | undefined {
  const { tree, scope } = context;
  switch (tree.kind(node)) {
    case Kind.Ident: {
      const entity = scope.lookup(tree.atom(node));
      return entity?.kind === "type" ? entity.type : undefined;
    }
    case Kind.SelectorExpr: {
      const x = tree.child(node);
      if (tree.kind(x) !== Kind.Ident) return undefined;
      const entity = scope.lookup(tree.atom(x));
      if (entity?.kind !== "package") return undefined;
      const member = entity.view?.lookup(tree.atom(tree.next(x)));
      return member?.kind === "type" ? member.type : undefined;
    }
    case Kind.ParenExpr:
      return resolveType(context, tree.child(node), hint);
    case Kind.StarExpr: {
      const elem = resolveType(context, tree.child(node), hint);
      return elem === undefined ? undefined : new Pointer(elem);
    }
    case Kind.IndexExpr:
    case Kind.IndexListExpr:
      return instance(context, node, hint);
    case Kind.ArrayType: {
      if (tree.flags(node) === 0) return new Slice(typeAt(context, tree.child(node), hint));
      return new ArrayOf(typeAt(context, tree.nth(node, 1), hint), arrayLength(context, tree.child(node)));
    }
    case Kind.Ellipsis:
      return new Slice(typeAt(context, tree.child(node), hint));
    case Kind.MapType:
      return new MapOf(typeAt(context, tree.child(node), hint), typeAt(context, tree.nth(node, 1), hint));
    case Kind.ChanType:
      return new Chan(typeAt(context, tree.child(node), hint));
    case Kind.StructType:
      return structType(context, node, hint);
    case Kind.InterfaceType:
      return interfaceType(context, node, hint);
    case Kind.FuncType:
      return signature(context, node, hint);
    case Kind.BinaryExpr: {
      if (tree.tok(node) !== Tok.Or) return undefined;
      const left = resolveType(context, tree.child(node), hint);
      if (left === undefined) return undefined;
      const right = typeAt(context, tree.nth(node, 1), hint);
      return new Union(left.kind === "union" ? [...left.terms, right] : [left, right]);
    }
    case Kind.UnaryExpr:
      return tree.tok(node) === Tok.Tilde ? new Union([typeAt(context, tree.child(node), hint)]) : undefined;
    default:
      return undefined;
  }
}

/** Like `resolveType`, unknown instead of undefined. */
export function typeAt(context: Context, node: Node, hint: string): Type {
  return node === 0 ? unknown : (resolveType(context, node, hint) ?? unknown);
}

function instance(context: Context, node: Node, hint: string): Type | undefined {
  const { tree } = context;
  const x = tree.child(node);
  const kind = tree.kind(x);
  if (kind !== Kind.Ident && kind !== Kind.SelectorExpr) return undefined;
  const base = resolveType(context, x, hint);
  if (base === undefined) return undefined;
  if (base.kind !== "named") return unknown;
  const args: Type[] = [];
  for (let arg = tree.next(x); arg !== 0; arg = tree.next(arg)) args.push(typeAt(context, arg, hint));
  return instantiate(base.origin, args);
}

function structType(context: Context, node: Node, hint: string): Type {
  const { tree } = context;
  const fields: Field[] = [];
  for (const field of tree.children(tree.child(node))) {
    const names = tree.flags(field) >> 1;
    const type = tree.nth(field, names);
    const tag = (tree.flags(field) & 1) === 0 ? "" : tree.text(tree.last(field));
    if (names === 0) {
      const name = embeddedName(context, type);
      fields.push(new Field(name, `${hint}.${name}`, true, () => typeAt(context, type, `${hint}.${name}`), tag));
      continue;
    }
    let one = tree.child(field);
    for (let i = 0; i < names; i++, one = tree.next(one)) {
      const name = tree.name(one);
      fields.push(new Field(name, `${hint}.${name}`, false, () => typeAt(context, type, `${hint}.${name}`), tag));
    }
  }
  return new Struct(hint, fields);
}

function embeddedName(context: Context, type: Node): string {
  const { tree } = context;
  switch (tree.kind(type)) {
    case Kind.Ident:
      return tree.name(type);
    case Kind.SelectorExpr:
      return tree.name(tree.nth(type, 1));
    case Kind.StarExpr:
    case Kind.ParenExpr:
    case Kind.IndexExpr:
    case Kind.IndexListExpr:
      return embeddedName(context, tree.child(type));
    default:
      return "";
  }
}

function interfaceType(context: Context, node: Node, hint: string): Type {
  const { tree } = context;
  const own = new Map<string, () => Type>();
  const embedded: Node[] = [];
  for (const field of tree.children(tree.child(node))) {
    if (tree.flags(field) >> 1 === 0) embedded.push(tree.child(field));
    else
      own.set(
        tree.name(tree.child(field)),
        lazy(() => typeAt(context, tree.nth(field, 1), hint)),
      );
  }
  return new Interface(
    own,
    lazy(() => embedded.map((one) => typeAt(context, one, hint))),
  );
}

function lazy<T>(load: () => T): () => T {
  let value: T | undefined;
  return () => {
    value ??= load();
    return value;
  };
}

/** Type parameters of a list, declared in `scope`. */
export function typeParams(context: Context, list: Node, hint: string): TypeParam[] {
  const { tree, scope } = context;
  const params: TypeParam[] = [];
  for (const field of tree.children(list)) {
    const names = tree.flags(field) >> 1;
    const constraint = tree.nth(field, names);
    let one = tree.child(field);
    for (let i = 0; i < names; i++, one = tree.next(one)) {
      const param = new TypeParam(tree.name(one), () => typeAt(context, constraint, hint));
      scope.declare(tree.atom(one), { kind: "type", type: param });
      params.push(param);
    }
  }
  return params;
}

/** Types of a parameter or result list, one per parameter. */
export function fieldTypes(context: Context, list: Node, hint: string): { types: readonly Type[]; variadic: boolean } {
  const { tree } = context;
  const types: Type[] = [];
  let variadic = false;
  for (const field of tree.children(list)) {
    const names = tree.flags(field) >> 1;
    const node = tree.nth(field, names);
    const type = typeAt(context, node, hint);
    variadic = tree.kind(node) === Kind.Ellipsis;
    for (let i = 0; i < Math.max(1, names); i++) types.push(type);
  }
  // They are kept, and a list that has grown has room for more than it holds.
  return { types: types.length === 0 ? none : types.slice(), variadic };
}

/** The signature of a FuncType node. */
export function signature(context: Context, node: Node, hint: string): Signature {
  const { tree } = context;
  const flags = tree.flags(node);
  let at = tree.child(node);
  let inner = context;
  let parameters: TypeParam[] = [];
  if ((flags & 1) !== 0) {
    inner = inScope(context, new Scope(context.scope));
    parameters = typeParams(inner, at, hint);
    at = tree.next(at);
  }
  const { types, variadic } = fieldTypes(inner, at, hint);
  const results = (flags & 2) === 0 ? none : fieldTypes(inner, tree.next(at), hint).types;
  return new Signature(types, results, variadic, parameters);
}

/** A length that is a literal or a constant with a literal value. */
function arrayLength({ tree, scope }: Context, node: Node): number | undefined {
  if (tree.kind(node) === Kind.Ident) {
    const entity = scope.lookup(tree.atom(node));
    return entity?.kind === "const" ? entity.value : undefined;
  }
  const length = tree.kind(node) === Kind.BasicLit ? Number(tree.text(node).replaceAll("_", "")) : Number.NaN;
  return Number.isInteger(length) ? length : undefined;
}
