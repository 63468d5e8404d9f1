import { waitsByName } from "../knowledge/waits.ts";
import type { Effect, FunctionFacts, Spawn } from "./effects.ts";
import { translate } from "./locks.ts";
import type { Place } from "./place.ts";
import type { Program } from "./program.ts";

/** What tells others that a goroutine is past its work: places in the frame of the function that started it. */
export interface Signal {
  readonly op: "done" | "send" | "close" | "group" | "owner";
  readonly place: Place;
}

/** Two goroutines take turns: one asks on `gate`, the other works and says on `answer` that it is done. */
export interface Round {
  readonly gate: Place;
  readonly answer: Place;
}

/** What a function waits for before it returns. */
interface Wait {
  readonly op: "wait" | "receive";
  readonly place: Place;
}

interface Position {
  readonly block: number;
  readonly index: number;
}

const positions = new WeakMap<FunctionFacts, Map<Effect, Position>>();

function positionOf(facts: FunctionFacts, effect: Effect): Position | undefined {
  let known = positions.get(facts);
  if (known === undefined) {
    known = new Map();
    for (const [block, { effects }] of facts.blocks.entries()) {
      for (const [index, one] of effects.entries()) known.set(one, { block, index });
    }
    positions.set(facts, known);
  }
  return known.get(effect);
}

/** Can control go from just behind `from` to `to` without passing an effect that `stops`? */
export function reaches(facts: FunctionFacts, from: Effect, to: Effect, stops: (effect: Effect) => boolean): boolean {
  const start = positionOf(facts, from);
  const goal = positionOf(facts, to);
  if (start === undefined || goal === undefined) return true;
  const seen = new Set<number>();
  const queue: Position[] = [{ block: start.block, index: start.index + 1 }];
  for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
    const block = facts.blocks[at.block];
    if (block === undefined) continue;
    let stopped = false;
    for (let i = at.index; i < block.effects.length && !stopped; i++) {
      const effect = block.effects[i];
      if (effect === to) return true;
      if (effect !== undefined && stops(effect)) stopped = true;
    }
    if (stopped) continue;
    for (const next of block.next) {
      if (seen.has(next)) continue;
      seen.add(next);
      queue.push({ block: next, index: 0 });
    }
  }
  return false;
}

/** Can control get from the function's entry to `to` without passing `barrier`? */
function enters(facts: FunctionFacts, to: Effect, barrier: Effect): boolean {
  const seen = new Set<number>([0]);
  const queue = [0];
  for (let index = queue.pop(); index !== undefined; index = queue.pop()) {
    const block = facts.blocks[index];
    let stopped = false;
    for (const effect of block?.effects ?? []) {
      if (effect === to) return true;
      if (effect === barrier) {
        stopped = true;
        break;
      }
    }
    for (const next of stopped ? [] : (block?.next ?? [])) {
      if (!seen.has(next)) queue.push(next);
      seen.add(next);
    }
  }
  return false;
}

/** Is every way from `from` to the end of the function through an effect that `stops`? */
export function alwaysStops(facts: FunctionFacts, from: Effect, stops: (effect: Effect) => boolean): boolean {
  const start = positionOf(facts, from);
  if (start === undefined) return false;
  const seen = new Set<number>();
  const queue: Position[] = [{ block: start.block, index: start.index + 1 }];
  for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
    const block = facts.blocks[at.block];
    if (block === undefined) continue;
    if (block.effects.slice(at.index).some(stops)) continue;
    // A block that leads nowhere and is not the exit is a panic or an endless wait.
    if (at.block === 1 && block.next.length === 0) return false;
    for (const next of block.next) {
      if (seen.has(next)) continue;
      seen.add(next);
      queue.push({ block: next, index: 0 });
    }
  }
  return true;
}

function isOn(effect: Effect, op: "send" | "receive" | "close", channel: Place): boolean {
  return effect.op === op && effect.place === channel;
}

/** Does every way through the function lead past the effect? */
function passed(facts: FunctionFacts, effect: Effect): boolean {
  const first = facts.blocks.find((block) => block.effects.length > 0)?.effects[0];
  return first === effect || (first !== undefined && alwaysStops(facts, first, (one) => one === effect));
}

interface Known<Item> {
  readonly list: readonly Item[];
  readonly seen: ReadonlySet<string>;
}

/** Happens-before between goroutines: who signals, who waits. */
export class Order {
  readonly #program: Program;
  /** By how deep in others' calls it was asked for; with what was looked at for it. */
  readonly #signals: Map<string, Known<{ signal: Signal; effect: Effect }>>[] = [];
  readonly #waits: Map<string, Known<Wait>>[] = [];

