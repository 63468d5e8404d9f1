import { none } from "../../base/lists.ts";
import {
  type CallSite,
  type Load,
  made,
  numbered,
  type Origin,
  Place,
  parameter,
  type Ref,
  Root,
  result,
  type Source,
  type Step,
  someElement,
  spelling,
  type Target,
} from "../place.ts";
import { FactsError } from "./columns.ts";
import { column, Read, type TableReader, type TableWriter, Written } from "./table.ts";

const [refsColumn, placeColumn, indexColumn] = [column("refs"), column("place"), column("index")];
const [loadColumn, loadStart, loadLength] = [column("load"), column("loadStart"), column("loadLength")];
const [stepColumn, stepKey, targetColumn] = [column("step"), column("stepKey"), column("target")];
const [boundColumn, argsColumn, targetsColumn] = [column("bound"), column("args"), column("targets")];
const [rootColumn, frameColumn, localColumn] = [column("root"), column("frame"), column("local")];
const [localName, declaredColumn, resultColumn] = [column("localName"), column("declared"), column("result")];
const [siteOf, siteStart, globalColumn] = [column("siteOf"), column("siteStart"), column("global")];
const [depthColumn, startColumn] = [column("flags"), column("start")];

const origins: readonly Origin[] = ["fresh", "param", "call", "unknown"];

/** Beside how ids follow from the rest: those that do not, and package variables. */
const [spelt, global] = [0, 5];
const forms = 8;
const [byValue, ofFrame, hasSource, atCall, perOrigin] = [1, 2, 4, 8, 16];

const [absent, present] = [0, 1];

/** What tells a step from others: to a field of a type there is one, steps to elements are made where they are needed. */
function identityOf(step: Step): Step | string {
  return step.kind === "elem" ? step.index : step;
}

/** Writes places with all that they start at, are fetched by and come from. Places, roots and loads are one declaration's own. */
export abstract class PlaceWriter {
  protected readonly table: TableWriter;
  /** The function whose text is written: most of what is named is its own. */
  protected frame = "";
  readonly #places = new Written<Place>();
  readonly #roots = new Written<Root>();
  readonly #loads = new Written<Load>();
  readonly #calls = new Map<CallSite["targets"], { readonly call: CallSite; readonly index: number }>();
  #called = 0;
  readonly #steps = new Written<Step | string>();

  constructor(table: TableWriter) {
    this.table = table;
  }

