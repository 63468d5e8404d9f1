import { none } from "../../base/lists.ts";
import { allUnmentioned, nothingAtAll, nothingReturned } from "../alike.ts";
import type { FunctionFacts, Offsets, PackageFacts, Unit } from "../effects.ts";
import { type Root, type Target, unmentioned } from "../place.ts";
import { EffectReader, EffectWriter } from "./effects.ts";
import { spelled, within } from "./places.ts";
import { column } from "./table.ts";

const [unitColumn, functionColumn, functionStart] = [column("unit"), column("function"), column("functionStart")];
const [functionLength, loopColumn, offsetColumn] = [column("functionLength"), column("loop"), column("offset")];
const [offsetName, methodsColumn, nameColumn] = [column("offsetName"), column("methods"), column("name")];
const [idColumn, pathColumn, countColumn] = [column("id"), column("path"), column("count")];
const [numberColumn, baseColumn, paramColumn] = [column("number"), column("base"), column("param")];
const startColumn = column("start");
/** Offsets that stand in a function. */
const nearby = [startColumn, loopColumn, offsetColumn];

const [isExported, isTest, isGenerated, isParallel, callerHolds] = [1, 2, 4, 8, 16];
const [hasParent, isNamed, isMethod, hasReceiver, isLiteral] = [32, 64, 128, 256, 512];

const noTexts: ReadonlySet<string> = new Set();
const noEntries: ReadonlyMap<never, never> = new Map<never, never>();

/** Writes packages, a declaration at a time. */
export class UnitWriter extends EffectWriter {
  readonly #declared = new Declared();
  /** Offset of the last that is known of the declaration before: the next one mostly stands close behind. */
  #end = 0;

  /** In steps: each declaration is one. */
  *package({ path, units, methods }: PackageFacts): Generator<void, void> {
    const { table } = this;
    table.text(path, pathColumn);
    table.number(unitColumn, units.size);
    for (const [id, unit] of units) {
      this.#unit(id, unit);
      yield;
    }
    table.number(methodsColumn, methods.size);
    for (const [type, own] of methods) {
      table.text(type);
      table.number(methodsColumn, own.size);
      for (const [name, method] of own) {
        table.text(name, nameColumn);
        const usual = methodOf(type, name) === method;
        table.text(usual ? undefined : method);
      }
    }
  }

  #unit(id: string, { anchor, functions, stores, kept, semaphores, layout }: Unit): void {
    const { table } = this;
    this.begin();
    this.#declared.clear();
    table.text(id, idColumn);
    table.text(anchor.path, pathColumn);
    table.signed(baseColumn, anchor.base - this.#end);
    table.number(unitColumn, functions.length);
    for (const one of functions) this.#function(id, one);
    this.#end = anchor.base + Math.max(endOf(functions), table.newest(startColumn));
    table.number(countColumn, stores.size);
    for (const [key, targets] of stores) {
      table.text(key);
      this.targets(targets);
    }
    table.number(countColumn, kept.length);
    for (const texts of kept) for (const text of texts) table.text(text);
    for (const set of [semaphores, layout]) {
      table.number(countColumn, set.size);
      for (const one of set) table.text(one);
    }
  }

  #function(unit: string, facts: FunctionFacts): void {
    const { table } = this;
    const { id, name, parent, receiver } = facts;
    this.frame = id;
    const bits =
      (facts.exported ? isExported : 0) |
      (facts.test ? isTest : 0) |
      (facts.generated ? isGenerated : 0) |
      (facts.parallelTest ? isParallel : 0) |
      (facts.callerLocks ? callerHolds : 0) |
      (parent === undefined ? 0 : parent === parentOf(id) ? isLiteral : hasParent) |
      (name === lastOf(id) ? isNamed : 0) |
      (receiver === undefined ? 0 : receiver === receiverOf(id) ? isMethod : hasReceiver);
    table.number(functionColumn, bits);
    // The declared function has the unit's id, and its literals have ids that begin so.
    table.text(id === unit ? undefined : within(unit, id), idColumn);
    if ((bits & hasParent) !== 0) table.text(parent, idColumn);
    if ((bits & isNamed) === 0) table.text(name, nameColumn);
    if ((bits & hasReceiver) !== 0) table.text(receiver);
    table.number(functionStart, facts.start);
    table.number(functionLength, facts.end - facts.start);
    for (const one of nearby) table.near(one, facts.start);
    table.number(countColumn, facts.params.length);
    for (const root of facts.params) {
      table.number(paramColumn, root === unmentioned ? 0 : 1);
      if (root !== unmentioned) this.root(root);
    }
    this.blocks(facts.blocks);
    this.#returns(facts);
    table.number(loopColumn, facts.loops.length);
    for (const offset of facts.loops) table.offset(loopColumn, offset);
    this.#offsets(facts);
  }

  protected override noted(root: Root): void {
    this.#declared.add(root);
  }

  /** Most stand where the roots of their ids were declared. */
  #offsets({ id, offsets }: FunctionFacts): void {
    const { table } = this;
    const roots = this.#declared.of(id);
    if (roots.length === 0 && offsets.size === 0) return table.number(offsetColumn, 1);
    const all = roots.every((root) => offsets.get(root.ending) === root.declared);
    const known = new Set(all ? roots.map(({ ending }) => ending) : none);
    const rest = known.size === offsets.size ? none : [...offsets].filter(([key]) => !known.has(key));
    table.number(offsetColumn, rest.length * 2 + (all ? 1 : 0));
    for (const [key, offset] of rest) {
      table.text(key, offsetName);
      table.offset(offsetColumn, offset);
    }
  }

  #returns({ returns, links }: FunctionFacts): void {
    const { table } = this;
    table.number(countColumn, returns.length);
    for (const { refs, fresh, targets } of returns) {
      table.number(numberColumn, (fresh ? 1 : 0) + (targets.length > 0 ? 2 : 0));
      this.refs(refs);
      if (targets.length > 0) this.targets(targets);
    }
    table.number(countColumn, links.size);
    for (const [from, to] of links) {
      this.place(from);
      this.place(to);
    }
  }
}

