import { Variable } from "../types/scope.ts";
import type { FieldStep, Type } from "../types/type.ts";

/** The step to an element. */
interface ElementStep {
  readonly kind: "elem";
  /** Which element, as far as it can be told: a variable's id, a literal; empty when unknown. */
  readonly index: string;
}

/** One step from a value to a part of it. */
export type Step = FieldStep | ElementStep;

/** To an element of which nothing is known. */
export const someElement: Step = { kind: "elem", index: "" };

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

/** What is known of a root when it is made; most have no more than a name. */
interface RootInit {
  /** Empty for globals. */
  readonly frame: string;
  readonly name: string;
  readonly declared: number;
  readonly origin?: Origin;
  readonly param?: number;
  readonly byValue?: boolean;
  readonly source?: Source | undefined;
}

let walks = 0;

/** A number that no walk had before. */
export function newWalk(): number {
  return ++walks;
}

/** What a path of steps starts at. */
export class Root {
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
  /** For `call`. */
  source: Source | undefined;
  /** How the id follows from the rest; -1 where it does not. */
  readonly #spelling: number;
  #id: string | undefined;
  #walk = 0;

  /** `id`: what it is, or, as a number, how it follows from the rest (`spelling`): then it is spelled when somebody asks. */
  constructor(id: string | number, init: RootInit) {
    this.name = init.name;
    this.frame = init.frame;
    this.origin = init.origin ?? "unknown";
    this.param = init.param ?? -1;
    this.byValue = init.byValue ?? false;
    this.declared = init.declared;
    this.source = init.source;
    this.#spelling = typeof id === "number" ? id : -1;
    this.#id = typeof id === "number" ? undefined : id;
  }

  get kind(): "global" | "local" {
    return this.frame === "" ? "global" : "local";
  }

  /** Comes a walk here for the first time? Walks have numbers, see {@link newWalk}; a set of all roots takes as long as the walk. */
  visit(walk: number): boolean {
    if (this.#walk === walk) return false;
    this.#walk = walk;
    return true;
  }

  /** Was it the walk that was here last? */
  isVisited(walk: number): boolean {
    return this.#walk === walk;
  }

  /** What the id says beside the frame's, of what is local and not named by itself. */
  get ending(): string {
    return this.#spelling < 0 ? this.id.slice(this.frame.length + 1) : endingOf(this, this.#spelling);
  }

  /** Unique in the program; the same for the same variable after an edit elsewhere. */
  get id(): string {
    this.#id ??= `${this.frame}/${endingOf(this, this.#spelling)}`;
    return this.#id;
  }

  /** As it was made with, if it was; nobody need read it off the id then. */
  get spelled(): { readonly form: number; readonly number: number } | undefined {
    return this.#spelling < 0 ? undefined : spelledBy(this.#spelling);
  }
}

/** A variable of a function, and where it is. */
export class LocalVariable extends Variable {
  readonly place: Place;

  constructor(root: Root, type: () => Type) {
    super(root.name, root, false, type);
    this.place = new Place(root);
  }
}

/** How a root's id follows from its frame, its name, and a number; nearly all do. */
export const [parameter, numbered, made, result] = [1, 2, 3, 4];
const spellings = 8;

export function spelling(form: number, number: number): number {
  return form + spellings * number;
}

function spelledBy(spelled: number): { readonly form: number; readonly number: number } {
  const form = spelled % spellings;
  return { form, number: (spelled - form) / spellings };
}

/** What the id of a root says beside its frame. */
function endingOf({ name, source }: Pick<Root, "name" | "source">, spelled: number): string {
  const { form, number } = spelledBy(spelled);
  if (form === parameter) return `${name}#${number}`;
  if (form === made) return `made@${number}`;
  return form === result ? `call@${number}#${source?.index ?? 0}` : `${name}@${number}`;
}

/** Any parameter that nothing can come to name: what it is called, and whose it is, is no matter. */
export const unmentioned = new Root("", { name: "_", frame: "", declared: 0, origin: "param" });

/** What the linker needs of a call to look through it. */
export interface CallSite {
  readonly targets: readonly Target[];
  readonly args: readonly (readonly Ref[])[];
  readonly start: number;
}

/** The call that a value came from, and which of its results it was. */
export interface Source extends CallSite {
  readonly index: number;
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

/** Do both lead to the same part? */
export function sameStep(a: Step | undefined, b: Step | undefined): boolean {
  if (a === b) return a !== undefined;
  if (a === undefined || b === undefined || a.kind !== b.kind) return false;
  return a.kind === "field" ? b.kind === "field" && a.key === b.key : b.kind === "elem" && a.index === b.index;
}

function keyOf(step: Step | undefined): string {
  return step?.kind === "field" ? step.key : `[${step?.index ?? ""}]`;
}

/** As many parts of a place are looked through one by one. */
const maxListed = 8;

/** A root and the steps from it. Equal places of one root are the same object. */
export class Place {
  readonly root: Root;
  readonly parent: Place | undefined;
  readonly step: Step | undefined;
  readonly depth: number;
  /** Most places lead to none or one, hardly any to more than a few: maps for them would be half of what facts take. */
  #next: Place | readonly Place[] | Map<string, Place> | undefined;

  constructor(root: Root, parent?: Place, step?: Step) {
    this.root = root;
    this.parent = parent;
    this.step = step;
    this.depth = parent === undefined ? 0 : parent.depth + 1;
  }

  child(step: Step): Place {
    const known = this.#known(step);
    // A longer path is a recursive structure walked in a loop; its tail stays where it is.
    if (known !== undefined || this.depth >= 8) return known ?? this;
    const place = new Place(this.root, this, step);
    this.#add(place);
    return place;
  }

  #known(step: Step): Place | undefined {
    const next = this.#next;
    if (next === undefined) return undefined;
    if (next instanceof Place) return sameStep(next.step, step) ? next : undefined;
    if (next instanceof Map) return next.get(keyOf(step));
    for (const one of next) if (sameStep(one.step, step)) return one;
    return undefined;
  }

  #add(place: Place): void {
    const next = this.#next;
    if (next === undefined) this.#next = place;
    else if (next instanceof Place) this.#next = [next, place];
    else if (next instanceof Map) next.set(keyOf(place.step), place);
    else if (next.length < maxListed) this.#next = [...next, place];
    else this.#next = new Map([...next, place].map((one) => [keyOf(one.step), one]));
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
