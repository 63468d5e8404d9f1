import { none } from "../base/lists.ts";
import type { Scope } from "../types/scope.ts";
import type { Effect, FunctionFacts, Offsets } from "./effects.ts";
import type { Latch } from "./latches.ts";
import { Numbers } from "./numbers.ts";
import type { Operand } from "./operands.ts";
import type { Place, Root } from "./place.ts";
import { deferOf } from "./shapes.ts";

/** Where break, continue and goto lead. */
export interface Jump {
  readonly label: string;
  readonly onBreak: number;
  /** -1 for switch and select. */
  readonly onContinue: number;
}

/** A place in the control-flow graph: before the effect with the index. */
export interface Position {
  readonly block: number;
  readonly index: number;
}

/** A block of a function that is being lowered. Empty lists are {@link noneYet}, which nothing is ever put into. */
export interface GrowingBlock {
  effects: Effect[];
  next: number[];
}

/** Most blocks come to have one effect and lead to one other, and a list that grows takes room for seventeen at once. */
export const noneYet: never[] = [...none];
export const noEdges: number[] = [];

/** A block that ways may lead to. */
class OpenBlock implements GrowingBlock {
  effects: Effect[] = noneYet;
  next: number[] = noEdges;
  /** Some edge leads here. */
  reached = false;
}

/** The list with one more at its end, the same one where it has room. */
export function grown<Item>(list: Item[], item: Item): Item[] {
  const first = list[0];
  if (first === undefined) return [item];
  if (list.length === 1) return [first, item];
  list.push(item);
  return list;
}

/** The same of numbers. */
export function withEdge(list: number[], to: number): number[] {
  if (list.length === 0) return [to];
  if (list.length === 1) return [list[0] ?? exitBlock, to];
  list.push(to);
  return list;
}

/** Puts an effect before the one with the index. */
export function insertEffect(block: GrowingBlock | undefined, index: number, effect: Effect): void {
  if (block === undefined) return;
  if (index >= block.effects.length) block.effects = grown(block.effects, effect);
  else block.effects.splice(index, 0, effect);
}

/** What one result of a function may be. */
type Returned = FunctionFacts["returns"][number];

/** A function whose blocks are still to be condensed. */
export interface LoweredFunction extends FunctionFacts {
  readonly blocks: readonly GrowingBlock[];
}

/** Most functions have few of these tables, and a map takes room before anything is in it. */
export const noLinks: ReadonlyMap<Place, Place> = new Map();
export const noOffsets: Offsets = new Map<string, number>();
const never: readonly Position[] = [];

export const entryBlock = 0;
export const exitBlock = 1;

/** A function while it is lowered: its control-flow graph grows block by block. */
export class Frame {
  readonly id: string;
  readonly parent: Frame | undefined;
  readonly blocks = [new OpenBlock(), new OpenBlock()];
  /** Block that takes the next effect; -1 where the code cannot be reached. */
  current = entryBlock;
  readonly jumps: Jump[] = [];
  #labels: Map<string, number> | undefined;
  readonly #deferred: (() => void)[] = [];
  /** The deferred call being lowered. */
  #deferring: number | undefined;
  readonly loops: number[] = [];
  #numbers: Numbers | undefined;
  /** Numbers of calls, by where they end. */
  #calls: Map<number, number> | undefined;
  readonly returns: Returned[] = [];
  params: Root[] = [];
  results: Place[] = [];
  literals = 0;
  parallelTest = false;
  /** It is given the writer of a response. */
  serves = false;
  /** Atoms of fields that were seen not to be set; `latched`: one of them was set then, here or by asking. */
  latches: readonly number[] = none;
  latched = false;
  /** Label of the statement being lowered. */
  pendingLabel = "";
  #links: Map<Place, Place> | undefined;
  /** Local values that were handed on to others, with the position behind which they are. */
  readonly handed: (Position & { readonly own: Place; readonly into: Place })[] = [];
  readonly #assigned: (Position & { readonly root: Root })[] = [];
  /** The same by root, once somebody asks: of most functions nobody does. */
  #assignments: Map<Root, Position[]> | undefined;
  /** Local variables used as keys and values of maps, and where variables of any frame are given new values. */
  readonly operands: Operand[] = [];
  readonly replaced: Operand[] = [];
  /** Frames of the literals in it, in order of their ends. */
  readonly inner: Frame[] = [];
  scope: Scope;

