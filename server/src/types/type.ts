/** A method of a named type; its body, if known, is `node` of `tree`. */
export interface Method {
  readonly name: string;
  /** `import/path.(T).Name`, the same for every instance of a generic type. */
  readonly id: string;
  readonly pointer: boolean;
  readonly signature: Type;
}

let ids = 0;

abstract class Base {
  readonly id = ++ids;
}

export class Unknown extends Base {
  readonly kind = "unknown";
}

export class Basic extends Base {
  readonly kind = "basic";
  readonly name: string;
  /** A constant that takes its type from where it is used. */
  readonly untyped: boolean;
  constructor(name: string, untyped = false) {
    super();
    this.name = name;
    this.untyped = untyped;
  }
}

export class Pointer extends Base {
  readonly kind = "pointer";
  readonly elem: Type;
  constructor(elem: Type) {
    super();
    this.elem = elem;
  }
}

export class Slice extends Base {
  readonly kind = "slice";
  readonly elem: Type;
  constructor(elem: Type) {
    super();
    this.elem = elem;
  }
}

export class ArrayOf extends Base {
  readonly kind = "array";
  readonly elem: Type;
  /** Undefined where it is no literal or constant. */
  readonly length: number | undefined;
  constructor(elem: Type, length: number | undefined) {
    super();
    this.elem = elem;
    this.length = length;
  }
}

export class MapOf extends Base {
  readonly kind = "map";
  readonly key: Type;
  readonly elem: Type;
  constructor(key: Type, elem: Type) {
    super();
    this.key = key;
    this.elem = elem;
  }
}

export class Chan extends Base {
  readonly kind = "chan";
  readonly elem: Type;
  constructor(elem: Type) {
    super();
    this.elem = elem;
  }
}

export class Tuple extends Base {
  readonly kind = "tuple";
  readonly members: readonly Type[];
  constructor(members: readonly Type[]) {
    super();
    this.members = members;
  }
}

export class Signature extends Base {
  readonly kind = "func";
  readonly params: readonly Type[];
  readonly results: readonly Type[];
  readonly variadic: boolean;
  readonly typeParams: readonly TypeParam[];
  constructor(
    params: readonly Type[],
    results: readonly Type[],
    variadic: boolean,
    typeParams: readonly TypeParam[] = [],
  ) {
    super();
    this.params = params;
    this.results = results;
    this.variadic = variadic;
    this.typeParams = typeParams;
  }
}

/** The step from a value to one of its fields. */
export interface FieldStep {
  readonly kind: "field";
  /** The field's key, the same for every instance: `import/path.Type.field`. */
  readonly key: string;
  readonly name: string;
  /** The part lies inside the whole: copying the whole copies it. */
  readonly inline: boolean;
  /** Copying the whole shares what the field refers to: a map, a pointer. */
  readonly shares: boolean;
  /** The field leads to another value of the type that declares it, as `next` does. */
  readonly link: boolean;
}

/** A field keeps its key through instantiation: `import/path.Type.field`. */
export class Field {
  readonly name: string;
  readonly key: string;
  readonly embedded: boolean;
  /** As written, quotes included; empty without one. */
  readonly tag: string;
  /** Once it was asked for; `linked` from a value of the type that declares it to another one. */
  step: FieldStep | undefined;
  linked: FieldStep | undefined;
  readonly #load: () => Type;
  #type: Type | undefined;
  constructor(name: string, key: string, embedded: boolean, load: () => Type, tag = "") {
    this.name = name;
    this.key = key;
    this.embedded = embedded;
    this.tag = tag;
    this.#load = load;
  }
  get type(): Type {
    this.#type ??= this.#load();
    return this.#type;
  }
}

export class Struct extends Base {
  readonly kind = "struct";
  /** Where it is declared: `import/path.Type`. */
  readonly key: string;
  readonly fields: readonly Field[];
  readonly #byName: ReadonlyMap<string, Field>;
  constructor(key: string, fields: readonly Field[]) {
    super();
    this.key = key;
    this.fields = fields;
    this.#byName = new Map(fields.map((field) => [field.name, field]));
  }
  field(name: string): Field | undefined {
    return this.#byName.get(name);
  }
}

