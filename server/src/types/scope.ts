import { atoms } from "../syntax/token.ts";
import type { Tree } from "../syntax/tree.ts";
import type { Type } from "./type.ts";
import { Basic, Interface, Named, Signature, unknown } from "./type.ts";

/** A name as a number, see `atoms`. */
export type Atom = number;

/** A package as an importer sees it. */
export interface PackageView {
  readonly path: string;
  readonly name: string;
  lookup(name: Atom): Entity | undefined;
}

/** A variable. Local ones belong to the function (declaration or literal) whose frame they live in. */
export class Variable {
  readonly kind = "var";
  readonly name: string;
  readonly #identity: string | { readonly id: string };
  readonly global: boolean;
  readonly #load: () => Type;
  #type: Type | undefined;
  #loading = false;
  /** `identity`: its id, or what has one when somebody asks for it. */
  constructor(name: string, identity: string | { readonly id: string }, global: boolean, load: () => Type) {
    this.name = name;
    this.#identity = identity;
    this.global = global;
    this.#load = load;
  }
  /** `import/path.name` for package variables, unique within the package for others. */
  get id(): string {
    return typeof this.#identity === "string" ? this.#identity : this.#identity.id;
  }
  get type(): Type {
    if (this.#type !== undefined) return this.#type;
    // A variable whose initializer leads back to itself has no type we could know.
    if (this.#loading) return unknown;
    this.#loading = true;
    this.#type = this.#load();
    this.#loading = false;
    return this.#type;
  }
}

export interface Constant {
  readonly kind: "const";
  readonly type: Type;
  /** The value where it is a small integer literal. */
  readonly value: number | undefined;
}

export interface TypeName {
  readonly kind: "type";
  readonly type: Type;
}

export interface Func {
  readonly kind: "func";
  readonly id: string;
  readonly name: string;
  readonly type: Type;
}

export interface PackageName {
  readonly kind: "package";
  readonly path: string;
  readonly view: PackageView | undefined;
}

export interface Builtin {
  readonly kind: "builtin";
  readonly name: string;
}

export interface Nil {
  readonly kind: "nil";
}

/** What a name stands for. */
export type Entity = Variable | Constant | TypeName | Func | PackageName | Builtin | Nil;

const blank = atoms.intern("_");
const noNames: Atom[] = [];
const noEntities: Entity[] = [];

/** Names in force somewhere. Few declare more than a handful of them, and most of what is looked up stands far outside. */
export class Scope {
  readonly parent: Scope | undefined;
  /** What is declared here, the newest last; lists of all scopes that declare nothing are the same two. */
  #names = noNames;
  #entities = noEntities;
  /** The last five bits of each name: a name whose bit is not set is not here. */
  #bits = 0;
  /** Asked before the parent: a package's declarations, a file's imports. */
  readonly #more: ((name: Atom) => Entity | undefined) | undefined;
  constructor(parent: Scope | undefined, more?: (name: Atom) => Entity | undefined) {
    this.parent = parent;
    this.#more = more;
  }
  declare(name: Atom, entity: Entity): void {
    if (name === blank || name === 0) return;
    if (this.#bits === 0) {
      this.#names = [name];
      this.#entities = [entity];
    } else {
      this.#names.push(name);
      this.#entities.push(entity);
    }
    this.#bits |= 1 << (name & 31);
  }
  declaredHere(name: Atom): Entity | undefined {
    if ((this.#bits & (1 << (name & 31))) === 0) return undefined;
    for (let at = this.#names.length - 1; at >= 0; at--) if (this.#names[at] === name) return this.#entities[at];
    return undefined;
  }
  lookup(name: Atom): Entity | undefined {
    for (let scope: Scope | undefined = this; scope !== undefined; scope = scope.parent) {
      const entity = scope.declaredHere(name) ?? scope.#more?.(name);
      if (entity !== undefined) return entity;
    }
    return undefined;
  }
}

export const basics = new Map<string, Basic>(
  "bool byte complex64 complex128 float32 float64 int int8 int16 int32 int64 rune string uint uint8 uint16 uint32 uint64 uintptr"
    .split(" ")
    .map((name) => [name, new Basic(name)]),
);
export const untyped = new Map<string, Basic>(
  ["int", "float64", "complex128", "rune", "string", "bool", "nil"].map((name) => [name, new Basic(name, true)]),
);
export const anyType = new Interface(new Map(), () => []);
export const stringType: Type = basics.get("string") ?? unknown;
export const intType: Type = basics.get("int") ?? unknown;
export const boolType: Type = basics.get("bool") ?? unknown;

const errorInterface = new Interface(new Map([["Error", () => new Signature([], [stringType], false)]]), () => []);
export const errorType = new Named("", "error", {
  underlying: () => errorInterface,
  typeParams: () => [],
  methods: () => new Map(),
});

export const universe = new Scope(undefined);
const declare = (name: string, entity: Entity) => universe.declare(atoms.intern(name), entity);
for (const [name, type] of basics) declare(name, { kind: "type", type });
declare("any", { kind: "type", type: anyType });
declare("comparable", { kind: "type", type: anyType });
declare("error", { kind: "type", type: errorType });
declare("nil", { kind: "nil" });
for (const name of ["true", "false"]) declare(name, { kind: "const", type: boolType, value: undefined });
declare("iota", { kind: "const", type: untyped.get("int") ?? unknown, value: undefined });
for (const name of "append cap clear close complex copy delete imag len make max min new panic print println real recover".split(
  " ",
)) {
  declare(name, { kind: "builtin", name });
}

/** Where a piece of syntax is read: its file and the names in force there. */
export interface Context {
  readonly tree: Tree;
  readonly scope: Scope;
  /** Import path of the package, a prefix of every key made here. */
  readonly pkg: string;
}

/** The same file, with other names in force. */
export function inScope({ tree, pkg }: Context, scope: Scope): Context {
  return { tree, scope, pkg };
}