/** Roots of a declaration whose ids end in a number, by function. */
class Declared {
  readonly #frames = new Map<string, Root[]>();

  add(root: Root): void {
    const known = this.#frames.get(root.frame);
    if (known === undefined) this.#frames.set(root.frame, [root]);
    else known.push(root);
  }

  of(frame: string): readonly Root[] {
    return this.#frames.get(frame) ?? none;
  }

  clear(): void {
    if (this.#frames.size > 0) this.#frames.clear();
  }
}

/** Where roots were declared, by what their ids say beside their function's, and some more: gathered when somebody asks. */
class LaterOffsets implements Offsets {
  readonly #roots: readonly Root[];
  readonly #rest: ReadonlyMap<string, number>;
  #all: ReadonlyMap<string, number> | undefined;

  constructor(roots: readonly Root[], rest: ReadonlyMap<string, number> = noEntries) {
    this.#roots = roots;
    this.#rest = rest;
  }

  get size(): number {
    return this.#gathered().size;
  }

  get(name: string): number | undefined {
    return this.#gathered().get(name);
  }

  [Symbol.iterator](): Iterator<readonly [string, number]> {
    return this.#gathered().entries();
  }

  #gathered(): ReadonlyMap<string, number> {
    this.#all ??= new Map([...this.#roots.map(({ ending, declared }) => [ending, declared] as const), ...this.#rest]);
    return this.#all;
  }
}

/** Of a declaration: literals come before what they stand in. */
function endOf(functions: readonly FunctionFacts[]): number {
  return functions[functions.length - 1]?.end ?? 0;
}

function lastOf(id: string): string {
  return id.slice(id.lastIndexOf(".") + 1);
}

/** The function that a literal, `F.func1`, stands in. */
function parentOf(id: string): string {
  return id.slice(0, id.lastIndexOf("."));
}

/** The type key of `import/path.(T).M`. */
function receiverOf(id: string): string {
  const end = id.lastIndexOf(").");
  const begin = id.lastIndexOf(".(", end);
  return begin < 0 ? parentOf(id) : `${id.slice(0, begin)}.${id.slice(begin + 2, end)}`;
}

function methodOf(type: string, name: string): string {
  const dot = type.lastIndexOf(".");
  return `${type.slice(0, dot)}.(${type.slice(dot + 1)}).${name}`;
}

/** The counterpart of {@link UnitWriter}. */
export class UnitReader extends EffectReader {
  readonly #declared = new Declared();
  #end = 0;

