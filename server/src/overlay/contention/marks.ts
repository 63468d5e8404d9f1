import type { Mark, MarkState, Metric } from "../../../../common/src/contention.ts";
import { bar, formatTime } from "../../../../common/src/format.ts";
import { slowdown, within } from "../../evidence/contention/model.ts";
import type { AnchoredFile } from "../anchor.ts";
import type { CombinedRun, HotFunction, HotLine } from "./combine.ts";
import { lineText, readings, slowdownText } from "./words.ts";

export interface MarkOptions {
  readonly metric: Metric;
  /** Least share of the total a line needs to be marked, 0 to 1. */
  readonly threshold: number;
  readonly locale: string;
}

/** A measured line where it stands now. */
export interface LocatedLine {
  readonly hot: HotLine;
  readonly line: number;
  readonly state: MarkState;
}

/** Measured lines of a file at their present places; deleted ones are left out. */
export function locateLines(run: CombinedRun, path: string, file: AnchoredFile): LocatedLine[] {
  const found: LocatedLine[] = [];
  for (const hot of run.lines) {
    const { anchor, unsure } = hot.placed;
    if (hot.path !== path || anchor === undefined) continue;
    const at = file.locate(anchor);
    if (at !== undefined)
      found.push({ hot, line: at.line, state: unsure && at.state === "exact" ? "unsure" : at.state });
  }
  return found;
}

const suffixes: Record<MarkState, string> = {
  exact: "",
  moved: " (moved)",
  changed: " (line changed since)",
  unsure: " (file is newer than the profile)",
};

/** What the overlay draws in one file, one mark a line. */
export function marksOf(run: CombinedRun, path: string, file: AnchoredFile, options: MarkOptions): Mark[] {
  if (options.metric === "slowdown") return slowdownMarks(run, path, file, options);
  const marks = new Map<number, Mark>();
  for (const { hot, line, state } of locateLines(run, path, file)) {
    const all = readings(hot, run, options.metric);
    const [first] = all;
    if (first === undefined || first.share < options.threshold) continue;
    const known = marks.get(line);
    if (known !== undefined && (known.self !== first.self ? known.self : known.heat >= first.share)) continue;
    const text = `${state === "exact" ? "" : "~"}${lineText(all, options.locale)}${suffixes[state]}`;
    marks.set(line, { line, state, text, heat: first.share, self: first.self });
  }
  return [...marks.values()].sort((a, b) => a.line - b.line);
}

function slowdownMarks(run: CombinedRun, path: string, file: AnchoredFile, { locale }: MarkOptions): Mark[] {
  return functionsOf(run, path, file).flatMap(({ hot, line }) => {
    const text = slowdownText(hot.stats, locale);
    if (text === "") return [];
    const factor = slowdown(hot.stats);
    const heat = 1 - 1 / factor;
    return [{ line, state: "exact" as const, text: `${bar(heat)} ${text}`, heat, self: true }];
  });
}

function functionsOf(run: CombinedRun, path: string, file: AnchoredFile): { hot: HotFunction; line: number }[] {
  return run.functions.flatMap((hot) => {
    const line = hot.path === path ? file.declaredAt(hot.stats.declaration) : undefined;
    return line === undefined ? [] : [{ hot, line }];
  });
}

export interface FunctionLens {
  /** From 1. */
  readonly line: number;
  readonly title: string;
  readonly heat: number;
}

/** Per function, at most one line: wait caused and wait suffered, closures and callees included. */
export function lensesOf(run: CombinedRun, path: string, file: AnchoredFile, options: MarkOptions): FunctionLens[] {
  const { locale, threshold } = options;
  return functionsOf(run, path, file).flatMap(({ hot, line }) => {
    const parts: string[] = [];
    let heat = 0;
    for (const [kind, word] of [
      ["suffered", "waited"],
      ["caused", "caused"],
    ] as const) {
      const { time } = within(hot.stats, kind);
      const total = run.total[kind].time;
      const share = total <= 0 ? 0 : time / total;
      if (time <= 0 || share < threshold) continue;
      heat = Math.max(heat, share);
      parts.push(`${word} ${formatTime(time, locale)}`);
    }
    const slower = slowdownText(hot.stats, locale);
    if (slower !== "" && parts.length > 0) parts.push(slower.split(" ").slice(0, 2).join(" "));
    return parts.length === 0 ? [] : [{ line, title: `${bar(heat)} ${parts.join(" · ")}`, heat }];
  });
}