export class Interface extends Base {
  readonly kind = "interface";
  /** Explicit methods and their lazily read signatures. */
  readonly own: ReadonlyMap<string, () => Type>;
  readonly embedded: () => readonly Type[];
  constructor(own: ReadonlyMap<string, () => Type>, embedded: () => readonly Type[]) {
    super();
    this.own = own;
    this.embedded = embedded;
  }
}

/** `A | ~B`, only inside constraints. */
export class Union extends Base {
  readonly kind = "union";
  readonly terms: readonly Type[];
  constructor(terms: readonly Type[]) {
    super();
    this.terms = terms;
  }
}

export class TypeParam extends Base {
  readonly kind = "typeparam";
  readonly name: string;
  readonly #load: () => Type;
  #constraint: Type | undefined;
  constructor(name: string, load: () => Type) {
    super();
    this.name = name;
    this.#load = load;
  }
  get constraint(): Type {
    this.#constraint ??= this.#load();
    return this.#constraint;
  }
}

/** What a declared type needs from its package; everything is read when first asked for. */
export interface NamedSource {
  underlying(): Type;
  typeParams(): readonly TypeParam[];
  methods(): ReadonlyMap<string, Method>;
}

export class Named extends Base {
  readonly kind = "named";
  readonly pkg: string;
  readonly name: string;
  /** `import/path.Name`. */
  readonly key: string;
  readonly source: NamedSource;
  /** The generic type this one instantiates, else itself. */
  readonly origin: Named;
  readonly args: readonly Type[];
  /** What instantiates it. */
  instances: Map<string, Named> | undefined;
  /** What its fields and methods were found to be, by name; null for what is neither. */
  members: Map<string, Selection | null> | undefined;
  /** Set by `substitute` for instances, once. */
  cached: Type | undefined;
  loading = false;
  constructor(pkg: string, name: string, source: NamedSource, origin?: Named, args: readonly Type[] = []) {
    super();
    this.pkg = pkg;
    this.name = name;
    this.key = pkg === "" ? name : `${pkg}.${name}`;
    this.source = source;
    this.origin = origin ?? this;
    this.args = args;
  }
}

export type Type =
  | Unknown
  | Basic
  | Pointer
  | Slice
  | ArrayOf
  | MapOf
  | Chan
  | Tuple
  | Signature
  | Struct
  | Interface
  | Union
  | TypeParam
  | Named;

/** What `x.name` means: a field or a method, and the embedded fields the selector passes through. */
export interface Selection {
  readonly through: readonly Field[];
  /** Type of the struct or interface that has the member, behind `through`. */
  readonly holder: Type;
  readonly field: Field | undefined;
  /** Set for a method with a declaration. */
  readonly method: Method | undefined;
  /** Type of the field, or signature of the method. */
  readonly type: Type;
}

export const unknown = new Unknown();

export function pointerTo(elem: Type): Type {
  return elem.kind === "unknown" ? unknown : new Pointer(elem);
}

/** Behind one pointer. */
export function deref(type: Type): Type {
  return type.kind === "pointer" ? type.elem : type;
}

/** The declared type behind one pointer, if there is one. */
export function namedOf(type: Type): Named | undefined {
  const target = deref(type);
  return target.kind === "named" ? target : undefined;
}

/** A type as a Go developer writes it, package names instead of import paths. */
export function typeText(type: Type, depth = 0): string {
  if (depth > 4) return "...";
  const text = (inner: Type) => typeText(inner, depth + 1);
  switch (type.kind) {
    case "unknown":
      return "?";
    case "basic":
      return type.name;
    case "pointer":
      return `*${text(type.elem)}`;
    case "slice":
      return `[]${text(type.elem)}`;
    case "array":
      return `[...]${text(type.elem)}`;
    case "map":
      return `map[${text(type.key)}]${text(type.elem)}`;
    case "chan":
      return `chan ${text(type.elem)}`;
    case "tuple":
      return `(${type.members.map(text).join(", ")})`;
    case "func":
      return "func(...)";
    case "struct":
      return "struct{...}";
    case "interface":
      return "interface{...}";
    case "union":
      return type.terms.map(text).join(" | ");
    case "typeparam":
      return type.name;
    case "named": {
      const pkg = type.pkg.slice(type.pkg.lastIndexOf("/") + 1);
      const args = type.args.length === 0 ? "" : `[${type.args.map(text).join(", ")}]`;
      return `${pkg === "" ? "" : `${pkg}.`}${type.name}${args}`;
    }
  }
}
