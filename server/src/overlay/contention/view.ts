import type { CallSiteRow, FunctionRow, LockRow } from "../../../../common/src/contention.ts";
import { formatTime } from "../../../../common/src/format.ts";
import { within } from "../../evidence/contention/model.ts";
import type { CombinedRun, HotLine } from "./combine.ts";
import { anonymousLock, type FileLocks, lockAt, type NamedLock } from "./locks.ts";
import type { LocatedLine } from "./marks.ts";
import { readings, readingText, slowdownText } from "./words.ts";

/** The static side of a view: names of locks, what they guard, where lines stand now. */
export interface ViewSource {
  locks(path: string): FileLocks;
  /** Measured lines of a file that are still there. */
  located(path: string): readonly LocatedLine[];
  guards(lock: NamedLock, path: string): LockRow["guards"];
  hints(lock: NamedLock): readonly string[];
}

/** A lock with its call sites, as the tree and the hover need it. */
export interface HotLock {
  readonly lock: NamedLock;
  readonly path: string | undefined;
  readonly sites: readonly { readonly hot: HotLine; readonly at: LocatedLine | undefined }[];
  readonly suffered: number;
  readonly caused: number;
}

/** Call sites grouped by lock, the hottest first. */
export function hotLocks(run: CombinedRun, source: ViewSource): HotLock[] {
  const locks = new Map<
    string,
    { lock: NamedLock; path: string | undefined; sites: { hot: HotLine; at: LocatedLine | undefined }[] }
  >();
  const places = new Map<string, Map<HotLine, LocatedLine>>();
  for (const hot of run.lines) {
    if (hot.stats.operation === "") continue;
    const { path } = hot;
    let located = path === undefined ? undefined : places.get(path);
    if (path !== undefined && located === undefined) {
      located = new Map(source.located(path).map((one) => [one.hot, one]));
      places.set(path, located);
    }
    const at = located?.get(hot);
    const named =
      path === undefined || at === undefined ? undefined : lockAt(source.locks(path), at.line, hot.stats.operation);
    const lock = named ?? anonymousLock(hot);
    const entry = locks.get(lock.key) ?? { lock, path, sites: [] };
    locks.set(lock.key, entry);
    entry.sites.push({ hot, at });
  }
  return [...locks.values()]
    .map(({ sites, ...rest }) => ({
      ...rest,
      sites: sites.sort((a, b) => weight(b.hot, run) - weight(a.hot, run)),
      suffered: sites.reduce((sum, { hot }) => sum + hot.stats.suffered.time, 0),
      caused: sites.reduce((sum, { hot }) => sum + hot.stats.caused.time, 0),
    }))
    .sort((a, b) => heatOf(b, run) - heatOf(a, run));
}

function weight({ stats }: HotLine, run: CombinedRun): number {
  return Math.max(
    part(stats.suffered.time, run.total.suffered.time),
    part(stats.caused.time, run.total.caused.time),
    stats.blocked > 0 ? Number.EPSILON : 0,
  );
}

export function heatOf(lock: HotLock, run: CombinedRun): number {
  return Math.max(part(lock.suffered, run.total.suffered.time), part(lock.caused, run.total.caused.time));
}

function part(value: number, total: number): number {
  return total <= 0 ? 0 : Math.min(1, value / total);
}

export function lockRows(run: CombinedRun, source: ViewSource, locale: string): LockRow[] {
  return hotLocks(run, source).map((lock) => ({
    name: lock.lock.name,
    text: lockText(lock.suffered, lock.caused, locale),
    heat: heatOf(lock, run),
    sites: lock.sites.map(({ hot, at }) => siteRow(hot, at, run, locale)),
    guards: lock.path === undefined ? [] : source.guards(lock.lock, lock.path),
    hints: source.hints(lock.lock),
  }));
}

export function lockText(suffered: number, caused: number, locale: string): string {
  const parts: string[] = [];
  if (suffered !== 0) parts.push(`waited ${formatTime(suffered, locale)}`);
  if (caused !== 0) parts.push(`caused ${formatTime(caused, locale)}`);
  return parts.join(" · ");
}

function siteRow(hot: HotLine, at: LocatedLine | undefined, run: CombinedRun, locale: string): CallSiteRow {
  const { stats, placed } = hot;
  const texts = readings(hot, run, "wait").map((one) => readingText(one, locale));
  if (stats.blocked > 0) texts.push(`${stats.blocked} blocked now`);
  return {
    path: placed.path,
    file: stats.file,
    line: at?.line ?? stats.line,
    function: stats.function,
    operation: stats.operation,
    text: texts.join(" · "),
    heat: weight(hot, run),
    state: at?.state ?? "missing",
  };
}

/** The first rows of `-top -cum`, of the user's own functions. */
export function functionRows(
  run: CombinedRun,
  locale: string,
  lineOf: (path: string, name: string) => number | undefined,
): FunctionRow[] {
  return [...run.functions]
    .map((hot) => ({ hot, wait: Math.max(within(hot.stats, "suffered").time, within(hot.stats, "caused").time) }))
    .filter(({ wait }) => wait > 0)
    .sort((a, b) => b.wait - a.wait)
    .slice(0, 20)
    .map(({ hot }) => {
      const slower = slowdownText(hot.stats, locale);
      const text = lockText(within(hot.stats, "suffered").time, within(hot.stats, "caused").time, locale);
      return {
        function: `${hot.stats.pkg.slice(hot.stats.pkg.lastIndexOf("/") + 1)}.${hot.stats.declaration}`,
        path: hot.path,
        line: hot.path === undefined ? 0 : (lineOf(hot.path, hot.stats.declaration) ?? 0),
        text: slower === "" ? text : `${text} · ${slower}`,
      };
    });
}
