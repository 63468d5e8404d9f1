import type { GoFile, PackageFiles } from "../packages/load.ts";
import { declareTheSame } from "../syntax/surface.ts";
import { atoms, Tok } from "../syntax/token.ts";
import { Kind, type Node, type Tree } from "../syntax/tree.ts";
import { typeIn } from "./infer.ts";
import { FileNames, type Importer } from "./names.ts";
import { resolveType, signature, typeAt, typeParams } from "./resolve.ts";
import {
  type Atom,
  basics,
  type Constant,
  type Context,
  type Entity,
  type Func,
  inScope,
  type PackageView,
  Scope,
  universe,
  untyped,
  Variable,
} from "./scope.ts";
import { underlying } from "./substitute.ts";
import { type Method, Named, type Type, type TypeParam, unknown } from "./type.ts";

/** A function declaration with a body or without. */
export interface FuncDecl {
  readonly id: string;
  readonly name: string;
  file: GoFile;
  node: Node;
  readonly receiver: Named | undefined;
  readonly pointer: boolean;
}

/** A package's declared names. Nothing is typed until asked for, and bodies are never looked at. */
export class Package implements PackageView {
  readonly path: string;
  readonly name: string;
  readonly dir: string;
  files: readonly GoFile[];
  functions: FuncDecl[] = [];
  /** Variable declarations with initializers, in source order. */
  initializers: { file: GoFile; spec: Node }[] = [];
  readonly #types = new Map<Atom, Named>();
  readonly #typeNames: Atom[] = [];
  readonly #scope: Scope;
  readonly #entities = new Map<Atom, () => Entity>();
  readonly #made = new Map<Atom, Entity>();
  readonly #methods = new Map<string, FuncDecl[]>();
  readonly #methodSets = new Map<string, ReadonlyMap<string, Method>>();
  readonly #contexts = new Map<Tree, Context>();

  constructor(source: PackageFiles, importer: Importer) {
    this.path = source.path;
    this.name = source.name;
    this.dir = source.dir;
    this.files = source.files;
    this.#scope = new Scope(universe, (name) => this.lookup(name));
    const own = {
      declares: (name: Atom) => this.#entities.has(name),
      lookup: (name: Atom) => this.#scope.lookup(name),
    };
    for (const file of source.files) {
      const names = new FileNames(file.tree, source.dir, importer, own);
      const scope = new Scope(this.#scope, (name) => names.lookup(name));
      this.#contexts.set(file.tree, { tree: file.tree, scope, pkg: source.path });
    }
    for (const file of source.files) this.#collect(file);
  }

  /** Declared types by name, the local ones left out. */
  get types(): ReadonlyMap<string, Named> {
    for (const name of this.#typeNames) this.lookup(name);
    // In the order of the source, not in that in which somebody came to ask for them.
    return new Map(
      this.#typeNames.flatMap((name) => {
        const type = this.#types.get(name);
        return type === undefined ? [] : [[atoms.text(name), type] as const];
      }),
    );
  }

  lookup(name: Atom): Entity | undefined {
    const known = this.#made.get(name);
    if (known !== undefined) return known;
    const make = this.#entities.get(name);
    if (make === undefined) return undefined;
    const entity = make();
    this.#made.set(name, entity);
    return entity;
  }

  /** The names in force at the top level of a file. */
  context(file: GoFile): Context {
    return this.#contexts.get(file.tree) ?? { tree: file.tree, scope: this.#scope, pkg: this.path };
  }

  /**
   * Takes a file's new text, when nothing but function bodies, comments and layout changed. The declarations keep the identity that other
   * packages and facts refer to. Returns false where declarations differ and the package must be made anew.
   */
  updateBodies(old: GoFile, next: GoFile): boolean {
    const before = this.functions.filter((one) => one.file === old);
    const nodes = next.tree.children(next.tree.root).filter((node) => next.tree.kind(node) === Kind.FuncDecl);
    if (before.length !== nodes.length || old.generated !== next.generated) return false;
    if (!sameBytes(declarationText(old), declarationText(next)) && !declareTheSame(old.tree, next.tree)) return false;
    const { scope, pkg } = this.context(old);
    this.#contexts.set(next.tree, { tree: next.tree, scope, pkg });
    this.files = this.files.map((file) => (file === old ? next : file));
    const moved = new Map(before.map((one, index) => [one, nodes[index] ?? 0]));
    for (const one of before) {
      one.node = moved.get(one) ?? 0;
      one.file = next;
    }
    const specs = initializerSpecs(next.tree);
    const kept = this.initializers.filter((one) => one.file !== old);
    this.initializers = [...kept, ...specs.map((spec) => ({ file: next, spec }))];
    return true;
  }