  protected begin(): void {
    this.#places.clear();
    this.#roots.clear();
    this.#loads.clear();
    if (this.#calls.size > 0) this.#calls.clear();
    this.#called = 0;
  }

  place(place: Place): void {
    const { table } = this;
    if (this.#places.knows(place, placeColumn, table)) return;
    table.number(depthColumn, place.parent === undefined ? 0 : 1);
    if (place.parent === undefined || place.step === undefined) this.root(place.root);
    else {
      this.place(place.parent);
      this.#step(place.step);
    }
    this.#places.note(place);
  }

  #step(step: Step): void {
    const { table } = this;
    const key = identityOf(step);
    if (this.#steps.knows(key, stepColumn, table)) return;
    this.#steps.note(key);
    if (step.kind === "elem") {
      table.number(stepKey, 0);
      return table.text(step.index, indexColumn);
    }
    const named = step.key.endsWith(`.${step.name}`);
    const bits = (step.inline ? 1 : 0) | (step.shares ? 2 : 0) | (step.link ? 4 : 0) | (named ? 8 : 0);
    table.number(stepKey, 1 + bits);
    table.text(step.key);
    if (!named) table.text(step.name);
  }

  root(root: Root): void {
    if (this.#roots.knows(root, rootColumn, this.table)) return;
    if (root.kind === "global") this.#global(root);
    else this.#local(root);
    this.#roots.note(root);
  }

  #global({ id, name }: Root): void {
    const { table } = this;
    const named = id.endsWith(`.${name}`);
    table.number(globalColumn, global + (named ? forms : 0));
    table.text(id);
    if (!named) table.text(name);
  }

  #local(root: Root): void {
    const { table } = this;
    const { form, number } = formOf(root);
    if (form === numbered || form === made) this.noted(root);
    const bits =
      (root.byValue ? byValue : 0) |
      (root.frame === this.frame ? ofFrame : 0) |
      (root.source === undefined ? 0 : hasSource) |
      (root.source?.start === root.declared ? atCall : 0) |
      (origins.indexOf(root.origin) * perOrigin);
    table.number(globalColumn, form + forms * bits);
    if (root.frame !== this.frame) table.text(root.frame, frameColumn);
    table.text(root.name, localName);
    // Nobody asks where a parameter is declared.
    if ((bits & atCall) === 0 && form !== parameter) table.beside(declaredColumn, root.declared, startColumn);
    if (form === spelt) {
      table.text(root.id);
      table.number(localColumn, root.param + 1);
    } else table.number(localColumn, number);
    if (root.source === undefined) return;
    table.signed(resultColumn, root.source.index);
    this.#site(root.source);
  }

  /** Results may be asked for: where they come from is mostly the call itself. */
  protected called(call: CallSite): void {
    if (call.targets.length > 0) this.#calls.set(call.targets, { call, index: this.#called++ });
  }

  /** The id of a variable or value that stands where the root was declared. */
  protected abstract noted(root: Root): void;

  #site(site: CallSite): void {
    const { table } = this;
    const known = this.#calls.get(site.targets);
    const same = known !== undefined && isSame(known.call, site);
    table.number(siteOf, same ? this.#called - known.index : 0);
    if (same) return;
    this.targets(site.targets);
    this.args(site.args);
    table.beside(siteStart, site.start, startColumn);
  }

  targets(targets: readonly Target[]): void {
    const { table } = this;
    table.number(targetsColumn, targets.length);
    for (const { id, bound } of targets) {
      table.text(within(this.frame, id), targetColumn);
      table.number(boundColumn, bound === undefined ? absent : present);
      if (bound !== undefined) this.refs(bound);
    }
  }

  args(args: CallSite["args"]): void {
    this.table.number(argsColumn, args.length);
    for (const refs of args) this.refs(refs);
  }

  refs(refs: readonly Ref[]): void {
    const loaded = refs.some(({ load }) => load !== undefined);
    this.table.number(refsColumn, refs.length * 2 + (loaded ? 1 : 0));
    for (const { place, load } of refs) {
      this.place(place);
      if (loaded) this.load(load);
    }
  }

  load(load: Load | undefined): void {
    const { table } = this;
    table.number(loadColumn, load === undefined ? absent : present);
    if (load === undefined || this.#loads.knows(load, loadColumn, table)) return;
    table.beside(loadStart, load.start, startColumn);
    table.signed(loadLength, load.end - load.start);
    this.#loads.note(load);
  }
}

const literal = ".func";

/** Ids of what stands in a function begin with its own, which is left out. */
export function within(outer: string, id: string): string {
  return id.startsWith(literal, outer.length) && id.startsWith(outer) ? id.slice(outer.length) : id;
}

/** The counterpart of {@link within}: no other id begins with a dot. */
export function spelled(outer: string, id: string): string {
  return id.startsWith(".") ? outer + id : id;
}

function isSame(a: CallSite, b: CallSite): boolean {
  return (
    a.start === b.start && a.args.length === b.args.length && a.args.every((refs, index) => refs === b.args[index])
  );
}

/** `number`: what its id says beside what is known of it anyway. */
function formOf(root: Root): { readonly form: number; readonly number: number } {
  const { spelled } = root;
  if (spelled !== undefined) return spelled;
  const { id, frame, name, param, source } = root;
  if (param >= 0) return { form: id === `${frame}/${name}#${param}` ? parameter : spelt, number: param };
  const at = id.lastIndexOf("@");
  const number = Number.parseInt(id.slice(at + 1), 10);
  if (number >= 0) {
    if (id === `${frame}/${name}@${number}`) return { form: numbered, number };
    if (id === `${frame}/made@${number}`) return { form: made, number };
    if (source !== undefined && id === `${frame}/call@${number}#${source.index}`) return { form: result, number };
  }
  return { form: spelt, number: 0 };
}

function elementAt(index: string): Step {
  return index === "" ? someElement : { kind: "elem", index };
}

/** The counterpart of {@link PlaceWriter}. `globals`: places of package variables, one map for the whole program. */
export abstract class PlaceReader {
  protected readonly table: TableReader;
  protected frame = "";
  protected anchor: Load["anchor"] = { path: "", base: 0 };
  readonly #globals: Map<string, Place>;
  readonly #places = new Read<Place>();
  readonly #roots = new Read<Root>();
  readonly #loads = new Read<Load>();
  readonly #calls: CallSite[] = [];
  readonly #alone = new Map<Place, readonly Ref[]>();
  readonly #callees = new Map<string, readonly Target[]>();
  readonly #steps = new Read<Step>();

  constructor(table: TableReader, globals: Map<string, Place>) {
    this.table = table;
    this.#globals = globals;
  }

  protected begin(anchor: Load["anchor"]): void {
    this.anchor = anchor;
    this.#places.clear();
    this.#roots.clear();
    this.#loads.clear();
    this.#calls.length = 0;
    // Most declarations have none, and to empty a map takes as long as to make one.
    if (this.#alone.size > 0) this.#alone.clear();
  }

  /** As `targets`, of a call: equal ones may be one. Functions that are kept are told apart one by one. */
  callees(): readonly Target[] {
    const targets = this.targets();
    const [only] = targets;
    if (only === undefined || targets.length > 1 || only.bound !== undefined) return targets;
    const known = this.#callees.get(only.id);
    if (known === undefined) this.#callees.set(only.id, targets);
    return known ?? targets;
  }

  readonly place = (): Place => this.#places.get(placeColumn, this.table, this.#place);

  readonly #place = (): Place => {
    if (this.table.number(depthColumn) === 0) return this.#base(this.root());
    const parent = this.place();
    const step = this.#steps.get(stepColumn, this.table, this.#step);
    return parent.child(step);
  };

  #base(root: Root): Place {
    if (root.kind === "local") return new Place(root);
    let place = this.#globals.get(root.id);
    if (place === undefined) {
      place = new Place(root);
      this.#globals.set(root.id, place);
    }
    return place;
  }

  readonly #step = (): Step => {
    const { table } = this;
    const bits = table.number(stepKey) - 1;
    if (bits < 0) return elementAt(table.text(indexColumn));
    const key = table.text();
    const name = (bits & 8) === 0 ? table.text() : key.slice(key.lastIndexOf(".") + 1);
    return {
      kind: "field",
      key,
      name,
      inline: (bits & 1) !== 0,
      shares: (bits & 2) !== 0,
      link: (bits & 4) !== 0,
    };
  };

