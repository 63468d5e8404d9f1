/** One step from a value to a part of it. */
export type Step =
  | {
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
  | {
      readonly kind: "elem";
      /** Which element, as far as it can be told: a variable's id, a literal; empty when unknown. */
      readonly index: string;
    };

/** What hands values on: the messages of a channel, before and after they were received, what an atomic or a sync.Map holds. */
export type Content = "received" | "sent" | "atomic" | "syncmap" | "pool" | "put" | `context ${string}`;

export function contentStep(of: Content): Step {
  return { kind: "elem", index: `<${of}>` };
}

/** What a step leads into, if it leads into a container that hands values on. */
export function contentOf(step: Step | undefined): Content | undefined {
  if (step?.kind !== "elem" || !step.index.startsWith("<")) return undefined;
  const of = step.index.slice(1, -1);
  return isContent(of) ? of : undefined;
}

function isContent(text: string): text is Content {
  return /^(received|sent|atomic|syncmap|pool|put|context .*)$/s.test(text);
}

/** How a local variable came by its value. */
export type Origin =
  /** Made here: a literal, make or new, or what a function that made it returned. */
  | "fresh"
  | "param"
  /** What a call returned; the linker looks into the callee. */
  | "call"
  | "unknown";

/** What a path of steps starts at. */
export interface Root {
  readonly kind: "global" | "local";
  /** Unique in the program; the same for the same variable after an edit elsewhere. */
  readonly id: string;
  name: string;
  /** Function whose frame holds a local; empty for globals. */
  readonly frame: string;
  origin: Origin;
  /** Index among the frame's parameters, the receiver first; -1 for others. */
  readonly param: number;
  /** A parameter or receiver that is a struct, not a pointer to one. */
  readonly byValue: boolean;
  /** Offset of the declaration. */
  readonly declared: number;
  /** For `call`: the call and which of its results. */
  source: { readonly call: CallSite; readonly index: number } | undefined;
}

/** A parameter that nothing can come to name: what it is called is no matter. */
export function unnamed(frame: string, param: number): Root {
  return {
    origin: "param",
    param,
    byValue: false,
    source: undefined,
    kind: "local",
    id: `${frame}/_#${param}`,
    name: "_",
    frame,
    declared: 0,
  };
}

export function isUnnamed({ name, origin, declared, byValue }: Root): boolean {
  return name === "_" && origin === "param" && declared === 0 && !byValue;
}

/** What the linker needs of a call to look through it. */
export interface CallSite {
  readonly targets: readonly Target[];
  readonly args: readonly (readonly Ref[])[];
  readonly start: number;
}

/** A function a value may stand for; `bound` is a method value's receiver. */
export interface Target {
  readonly id: string;
  readonly bound: readonly Ref[] | undefined;
}

/** A place a value may be, and the read that fetched it, if it was kept in a variable since. */
export interface Ref {
  readonly place: Place;
  readonly load: Load | undefined;
}

export interface Load {
  readonly start: number;
  readonly end: number;
  /** Path and base offset of the declaration it stands in. */
  readonly anchor: { readonly path: string; readonly base: number };
  locks: readonly Held[];
}

/** A lock held, as a place of the function that holds it. */
export interface Held {
  readonly place: Place;
  /** `shared`: a read lock, or the knowledge that a `sync.Once` has run. */
  readonly mode: "exclusive" | "shared";
  /** A `sync.Once`, a channel used as a semaphore: excludes, but is no lock to recommend. */
  readonly kind: "mutex" | "once" | "semaphore";
  /** Not where this parameter has the value: the caller is trusted to hold it then. Or only where some field says so. */
  readonly unless: { readonly param: Root; readonly value: boolean } | "field" | undefined;
}

/** A root and the steps from it. Equal places of one root are the same object. */
export class Place {
  readonly root: Root;
  readonly parent: Place | undefined;
  readonly step: Step | undefined;
  readonly depth: number;
  /** Most places lead to none; millions of empty maps would be half of what facts take. */
  #next: Map<string, Place> | undefined;

  constructor(root: Root, parent?: Place, step?: Step) {
    this.root = root;
    this.parent = parent;
    this.step = step;
    this.depth = parent === undefined ? 0 : parent.depth + 1;
  }

  child(step: Step): Place {
    const key = step.kind === "field" ? step.key : `[${step.index}]`;
    let place = this.#next?.get(key);
    if (place === undefined) {
      // A longer path is a recursive structure walked in a loop; its tail stays where it is.
      if (this.depth >= 8) return this;
      place = new Place(this.root, this, step);
      this.#next ??= new Map();
      this.#next.set(key, place);
    }
    return place;
  }

  steps(): Step[] {
    const steps: Step[] = [];
    for (let place: Place | undefined = this; place?.step !== undefined; place = place.parent) steps.push(place.step);
    return steps.reverse();
  }

  /** The same steps from another place. */
  onto(base: Place): Place {
    let place = base;
    for (const step of this.steps()) place = place.child(step);
    return place;
  }

  /** As a developer would write it: `s.cache[...]`. */
  text(): string {
    let text = this.root.name;
    for (const step of this.steps())
      text += step.kind === "field" ? `.${step.name}` : contentOf(step) !== undefined ? "" : "[...]";
    return text;
  }
}

/**
 * What names the map across functions: its field, its variable, an element of either. Undefined for a bare
 * parameter, whose callers know which map it is.
 */
export function objectKey(place: Place, isFresh: (root: Root) => boolean): string | undefined {
  let suffix = "";
  for (let at: Place | undefined = place; at !== undefined; at = at.parent) {
    if (at.step?.kind === "field") return at.step.key + suffix;
    if (at.step?.kind === "elem") suffix += "[]";
  }
  if (place.root.kind === "global") return place.root.id + suffix;
  if (isFresh(place.root)) return place.root.id + suffix;
  return undefined;
}

/** What names the functions kept in a place: its field or variable, elements and contents told apart from it. */
export function storeKey(place: Place): string {
  let suffix = "";
  for (let at: Place | undefined = place; at !== undefined; at = at.parent) {
    if (at.step?.kind === "field") return at.step.key + suffix;
    if (at.step?.kind === "elem") suffix = contentOf(at.step) === undefined ? "[]" : "<-";
  }
  return place.root.id + suffix;
}

/** The map's own name: its field or variable. */
export function objectName(place: Place): string {
  const steps = place.steps();
  for (let i = steps.length - 1; i >= 0; i--) {
    const step = steps[i];
    if (step?.kind === "field") return step.name;
  }
  return place.root.name;
}