  constructor(program: Program) {
    this.#program = program;
  }

  /**
   * Signals of a started function in the starter's frame that come after `work`, the effect of the started
   * function under which the access happens.
   */
  signals(spawn: Spawn, started: FunctionFacts, work: Effect): Signal[] {
    const signals: Signal[] = spawn.group.map((place) => ({ op: "group", place }));
    for (const { signal, effect } of this.#signalsOf(started, 0)) {
      if (reaches(started, effect, work, () => false) && effect !== work) continue;
      const place = translate(
        signal.place,
        started.id,
        spawn.targets[0]?.bound === undefined ? spawn.args : [spawn.targets[0].bound, ...spawn.args],
      );
      if (place !== undefined) signals.push({ op: signal.op, place });
    }
    return signals;
  }

  /** Channels, in the starter's frame, that the started function must have received from before `work`. */
  gates(spawn: Spawn, started: FunctionFacts, work: Effect): Place[] {
    const gates: Place[] = [];
    for (const block of started.blocks) {
      for (const effect of block.effects) {
        if (effect.op !== "receive" || effect === work || enters(started, work, effect)) continue;
        const place = translate(effect.place, started.id, spawn.args);
        if (place !== undefined) gates.push(place);
      }
    }
    return gates;
  }

  /** Turns of the started function: between any two times at `work` it answers, and waits to be asked again. */
  rounds(spawn: Spawn, started: FunctionFacts, work: Effect): Round[] {
    const effects = started.blocks.flatMap((block) => block.effects);
    const rounds: Round[] = [];
    for (const asked of effects) {
      if (asked.op !== "receive" || enters(started, work, asked)) continue;
      for (const done of effects) {
        if (done.op !== "send" || reaches(started, work, asked, (one) => isOn(one, "send", done.place))) continue;
        const answers = effects.filter((one) => isOn(one, "send", done.place));
        if (answers.some((one) => reaches(started, one, work, (two) => two === asked))) continue;
        const [gate, answer] = [asked.place, done.place].map((place) => translate(place, started.id, spawn.args));
        if (gate !== undefined && answer !== undefined) rounds.push({ gate, answer });
      }
    }
    return rounds;
  }

  /** Does the function come to `effect` only when it has asked nothing, or has the answer? */
  takesTurns(facts: FunctionFacts, effect: Effect, rounds: readonly Round[]): boolean {
    if (rounds.length === 0) return false;
    const effects = facts.blocks.flatMap((block) => block.effects);
    return rounds.some(({ gate, answer }) => {
      const asks = effects.filter((one) => isOn(one, "send", gate));
      return (
        asks.length > 0 &&
        !effects.some((one) => isOn(one, "close", gate) && reaches(facts, one, effect, () => false)) &&
        asks.every((ask) => !reaches(facts, ask, effect, (one) => isOn(one, "receive", answer)))
      );
    });
  }

  /** Is `effect` before every send and close that would let a goroutine through one of its gates? */
  beforeGate(facts: FunctionFacts, effect: Effect, gates: readonly Place[]): boolean {
    return gates.some((gate) => {
      const opens = facts.blocks
        .flatMap((block) => block.effects)
        .filter((one) => (one.op === "send" || one.op === "close") && one.place === gate);
      return (
        opens.length > 0 &&
        opens.every((open) => reaches(facts, effect, open, () => false) && !reaches(facts, open, effect, () => false))
      );
    });
  }

