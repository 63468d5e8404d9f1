import { declarationOf, parseFrameName } from "../../../knowledge/frames.ts";
import type { TraceEvent } from "../event.ts";
import { Ev } from "../spec.ts";
import type { Stacks } from "./stacks.ts";

/** Two functions of which a caller wants to know whether they were active at the same moment; see `functionKey`. */
export interface WatchedPair {
  readonly id: string;
  readonly functions: readonly [string, string];
}

/** A goroutine was in a function at a moment: it waited below it, was in a system call, or was sampled there. */
export interface Seen {
  readonly goroutine: number;
  readonly how: "waiting" | "syscall" | "sampled";
  readonly line: number;
}

/** Two goroutines were in the functions of a pair at the same moment, in nanoseconds since the trace's begin. */
export interface Overlap {
  readonly id: string;
  readonly time: number;
  readonly seen: readonly [Seen, Seen];
}

/** A function by the last two elements of its file's path and its declaration: the same under -trimpath and in containers. */
export function functionKey(file: string, declaration: string): string {
  const path = file.split(/[\\/]/).slice(-2).join("/");
  return `${path}#${declaration.replace(/\.func\d.*$/, "")}`;
}

interface Place {
  readonly function: number;
  readonly line: number;
}

/**
 * Finds moments at which two goroutines were in both functions of a pair. Only blocking points, system calls and CPU samples say
 * where a goroutine is, so silence says nothing.
 */
export class Presence {
  readonly overlaps: Overlap[] = [];
  readonly #stacks: Stacks;
  readonly #numbers = new Map<string, number>();
  /** Pairs that are not seen yet, by the number of either function. */
  readonly #open: { readonly pair: WatchedPair; readonly other: number; readonly first: boolean }[][] = [];
  readonly #placesOf = new Map<number, readonly Place[]>();
  /** Who is in a function now, by its number. */
  readonly #inside: Map<number, Seen>[] = [];
  readonly #entered = new Map<number, readonly Place[]>();

  constructor(stacks: Stacks, pairs: readonly WatchedPair[]) {
    this.#stacks = stacks;
    for (const pair of pairs) {
      const [a, b] = [this.#number(pair.functions[0]), this.#number(pair.functions[1])];
      this.#open[a]?.push({ pair, other: b, first: true });
      if (a !== b) this.#open[b]?.push({ pair, other: a, first: false });
    }
  }

  take({ type, g, a0, a1, time, tables }: TraceEvent): void {
    if (type === Ev.GoBlock) this.#enter(g, this.#stacks.of(tables, a1), "waiting", time);
    else if (type === Ev.GoSyscallBegin) this.#enter(g, this.#stacks.of(tables, a1), "syscall", time);
    else if (type === Ev.GoUnblock) this.#leave(a0);
    else if (type === Ev.GoSyscallEnd || type === Ev.GoSyscallEndBlocked || type === Ev.GoDestroySyscall)
      this.#leave(g);
    else if (type === Ev.CPUSample && g >= 0)
      for (const place of this.#places(this.#stacks.of(tables, a0))) this.#meet(g, place, "sampled", time);
  }

  #number(key: string): number {
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.#numbers.size;
      this.#numbers.set(key, number);
      this.#open.push([]);
      this.#inside.push(new Map());
    }
    return number;
  }

  #enter(goroutine: number, stack: number, how: Seen["how"], time: number): void {
    const places = this.#places(stack);
    if (places.length === 0) return;
    this.#leave(goroutine);
    this.#entered.set(goroutine, places);
    for (const place of places) {
      this.#meet(goroutine, place, how, time);
      this.#inside[place.function]?.set(goroutine, { goroutine, how, line: place.line });
    }
  }

  #leave(goroutine: number): void {
    const places = this.#entered.get(goroutine);
    if (places === undefined) return;
    this.#entered.delete(goroutine);
    for (const place of places) this.#inside[place.function]?.delete(goroutine);
  }

  #meet(goroutine: number, { function: own, line }: Place, how: Seen["how"], time: number): void {
    const open = this.#open[own] ?? [];
    for (let index = open.length - 1; index >= 0; index--) {
      const entry = open[index];
      if (entry === undefined) continue;
      const other = firstOther(this.#inside[entry.other], goroutine);
      if (other === undefined) continue;
      const self: Seen = { goroutine, how, line };
      this.overlaps.push({ id: entry.pair.id, time, seen: entry.first ? [self, other] : [other, self] });
      this.#close(entry.pair, own, entry.other);
    }
  }

  /** One moment for each pair is enough. */
  #close(pair: WatchedPair, ...functions: readonly number[]): void {
    for (const number of functions) this.#open[number] = this.#open[number]?.filter((one) => one.pair !== pair) ?? [];
  }

  #places(stack: number): readonly Place[] {
    let places = this.#placesOf.get(stack);
    if (places === undefined) {
      places = this.#stacks.frames(stack).flatMap(({ function: name, file, line }) => {
        const number = this.#numbers.get(functionKey(file, declarationOf(parseFrameName(name))));
        return number === undefined ? [] : [{ function: number, line }];
      });
      this.#placesOf.set(stack, places);
    }
    return places;
  }
}

function firstOther(inside: ReadonlyMap<number, Seen> | undefined, than: number): Seen | undefined {
  for (const [goroutine, seen] of inside ?? []) if (goroutine !== than) return seen;
  return undefined;
}