  #collect(file: GoFile): void {
    const { tree } = file;
    const context = this.context(file);
    for (const declaration of tree.children(tree.root)) {
      if (tree.kind(declaration) === Kind.FuncDecl) this.#function(file, context, declaration);
      if (tree.kind(declaration) !== Kind.GenDecl) continue;
      const tok = tree.tok(declaration);
      let previous: Node = 0;
      for (const spec of tree.children(declaration)) {
        if (tok === Tok.Type) this.#typeSpec(context, spec);
        else if (tok === Tok.Var) this.#varSpec(file, context, spec);
        else if (tok === Tok.Const) {
          if (tree.nth(spec, tree.flags(spec) >> 1) !== 0) previous = spec;
          this.#constSpec(context, spec, previous);
        }
      }
    }
  }

  #function(file: GoFile, context: Context, node: Node): void {
    const { tree } = file;
    const hasReceiver = (tree.flags(node) & 1) !== 0;
    const nameNode = tree.nth(node, hasReceiver ? 1 : 0);
    const name = tree.name(nameNode);
    const type = tree.next(nameNode);
    if (!hasReceiver) {
      // Any number of functions may be called init or _.
      const id =
        name === "init" || name === "_"
          ? `${this.path}.${name}@${fileName(file)}:${this.functions.length}`
          : `${this.path}.${name}`;
      this.functions.push({ id, name, file, node, receiver: undefined, pointer: false });
      if (name !== "init" && name !== "_") {
        this.#entities.set(tree.atom(nameNode), () => new LazyFunc(id, name, () => signature(context, type, id)));
      }
      return;
    }
    const field = tree.child(tree.child(node));
    let receiver = field === 0 ? 0 : tree.nth(field, tree.flags(field) >> 1);
    let pointer = false;
    while (tree.kind(receiver) === Kind.ParenExpr || tree.kind(receiver) === Kind.StarExpr) {
      pointer ||= tree.kind(receiver) === Kind.StarExpr;
      receiver = tree.child(receiver);
    }
    if (tree.kind(receiver) === Kind.IndexExpr || tree.kind(receiver) === Kind.IndexListExpr)
      receiver = tree.child(receiver);
    const typeName = tree.name(receiver);
    const atom = tree.atom(receiver);
    const id = `${this.path}.(${typeName}).${name}`;
    const declaration = new MethodDecl({ id, name, file, node, pointer }, () => this.#named(atom));
    this.functions.push(declaration);
    const list = this.#methods.get(typeName);
    if (list === undefined) this.#methods.set(typeName, [declaration]);
    else list.push(declaration);
  }

  #named(name: Atom): Named | undefined {
    const entity = this.lookup(name);
    return entity?.kind === "type" && entity.type.kind === "named" ? entity.type : undefined;
  }

  #typeSpec(context: Context, spec: Node): void {
    const { tree } = context;
    const nameNode = tree.child(spec);
    const name = tree.atom(nameNode);
    this.#typeNames.push(name);
    this.#entities.set(name, () => {
      const id = `${this.path}.${atoms.text(name)}`;
      const type = declaredType(context, spec, id, (named) => this.#methodSet(named));
      if (type.kind === "named" && type.pkg === this.path) this.#types.set(name, type);
      return { kind: "type", type };
    });
  }

  #methodSet(named: Named): ReadonlyMap<string, Method> {
    const known = this.#methodSets.get(named.name);
    if (known !== undefined) return known;
    const set = new Map<string, Method>();
    this.#methodSets.set(named.name, set);
    for (const declaration of this.#methods.get(named.name) ?? []) {
      set.set(declaration.name, new LazyMethod(declaration, named, this));
    }
    return set;
  }

  #varSpec(file: GoFile, context: Context, spec: Node): void {
    const { tree } = context;
    const flags = tree.flags(spec);
    const names = flags >> 1;
    const typeNode = (flags & 1) === 0 ? 0 : tree.nth(spec, names);
    const values = tree.children(spec).slice(names + (flags & 1));
    if (values.length > 0) this.initializers.push({ file, spec });
    let node = tree.child(spec);
    for (let index = 0; index < names; index++, node = tree.next(node)) {
      const name = tree.name(node);
      if (name === "_") continue;
      const at = index;
      this.#entities.set(tree.atom(node), () => {
        const id = `${this.path}.${name}`;
        return new Variable(name, id, true, () => {
          if (typeNode !== 0) return typeAt(context, typeNode, id);
          return valueType(context, values, at, names);
        });
      });
    }
  }

  #constSpec(context: Context, spec: Node, values: Node): void {
    const { tree } = context;
    const names = tree.flags(spec) >> 1;
    let node = tree.child(spec);
    for (let index = 0; index < names; index++, node = tree.next(node)) {
      const at = index;
      this.#entities.set(tree.atom(node), () => constant(context, values, at));
    }
  }
}

