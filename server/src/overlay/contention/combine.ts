import type { Measure, Stats } from "../../../../common/src/contention.ts";
import type { FunctionStats, LineStats } from "../../evidence/contention/model.ts";
import type { PlacedFunction, PlacedLine, PlacedRun } from "./place.ts";

/** One or several runs as one: the median of each number, and how far they spread. */
export interface Combined<T extends Stats> {
  readonly key: string;
  readonly path: string | undefined;
  readonly stats: T;
  /** Of the run it is compared with. */
  readonly base: Stats | undefined;
  /** Least and most wait, caused and suffered, of several runs. */
  readonly spread: { readonly low: Stats; readonly high: Stats } | undefined;
}

export interface HotLine extends Combined<LineStats> {
  readonly placed: PlacedLine;
}

export type HotFunction = Combined<FunctionStats>;

export interface CombinedRun {
  readonly total: PlacedRun["total"];
  readonly baseTotal: PlacedRun["total"] | undefined;
  readonly idle: Measure;
  readonly lines: readonly HotLine[];
  readonly functions: readonly HotFunction[];
  readonly compared: boolean;
}

const zero: Measure = { time: 0, count: 0 };
const none: Stats = { caused: zero, suffered: zero, causedBelow: zero, sufferedBelow: zero, cpu: zero, mapCpu: zero };

/** Combines runs, the newest first, and subtracts nothing: the base stands beside. */
export function combineRuns(runs: readonly PlacedRun[], base: PlacedRun | undefined): CombinedRun {
  const lines = new Joined<PlacedLine>(
    runs.map((run) => run.lines),
    base?.lines ?? [],
  );
  const functions = new Joined<PlacedFunction>(
    runs.map((run) => run.functions),
    base?.functions ?? [],
  );
  const compared = base !== undefined;
  return {
    total: {
      caused: median(runs.map((run) => run.total.caused)),
      suffered: median(runs.map((run) => run.total.suffered)),
      cpu: median(runs.map((run) => run.total.cpu)),
      mapCpu: median(runs.map((run) => run.total.mapCpu)),
    },
    baseTotal: base?.total,
    idle: median(runs.map((run) => run.idle)),
    lines: lines.all(runs.length, compared).map(({ first, stats, ...rest }) => ({
      ...rest,
      placed: first,
      stats: { ...first.stats, ...stats },
    })),
    functions: functions.all(runs.length, compared).map(({ first, stats, ...rest }) => ({
      ...rest,
      stats: { ...first.stats, ...stats },
    })),
    compared,
  };
}

interface Placed {
  readonly key: string;
  readonly path: string | undefined;
  readonly stats: Stats;
}

/** What several runs say of the same places. */
class Joined<T extends Placed> {
  readonly #places = new Map<string, { first: T; runs: Map<number, Stats>; base: Stats | undefined }>();

  constructor(runs: readonly (readonly T[])[], base: readonly T[]) {
    for (const [index, places] of runs.entries()) {
      for (const place of places) {
        const { runs: known } = this.#entry(place);
        known.set(index, sum(known.get(index), place.stats));
      }
    }
    for (const place of base) {
      const entry = this.#entry(place);
      entry.base = sum(entry.base, place.stats);
    }
  }

  #entry(place: T) {
    let entry = this.#places.get(place.key);
    if (entry === undefined) {
      entry = { first: place, runs: new Map(), base: undefined };
      this.#places.set(place.key, entry);
    }
    return entry;
  }

  all(count: number, compared: boolean) {
    return [...this.#places].map(([key, { first, runs, base }]) => {
      const each = Array.from({ length: count }, (_, index) => runs.get(index) ?? none);
      return {
        key,
        path: first.path,
        first,
        stats: perMeasure(each, median),
        base: compared ? (base ?? none) : undefined,
        spread: count < 2 ? undefined : { low: perMeasure(each, least), high: perMeasure(each, most) },
      };
    });
  }
}

function perMeasure(all: readonly Stats[], pick: (values: readonly Measure[]) => Measure): Stats {
  return {
    caused: pick(all.map((one) => one.caused)),
    suffered: pick(all.map((one) => one.suffered)),
    causedBelow: pick(all.map((one) => one.causedBelow)),
    sufferedBelow: pick(all.map((one) => one.sufferedBelow)),
    cpu: pick(all.map((one) => one.cpu)),
    mapCpu: pick(all.map((one) => one.mapCpu)),
  };
}

/** Two frames of one line, as those of a generic function's instances. */
function sum(a: Stats | undefined, b: Stats): Stats {
  if (a === undefined) return b;
  return perMeasure([a, b], (values) => ({
    time: values.reduce((total, one) => total + one.time, 0),
    count: values.reduce((total, one) => total + one.count, 0),
  }));
}

function byTime(values: readonly Measure[]): readonly Measure[] {
  return [...values].sort((a, b) => a.time - b.time);
}

function median(values: readonly Measure[]): Measure {
  const sorted = byTime(values);
  const [low, high] = [sorted[(sorted.length - 1) >> 1] ?? zero, sorted[sorted.length >> 1] ?? zero];
  return { time: (low.time + high.time) / 2, count: (low.count + high.count) / 2 };
}

function least(values: readonly Measure[]): Measure {
  return byTime(values)[0] ?? zero;
}

function most(values: readonly Measure[]): Measure {
  return byTime(values).at(-1) ?? zero;
}
