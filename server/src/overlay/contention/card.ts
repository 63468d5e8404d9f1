import { formatShare, formatTime } from "../../../../common/src/format.ts";
import { basename } from "../../base/paths.ts";
import { escapeMarkdown } from "../explain.ts";
import type { CombinedRun } from "./combine.ts";
import type { LocatedLine } from "./marks.ts";
import { type HotLock, heatOf, lockText } from "./view.ts";
import { readings, readingText, slowdownText } from "./words.ts";

/** Which run the numbers are of, for a reader. */
export interface Source {
  /** `BenchmarkX in shop/store` */
  readonly title: string;
  /** `3 minutes ago` */
  readonly age: string;
}

const states = {
  exact: "on this very line",
  moved: "the line has moved since",
  changed: "the line's text was changed since",
  unsure: "the file was saved after the run: the line may be another",
};

/** The measured part of the hover on a line: two columns, never added. */
export function lineCard(lines: readonly LocatedLine[], run: CombinedRun, source: Source, locale: string): string {
  const out: string[] = [];
  for (const { hot, state } of lines) {
    const { stats } = hot;
    const where = stats.via === "" ? "" : `, taken in \`${code(stats.via)}\``;
    const title = stats.operation === "" ? "In what this line calls" : `\`${code(stats.operation)}\`${where}`;
    out.push(`**Measured** · ${title}`, "", "| | time | share | waits |", "|---|--:|--:|--:|");
    out.push(...rows(hot.stats, run, locale), "");
    const more = [...readings(hot, run, "mapCpu"), ...readings(hot, run, "cpu")].map((one) => readingText(one, locale));
    const slower = slowdownText(stats, locale);
    if (slower !== "") more.push(slower);
    if (stats.blocked > 0) more.push(`${stats.blocked} goroutines were blocked here when the run was taken`);
    more.push(...longestText(stats, locale));
    if (hot.base !== undefined) more.push(...readings(hot, run, "wait").map((one) => readingText(one, locale)));
    for (const text of more) out.push(`- ${escapeMarkdown(text)}`);
    out.push("", `${escapeMarkdown(source.title)}, ${escapeMarkdown(source.age)}; ${states[state]}.`, "");
  }
  return out.join("\n");
}

/** What only a trace knows: the longest wait, who ended it, what else went on. */
function longestText({ longest }: LocatedLine["hot"]["stats"], locale: string): string[] {
  if (longest === undefined) return [];
  const { waker, links } = longest;
  const by =
    waker === undefined ? "" : `; goroutine ${waker.goroutine} ended it at ${basename(waker.file)}:${waker.line}`;
  const chain = links === 0 ? "" : `, after ${links === 1 ? "a wait" : `${links} waits`} of its own`;
  const out = [`longest wait ${formatTime(longest.time, locale)}, of goroutine ${longest.goroutine}${by}${chain}`];
  if (longest.mostWaiting > 2) out.push(`up to ${longest.mostWaiting} goroutines waited here at once`);
  if (longest.collecting >= 0.1)
    out.push(`${formatShare(longest.collecting, locale)} of it while the collector marked`);
  if (longest.stopped >= 0.1) out.push(`${formatShare(longest.stopped, locale)} of it while the world was stopped`);
  return out;
}

/** Wait suffered and wait caused, here and in what is called. */
function rows(stats: LocatedLine["hot"]["stats"], run: CombinedRun, locale: string): string[] {
  const out: string[] = [];
  const row = (name: string, measure: { time: number; count: number }, total: number) => {
    if (measure.time === 0 && measure.count === 0) return;
    const share = total <= 0 ? "" : formatShare(measure.time / total, locale);
    const count = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 }).format(measure.count);
    out.push(`| ${name} | ${formatTime(measure.time, locale)} | ${share} | ${count} |`);
  };
  row("wait suffered here (at Lock)", stats.suffered, run.total.suffered.time);
  row("wait caused here (at Unlock)", stats.caused, run.total.caused.time);
  row("wait suffered in calls", stats.sufferedBelow, run.total.suffered.time);
  row("wait caused in calls", stats.causedBelow, run.total.caused.time);
  return out;
}

/** The hover on a lock, or on a map it guards: the lock's waits over all its call sites. */
export function lockCard(
  lock: HotLock,
  run: CombinedRun,
  source: Source,
  link: (site: HotLock["sites"][number]) => string,
  locale: string,
  hints: readonly string[],
): string {
  const out = [
    `**Lock** \`${code(lock.lock.name)}\` · ${escapeMarkdown(lockText(lock.suffered, lock.caused, locale))} · ${formatShare(heatOf(lock, run), locale)} of the run`,
    "",
  ];
  for (const site of lock.sites.slice(0, 6)) {
    const text = readings(site.hot, run, "wait").map((one) => readingText(one, locale));
    out.push(`- ${link(site)} \`${code(site.hot.stats.operation)}\`: ${escapeMarkdown(text.join(" · "))}`);
  }
  for (const hint of hints) out.push(`- ${escapeMarkdown(hint)}`);
  if (lock.sites.length > 6) out.push(`- and ${lock.sites.length - 6} more`);
  return [...out, "", `${escapeMarkdown(source.title)}, ${escapeMarkdown(source.age)}.`].join("\n");
}

/** Inside backticks only a backtick can end the code. */
function code(text: string): string {
  return text.replaceAll("`", "'").replace(/[\r\n]/g, " ");
}