  readonly root = (): Root => this.#roots.get(rootColumn, this.table, this.#root);

  readonly #root = (): Root => {
    const { table } = this;
    const head = table.number(globalColumn);
    const form = head % forms;
    const bits = (head - form) / forms;
    if (form === global) return this.#global(bits === 1);
    if (form > global) throw new FactsError("no such form of a name");
    const frame = (bits & ofFrame) !== 0 ? this.frame : table.text(frameColumn);
    const name = table.text(localName);
    const declared =
      (bits & atCall) === 0 && form !== parameter ? table.beside(declaredColumn, startColumn) : undefined;
    const spelled = form === spelt ? table.text() : "";
    const number = table.number(localColumn);
    const index = (bits & hasSource) === 0 ? 0 : table.signed(resultColumn);
    const source = (bits & hasSource) === 0 ? undefined : this.#site(index);
    const root = new Root(form === spelt ? spelled : spelling(form, number), {
      origin: table.choice(origins, Math.floor(bits / perOrigin)),
      param: form === spelt ? number - 1 : form === parameter ? number : -1,
      byValue: (bits & byValue) !== 0,
      source,
      name,
      frame,
      declared: declared ?? source?.start ?? 0,
    });
    if (form === numbered || form === made) this.noted(root);
    return root;
  };

  protected abstract noted(root: Root): void;

  #global(named: boolean): Root {
    const id = this.table.text();
    const name = named ? id.slice(id.lastIndexOf(".") + 1) : this.table.text();
    return new Root(id, { name, frame: "", declared: -1 });
  }

  protected called(call: CallSite): void {
    if (call.targets.length > 0) this.#calls.push(call);
  }

  #site(index: number): Source {
    const { table } = this;
    const back = table.number(siteOf);
    if (back === 0)
      return { targets: this.callees(), args: this.args(), start: table.beside(siteStart, startColumn), index };
    const call = this.#calls[this.#calls.length - back];
    if (call === undefined) throw new FactsError("a call is missing");
    return { targets: call.targets, args: call.args, start: call.start, index };
  }

  targets(): readonly Target[] {
    return this.table.list(targetsColumn, this.#target);
  }

  readonly #target = (): Target => {
    const id = spelled(this.frame, this.table.text(targetColumn));
    return { id, bound: this.table.number(boundColumn) === absent ? undefined : this.refs() };
  };

  args(): CallSite["args"] {
    return this.table.list(argsColumn, this.refs);
  }

  readonly refs = (): readonly Ref[] => {
    const head = this.table.number(refsColumn);
    if (head === 0) return none;
    const loaded = head % 2 === 1;
    if (head === 2) return this.#only(this.place());
    if (head === 3) return [this.#ref(loaded)];
    const refs: Ref[] = [];
    for (let i = 1; i < head; i += 2) refs.push(this.#ref(loaded));
    return refs.slice();
  };

  /** Most arguments are one place and no more, and equal lists may be one. */
  #only(place: Place): readonly Ref[] {
    let known = this.#alone.get(place);
    if (known === undefined) {
      known = [{ place, load: undefined }];
      this.#alone.set(place, known);
    }
    return known;
  }

  #ref(loaded: boolean): Ref {
    return { place: this.place(), load: loaded ? this.load() : undefined };
  }

  load(): Load | undefined {
    const { table } = this;
    if (table.number(loadColumn) === absent) return undefined;
    return this.#loads.get(loadColumn, table, () => {
      const start = table.beside(loadStart, startColumn);
      return { start, end: start + table.signed(loadLength), locks: none, anchor: this.anchor };
    });
  }
}