  /** What `work` finds, or found before. */
  #known<Item>(
    memos: Map<string, Known<Item>>[],
    id: string,
    depth: number,
    work: () => readonly Item[],
  ): readonly Item[] {
    memos[depth] ??= new Map();
    const memo = memos[depth];
    let known = memo.get(id);
    if (known === undefined) {
      const [list, seen] = this.#program.seen.during(work);
      known = { list, seen };
      memo.set(id, known);
    } else this.#program.seen.noteAll(known.seen);
    return known.list;
  }

  /** Done, send and close of a function and what it calls, each with its effect in the function itself. */
  #signalsOf(facts: FunctionFacts, depth: number): readonly { signal: Signal; effect: Effect }[] {
    return this.#known(this.#signals, facts.id, depth, () => [...this.#findSignals(facts, depth)]);
  }

  *#findSignals(facts: FunctionFacts, depth: number): Generator<{ signal: Signal; effect: Effect }> {
    for (const effect of facts.blocks.flatMap((block) => block.effects)) {
      if (effect.op === "done" || effect.op === "send" || effect.op === "close")
        yield { signal: { op: effect.op, place: effect.place }, effect };
      if (effect.op !== "call" || depth >= 3) continue;
      for (const target of effect.targets) {
        const callee = this.#program.functions.get(target.id);
        if (callee === undefined) continue;
        const args = target.bound === undefined ? effect.args : [target.bound, ...effect.args];
        for (const { signal } of this.#signalsOf(callee, depth + 1)) {
          const place = translate(signal.place, callee.id, args);
          if (place !== undefined) yield { signal: { op: signal.op, place }, effect };
        }
      }
    }
  }

  /** Does the effect, in `facts`, wait for one of the signals? `many`: several goroutines send them. */
  joins(facts: FunctionFacts, effect: Effect, signals: readonly Signal[], many: boolean): boolean {
    if (signals.length === 0) return false;
    if (this.#waitsForOwner(effect, signals)) return true;
    if (effect.op === "call") {
      const waits = this.#waitsOf(
        effect.targets.map((target) => target.id),
        effect.args,
        0,
      );
      return waits.some(({ op, place }) =>
        signals.some(
          (signal) =>
            signal.place === place &&
            (op === "wait" ? signal.op === "done" || signal.op === "group" : signal.op === "close" || !many),
        ),
      );
    }
    if (effect.op === "wait") {
      return signals.some((signal) => (signal.op === "done" || signal.op === "group") && signal.place === effect.place);
    }
    if (effect.op !== "receive" && effect.op !== "drain") return false;
    for (const signal of signals) {
      if (signal.place !== effect.place) continue;
      if (signal.op === "close") return true;
      // One receive waits for one sender; receiving in a loop counts them all.
      if (signal.op === "send" && (!many || effect.op === "drain" || reaches(facts, effect, effect, () => false)))
        return true;
    }
    return this.#closedBehind(facts, effect.place, signals);
  }

  /** A method of what started the goroutine that waits by its name, or a receive from a channel that it hands out. */
  #waitsForOwner(effect: Effect, signals: readonly Signal[]): boolean {
    const owners = signals.filter(({ op }) => op === "owner");
    if (owners.length === 0) return false;
    const call =
      effect.op === "call" && effect.targets.some(({ id }) => waitsByName(id))
        ? effect
        : effect.op === "receive"
          ? effect.place.root.source
          : undefined;
    const of = call?.args[0];
    return of !== undefined && owners.some(({ place }) => of.some((ref) => ref.place === place));
  }

  /** Another goroutine waits for the group and then closes or sends on the channel that is received from here. */
  #closedBehind(facts: FunctionFacts, channel: Place, signals: readonly Signal[]): boolean {
    for (const block of facts.blocks) {
      for (const effect of block.effects) {
        if (effect.op !== "spawn") continue;
        const closer = this.#program.functions.get(effect.targets[0]?.id ?? "");
        if (closer === undefined) continue;
        const closes = this.#signalsOf(closer, 0).some(
          ({ signal }) =>
            (signal.op === "close" || signal.op === "send") &&
            translate(signal.place, closer.id, effect.args) === channel,
        );
        if (!closes) continue;
        for (const inner of closer.blocks) {
          for (const wait of inner.effects) {
            const relays = wait.op === "receive" || wait.op === "drain";
            if (wait.op !== "wait" && !relays) continue;
            const place = translate(wait.place, closer.id, effect.args);
            if (
              relays &&
              signals.some((signal) => (signal.op === "send" || signal.op === "close") && signal.place === place)
            )
              return true;
            if (signals.some((signal) => (signal.op === "done" || signal.op === "group") && signal.place === place))
              return true;
          }
        }
      }
    }
    return false;
  }

  /** Waits and receives that a call makes before it returns. */
  #waitsOf(ids: readonly string[], args: readonly (readonly { place: Place }[])[], depth: number): readonly Wait[] {
    const places: Wait[] = [];
    for (const id of ids) {
      const callee = this.#program.functions.get(id);
      if (callee === undefined || depth > 3) continue;
      const own = this.#known(this.#waits, id, depth, () => [...this.#findWaits(callee, depth)]);
      for (const { op, place } of own) {
        const translated = translate(place, id, args);
        if (translated !== undefined) places.push({ op, place: translated });
      }
    }
    return places;
  }

  *#findWaits(callee: FunctionFacts, depth: number): Generator<Wait> {
    for (const effect of callee.blocks.flatMap((block) => block.effects)) {
      if (effect.op === "wait") yield { op: "wait", place: effect.place };
      else if (effect.op === "receive" && passed(callee, effect)) yield { op: "receive", place: effect.place };
      else if (effect.op === "call") {
        const ids = effect.targets.map((target) => target.id);
        yield* this.#waitsOf(ids, effect.args, depth + 1);
      }
    }
  }
}