  constructor(id: string, parent: Frame | undefined, scope: Scope) {
    this.id = id;
    this.parent = parent;
    this.scope = scope;
  }

  /** Effects of the current block. */
  get length(): number {
    return this.blocks[this.current]?.effects.length ?? 0;
  }

  /** Which of those that go by the name it is that stands at the offset. */
  number(name: string, offset: number): number {
    this.#numbers ??= new Numbers();
    return this.#numbers.of(name, offset);
  }

  /** Where what has a number in its id stands, by its name and number. */
  get offsets(): Offsets {
    return this.#numbers ?? noOffsets;
  }

  /** As `number`, of the calls whose results are looked at; where those stand nobody asks by name. */
  callNumber(end: number): number {
    this.#calls ??= new Map();
    let number = this.#calls.get(end);
    if (number === undefined) {
      number = this.#calls.size;
      this.#calls.set(end, number);
    }
    return number;
  }

  /** Fields of local values that lead to another place: `a.next` to `tail`. */
  get links(): ReadonlyMap<Place, Place> {
    return this.#links ?? noLinks;
  }

  link(from: Place, to: Place): void {
    this.#links ??= new Map();
    this.#links.set(from, to);
  }

  assign(root: Root): void {
    this.#assigned.push({ root, block: this.current, index: this.length });
    this.#assignments = undefined;
  }

  /** Where a local variable gets a new value. */
  assignments(root: Root): readonly Position[] {
    if (this.#assignments === undefined) {
      this.#assignments = new Map();
      for (const one of this.#assigned) {
        const known = this.#assignments.get(one.root);
        if (known === undefined) this.#assignments.set(one.root, [one]);
        else known.push(one);
      }
    }
    return this.#assignments.get(root) ?? never;
  }

  /** Has `run` lowered at the end, for the ways that come past here. */
  defer(run: () => void): void {
    const id = this.#deferred.push(run) - 1;
    this.emit(deferOf(id));
  }

  /** Lowers the deferred calls, last one first. */
  runDeferred(): void {
    for (let id = this.#deferred.length - 1; id >= 0; id--) {
      if (this.current < 0) this.current = exitBlock;
      this.#deferring = id;
      this.#deferred[id]?.();
    }
    this.#deferring = undefined;
  }

  emit(effect: Effect): void {
    if (this.#deferring !== undefined) effect.deferredBy = this.#deferring;
    const block = this.blocks[this.current];
    if (block !== undefined) block.effects = grown(block.effects, effect);
  }

  block(): number {
    return this.blocks.push(new OpenBlock()) - 1;
  }

  edge(from: number, to: number): void {
    const block = this.blocks[from];
    const target = this.blocks[to];
    if (block === undefined || target === undefined) return;
    target.reached = true;
    if (!block.next.includes(to)) block.next = withEdge(block.next, to);
  }

  /** Continues in `block` if some edge leads there. */
  proceed(block: number): void {
    this.current = this.blocks[block]?.reached === true ? block : -1;
  }

  /** Ends the current block with a jump. */
  jump(to: number): void {
    this.edge(this.current, to);
    this.current = -1;
  }

  /** From here on the latch is seen to be open. */
  pass({ field }: Latch): void {
    if (field === 0) this.latched = true;
    else this.latches = [...this.latches, field];
  }

  /** Continues in `block`, falling into it from the current one. */
  enter(block: number): void {
    this.edge(this.current, block);
    this.current = block;
  }

  labelled(name: string): number {
    let block = this.#labels?.get(name);
    if (block === undefined) {
      block = this.block();
      this.#labels ??= new Map();
      this.#labels.set(name, block);
    }
    return block;
  }
}