/** Everything outside function bodies: what the rest of the program can see of a file. */
function declarationText(file: GoFile): Uint8Array {
  const { tree } = file;
  const text = new Uint8Array(tree.src.length);
  let used = 0;
  let from = 0;
  const take = (start: number, end: number) => {
    text.set(tree.src.subarray(start, end), used);
    used += end - start;
  };
  for (const node of tree.children(tree.root)) {
    if (tree.kind(node) !== Kind.FuncDecl || (tree.flags(node) & 2) === 0) continue;
    const body = tree.last(node);
    take(from, tree.start(body));
    from = tree.end(body);
  }
  take(from, tree.src.length);
  return text.subarray(0, used);
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

/** Variable specs of a file that have values. */
function initializerSpecs(tree: Tree): Node[] {
  const specs: Node[] = [];
  for (const declaration of tree.children(tree.root)) {
    if (tree.kind(declaration) !== Kind.GenDecl || tree.tok(declaration) !== Tok.Var) continue;
    for (const spec of tree.children(declaration)) {
      const flags = tree.flags(spec);
      if (tree.nth(spec, (flags >> 1) + (flags & 1)) !== 0) specs.push(spec);
    }
  }
  return specs;
}

function fileName(file: GoFile): string {
  return file.path.slice(file.path.lastIndexOf("/") + 1);
}

/** A function whose type is read when somebody asks. */
class LazyFunc implements Func {
  readonly kind = "func";
  readonly id: string;
  readonly name: string;
  readonly #load: () => Type;
  #type: Type | undefined;

  constructor(id: string, name: string, load: () => Type) {
    this.id = id;
    this.name = name;
    this.#load = load;
  }

  get type(): Type {
    this.#type ??= this.#load();
    return this.#type;
  }
}

/** A method whose receiver's type is looked up when somebody asks. */
class MethodDecl implements FuncDecl {
  readonly id: string;
  readonly name: string;
  file: GoFile;
  node: Node;
  readonly pointer: boolean;
  readonly #find: () => Named | undefined;

  constructor({ id, name, file, node, pointer }: Omit<FuncDecl, "receiver">, find: () => Named | undefined) {
    this.id = id;
    this.name = name;
    this.file = file;
    this.node = node;
    this.pointer = pointer;
    this.#find = find;
  }

  get receiver(): Named | undefined {
    return this.#find();
  }
}

/** A declared method of a type whose signature is read when somebody asks. */
class LazyMethod implements Method {
  readonly name: string;
  readonly id: string;
  readonly pointer: boolean;
  readonly #file: GoFile;
  readonly #node: Node;
  readonly #receiver: Named;
  readonly #pkg: Package;
  #signature: Type | undefined;

  constructor({ name, id, pointer, file, node }: FuncDecl, receiver: Named, pkg: Package) {
    this.name = name;
    this.id = id;
    this.pointer = pointer;
    this.#file = file;
    this.#node = node;
    this.#receiver = receiver;
    this.#pkg = pkg;
  }

  get signature(): Type {
    if (this.#signature === undefined) {
      const context = receiverContext(this.#pkg.context(this.#file), this.#node, this.#receiver);
      this.#signature = signature(context, this.#file.tree.nth(this.#node, 2), this.id);
    }
    return this.#signature;
  }
}

/** The type a TypeSpec declares; `methods` answers for the named type's own methods. */
export function declaredType(
  context: Context,
  spec: Node,
  key: string,
  methods: (named: Named) => ReadonlyMap<string, Method>,
): Type {
  const { tree } = context;
  const flags = tree.flags(spec);
  const nameNode = tree.child(spec);
  const list = (flags & 1) === 0 ? 0 : tree.next(nameNode);
  const body = tree.next(list === 0 ? nameNode : list);
  if ((flags & 2) !== 0 && list === 0) return resolveType(context, body, key) ?? unknown;
  const inner: Context = list === 0 ? context : inScope(context, new Scope(context.scope));
  let params: readonly TypeParam[] | undefined;
  const parameters = () => {
    params ??= list === 0 ? [] : typeParams(inner, list, key);
    return params;
  };
  const named: Named = new Named(context.pkg, key.slice(context.pkg.length + 1), {
    underlying: () => {
      parameters();
      const base = typeAt(inner, body, key);
      return base.kind === "named" ? underlying(base) : base;
    },
    typeParams: parameters,
    methods: () => methods(named),
  });
  return named;
}

/** The context of a method body: its receiver's type parameters have the names the receiver gives them. */
export function receiverContext(context: Context, node: Node, receiver: Named | undefined): Context {
  const { tree } = context;
  if (receiver === undefined) return context;
  const field = tree.child(tree.child(node));
  if (field === 0) return context;
  let type = tree.nth(field, tree.flags(field) >> 1);
  while (tree.kind(type) === Kind.ParenExpr || tree.kind(type) === Kind.StarExpr) type = tree.child(type);
  if (tree.kind(type) !== Kind.IndexExpr && tree.kind(type) !== Kind.IndexListExpr) return context;
  const scope = new Scope(context.scope);
  const params = receiver.source.typeParams();
  let arg = tree.next(tree.child(type));
  for (let index = 0; arg !== 0; index++, arg = tree.next(arg)) {
    const param = params[index];
    if (param !== undefined) scope.declare(tree.atom(arg), { kind: "type", type: param });
  }
  return inScope(context, scope);
}

/** Type of the `index`-th of `names` variables initialised with `values`. */
function valueType(context: Context, values: readonly Node[], index: number, names: number): Type {
  if (values.length === names) return concrete(typeIn(context, values[index] ?? 0));
  const type = typeIn(context, values[0] ?? 0);
  return type.kind === "tuple" ? (type.members[index] ?? unknown) : index === 0 ? concrete(type) : unknown;
}

/** An untyped constant's type once it is stored. */
export function concrete(type: Type): Type {
  if (type.kind !== "basic" || !type.untyped) return type;
  return basics.get(type.name) ?? unknown;
}

function constant(context: Context, spec: Node, index: number): Entity {
  const { tree } = context;
  const flags = tree.flags(spec);
  const names = flags >> 1;
  const value = spec === 0 ? 0 : tree.nth(spec, names + (flags & 1) + index);
  const literal =
    value !== 0 && tree.kind(value) === Kind.BasicLit && tree.tok(value) === Tok.Int
      ? Number(tree.text(value))
      : undefined;
  return new LazyConstant(context, spec, value, literal);
}

/** A constant whose type is worked out when somebody asks: accessors in a literal would be made anew with each of them. */
class LazyConstant implements Constant {
  readonly kind = "const";
  readonly value: number | undefined;
  readonly #context: Context;
  readonly #spec: Node;
  readonly #value: Node;
  #type: Type | undefined;
  #loading = false;

  constructor(context: Context, spec: Node, value: Node, literal: number | undefined) {
    this.#context = context;
    this.#spec = spec;
    this.#value = value;
    this.value = literal;
  }

  get type(): Type {
    // A constant that leads back to itself has no type we could know.
    if (this.#type !== undefined || this.#loading) return this.#type ?? unknown;
    this.#loading = true;
    this.#type = this.#load();
    this.#loading = false;
    return this.#type;
  }

  #load(): Type {
    const { tree } = this.#context;
    const flags = tree.flags(this.#spec);
    if (this.#spec !== 0 && (flags & 1) !== 0) return typeAt(this.#context, tree.nth(this.#spec, flags >> 1), "");
    return this.#value === 0 ? (untyped.get("int") ?? unknown) : typeIn(this.#context, this.#value);
  }
}