  *package(): Generator<void, PackageFacts> {
    const { table } = this;
    const path = table.text(pathColumn);
    const units = new Map<string, Unit>();
    for (let left = table.number(unitColumn); left > 0; left--) {
      const id = table.text(idColumn);
      units.set(id, this.#unit(id, path));
      yield;
    }
    const methods = new Map<string, ReadonlyMap<string, string>>();
    for (let left = table.number(methodsColumn); left > 0; left--) {
      const type = table.text();
      methods.set(type, this.#methods(type));
    }
    return { path, units, methods };
  }

  #methods(type: string): ReadonlyMap<string, string> {
    const { table } = this;
    const own = new Map<string, string>();
    for (let left = table.number(methodsColumn); left > 0; left--) {
      const name = table.text(nameColumn);
      own.set(name, table.optional() ?? methodOf(type, name));
    }
    return own;
  }

  #unit(id: string, pkg: string): Unit {
    const { table } = this;
    const anchor = { path: table.text(pathColumn), base: table.signed(baseColumn) + this.#end };
    this.begin(anchor);
    this.#declared.clear();
    const functions = table.list(unitColumn, () => this.#function(id, pkg));
    this.#end = anchor.base + Math.max(endOf(functions), table.newest(startColumn));
    const stores = this.#map(countColumn, this.#text, this.#targets);
    const kept = table.list(countColumn, () => [table.text(), table.text()] as const);
    const [semaphores, layout] = [this.#texts(), this.#texts()];
    return { anchor, functions, stores, semaphores, kept, layout };
  }

  #texts(): ReadonlySet<string> {
    const texts = this.table.list(countColumn, this.#text);
    return texts.length === 0 ? noTexts : new Set(texts);
  }

  #map<Key, Value>(count: number, key: () => Key, value: () => Value): ReadonlyMap<Key, Value> {
    let left = this.table.number(count);
    if (left === 0) return noEntries;
    const map = new Map<Key, Value>();
    for (; left > 0; left--) map.set(key(), value());
    return map;
  }

  readonly #text = (): string => this.table.text();

  protected override noted(root: Root): void {
    this.#declared.add(root);
  }

  #offsets(id: string): Offsets {
    const { table } = this;
    const head = table.number(offsetColumn);
    const roots = head % 2 === 1 ? this.#declared.of(id) : none;
    if (head < 2) return roots.length === 0 ? noEntries : new LaterOffsets(roots);
    const rest = new Map<string, number>();
    for (let i = 1; i < head; i += 2) rest.set(table.text(offsetName), table.offset(offsetColumn));
    return roots.length === 0 ? rest : new LaterOffsets(roots, rest);
  }

  readonly #targets = (): readonly Target[] => this.targets();

  #function(unit: string, pkg: string): FunctionFacts {
    const { table, anchor } = this;
    const bits = table.number(functionColumn);
    const own = table.optional(idColumn);
    const id = own === undefined ? unit : spelled(unit, own);
    this.frame = id;
    const parent =
      (bits & hasParent) !== 0 ? table.text(idColumn) : (bits & isLiteral) !== 0 ? parentOf(id) : undefined;
    const name = (bits & isNamed) === 0 ? table.text(nameColumn) : lastOf(id);
    const receiver = (bits & hasReceiver) !== 0 ? table.text() : (bits & isMethod) !== 0 ? receiverOf(id) : undefined;
    const start = table.number(functionStart);
    const end = start + table.number(functionLength);
    for (const one of nearby) table.near(one, start);
    const params = this.#params();
    const blocks = this.blocks();
    const returns = this.#returns();
    const links = this.#map(countColumn, this.place, this.place);
    const loops = table.list(loopColumn, () => table.offset(loopColumn));
    const offsets = this.#offsets(id);
    return {
      id,
      name,
      pkg,
      anchor,
      start,
      end,
      parent,
      receiver,
      exported: (bits & isExported) !== 0,
      test: (bits & isTest) !== 0,
      generated: (bits & isGenerated) !== 0,
      params,
      blocks,
      returns,
      links,
      loops,
      offsets,
      parallelTest: (bits & isParallel) !== 0,
      callerLocks: (bits & callerHolds) !== 0,
    };
  }

  /** Of most functions no parameter is mentioned: as many of those are one list. */
  #params(): readonly Root[] {
    const { table } = this;
    const count = table.number(countColumn);
    let params: Root[] | undefined;
    for (let index = 0; index < count; index++) {
      if (table.number(paramColumn) === 0) params?.push(unmentioned);
      else {
        params ??= allUnmentioned.of(index).slice();
        params.push(this.root());
      }
    }
    return params?.slice() ?? allUnmentioned.of(count);
  }

  #returns(): FunctionFacts["returns"] {
    const count = this.table.number(countColumn);
    let returns: FunctionFacts["returns"][number][] | undefined;
    for (let index = 0; index < count; index++) {
      const one = this.#returned();
      if (one === nothingReturned) returns?.push(one);
      else {
        returns ??= nothingAtAll.of(index).slice();
        returns.push(one);
      }
    }
    return returns?.slice() ?? nothingAtAll.of(count);
  }

  #returned(): FunctionFacts["returns"][number] {
    const bits = this.table.number(numberColumn);
    const refs = this.refs();
    if (bits === 0 && refs.length === 0) return nothingReturned;
    return { refs, fresh: (bits & 1) !== 0, targets: (bits & 2) === 0 ? none : this.targets() };
  }
}
