import type { Measure, Metric, Stats } from "../../../../common/src/contention.ts";
import { bar, formatCount, formatDelta, formatFactor, formatShare, formatTime } from "../../../../common/src/format.ts";
import { slowdown, within } from "../../evidence/contention/model.ts";
import type { Combined, CombinedRun } from "./combine.ts";

/** Below this many samples or waits a number says little: short and frequent operations are seen too rarely. */
export const fewSamples = 20;

/** One number of a place, chosen by the metric, and how it compares with the run. */
export interface Reading {
  /** What is counted: `waited`, `caused`, `in maps`, `CPU`. */
  readonly word: string;
  readonly measure: Measure;
  readonly base: Measure | undefined;
  readonly spread: { readonly low: number; readonly high: number } | undefined;
  readonly share: number;
  readonly self: boolean;
}

type Pick = (stats: Stats) => Measure;

interface Column {
  readonly word: string;
  readonly self: Pick;
  readonly all: Pick;
  readonly total: keyof CombinedRun["total"];
}

const suffered: Column = {
  word: "waited",
  self: (stats) => stats.suffered,
  all: (stats) => within(stats, "suffered"),
  total: "suffered",
};
const caused: Column = {
  word: "caused",
  self: (stats) => stats.caused,
  all: (stats) => within(stats, "caused"),
  total: "caused",
};
const mapCpu: Column = { word: "in maps", self: (stats) => stats.mapCpu, all: (stats) => stats.mapCpu, total: "cpu" };
const cpu: Column = { word: "CPU", self: (stats) => stats.cpu, all: (stats) => stats.cpu, total: "cpu" };

const columns: Record<Metric, readonly Column[]> = {
  wait: [suffered, caused],
  suffered: [suffered],
  caused: [caused],
  mapCpu: [mapCpu],
  cpu: [cpu],
  slowdown: [],
};

/** Readings of a place, those of the metric, the largest share first. */
export function readings(place: Combined<Stats>, run: CombinedRun, metric: Metric): Reading[] {
  return columns[metric]
    .map((column) => reading(place, run, column))
    .filter((one) => one.measure.time !== 0 || (one.base?.time ?? 0) !== 0)
    .sort((a, b) => Number(b.self) - Number(a.self) || b.share - a.share);
}

function reading({ stats, base, spread }: Combined<Stats>, run: CombinedRun, column: Column): Reading {
  const self = column.self(stats).time !== 0 || (base !== undefined && column.self(base).time !== 0);
  const pick = self ? column.self : column.all;
  const measure = pick(stats);
  const total = Math.max(run.total[column.total].time, run.baseTotal?.[column.total].time ?? 0);
  const greater = Math.max(measure.time, base === undefined ? 0 : pick(base).time);
  return {
    word: column.word,
    measure,
    base: base === undefined ? undefined : pick(base),
    spread: spread === undefined ? undefined : { low: pick(spread.low).time, high: pick(spread.high).time },
    share: total <= 0 ? 0 : Math.min(1, greater / total),
    self,
  };
}

/** `412 ms waited · 37 % (1.2K waits)`; a comparison leads with the difference. */
export function readingText({ word, measure, base, spread, share }: Reading, locale: string): string {
  const noun = word === "waited" || word === "caused" ? "waits" : "samples";
  if (base !== undefined) {
    const delta = formatDelta(measure.time - base.time, locale);
    return `${delta} ${word} (${formatTime(base.time, locale)} → ${formatTime(measure.time, locale)})`;
  }
  const range = spread === undefined ? "" : ` [${formatTime(spread.low, locale)} – ${formatTime(spread.high, locale)}]`;
  const few = measure.count < fewSamples ? ", few samples" : "";
  return `${formatTime(measure.time, locale)}${range} ${word} · ${formatShare(share, locale)} (${formatCount(measure.count, locale)} ${noun}${few})`;
}

/** With a bar and a glyph, for the end of a line; never colour alone. */
export function lineText(list: readonly Reading[], locale: string): string {
  const [first, second] = list;
  if (first === undefined) return "";
  const more =
    second?.self === true && first.base === undefined
      ? ` · ${formatTime(second.measure.time, locale)} ${second.word}`
      : "";
  return `${bar(first.share)} ${first.self ? "" : "↓ "}${readingText(first, locale)}${more}`;
}

/** `2.3× slower than without waiting`; empty where it is not, or a profile is missing. */
export function slowdownText(stats: Stats, locale: string): string {
  const factor = slowdown(stats);
  if (factor < 1.05) return "";
  return `${formatFactor(factor, locale)} slower than without waiting`;
}

/** Said of a field in the lock's cache line; nothing measures it, so it says that it is a hint. */
export function falseSharingText(field: string, distance: number, writers: readonly string[]): string {
  const shown = writers.slice(0, 2).join(", ") + (writers.length > 2 ? ` and ${writers.length - 2} more` : "");
  const bytes = `${Math.abs(distance)} bytes ${distance < 0 ? "before" : "behind"} the lock`;
  return `hint: ${field}, ${bytes}, is changed by ${shown} in what may be the same 64-byte cache line; padding keeps them apart`;
}
