import { schedChart } from "../../../common/src/evidence/schedtrace.ts";
import { formatCount, formatShare, formatTime, printable } from "../../../common/src/format.ts";
import { relative } from "../base/paths.ts";
import type { TraceFrame } from "../evidence/trace/tables.ts";
import type { Durations } from "../evidence/trace/waits/durations.ts";
import type { GoroutineLife, TraceModel, Wait, WaitSite } from "../evidence/trace/waits/model.ts";
import { type Place, placeOf } from "../evidence/trace/waits/place.ts";
import { disk } from "../host/disk.ts";
import { isTrace, readTrace } from "../host/traces.ts";
import type { Output } from "./scan.ts";

export interface TraceOptions {
  readonly file: string;
  readonly view: "waits" | "goroutines" | "sync";
  readonly json: boolean;
  /** Rows of the text output. */
  readonly count: number;
  /** Seconds since the trace's begin between which waits are counted. */
  readonly from: number;
  readonly to: number;
}

/** `maprace trace`: who waited for whom, how long, and where. */
export function runTrace(options: TraceOptions, output: Output): number {
  const chart = isTrace(options.file) ? undefined : schedChart(readText(options.file));
  if (chart !== undefined) {
    output.out(chart);
    return 0;
  }
  const began = performance.now();
  const model = readTrace(options.file, {
    from: options.from * 1e9,
    to: options.to * 1e9,
    onProgress: (bytes) => {
      if (output.progress && performance.now() - began > 1000) output.err(`\rread ${(bytes / 1e6).toFixed(0)} MB`);
      return false;
    },
  });
  if (output.progress) output.err("\r");
  if (options.view === "sync") sync(model, options.json, output);
  else if (options.json) output.out(`${JSON.stringify(asJson(model, options.view))}\n`);
  else {
    output.out(head(options.file, model));
    output.out(options.view === "waits" ? waits(model, options.count) : lives(model, options.count));
  }
  if (model.lost !== undefined)
    output.err(`maprace: ${options.file} is not whole: ${model.lost.message}; what comes before it is shown\n`);
  return 0;
}

/** The beginning of a file that may be a log; empty where it cannot be read, which reading it as a trace will tell. */
function readText(path: string): string {
  const bytes = disk.read(path);
  return bytes === undefined ? "" : new TextDecoder().decode(bytes.subarray(0, largestLog));
}

const largestLog = 64 << 20;

/** What `go tool trace -pprof=sync` counts: waits for channels, locks and selects that ended. */
const blocking = /chan|sync|select/;

function sync(model: TraceModel, json: boolean, output: Output): void {
  const byStack = new Map<number, { count: number; total: number }>();
  for (const { reason, stack, durations } of model.sites) {
    if (!blocking.test(reason) || durations.count === 0) continue;
    const known = byStack.get(stack) ?? { count: 0, total: 0 };
    byStack.set(stack, { count: known.count + durations.count, total: known.total + durations.total });
  }
  let count = 0;
  let totalNanoseconds = 0;
  for (const one of byStack.values()) {
    count += one.count;
    totalNanoseconds += one.total;
  }
  output.out(
    json
      ? `${JSON.stringify({ stacks: byStack.size, count, totalNanoseconds })}\n`
      : `${byStack.size} stacks, ${count} waits, ${formatTime(totalNanoseconds, "en")}\n`,
  );
}

function head(file: string, model: TraceModel): string {
  const { version, duration, events, goroutines, processors, latency } = model;
  const on = processors > 0 ? ` on ${processors} processors` : "";
  const out = [
    `${printable(file)}: Go 1.${version} format, ${formatTime(duration, "en")}, ${formatCount(events, "en")} events, ${goroutines.length} goroutines${on}`,
    `from runnable to running: median ${formatTime(latency.quantile(0.5), "en")}, p99 ${formatTime(latency.quantile(0.99), "en")}, longest ${formatTime(latency.longest, "en")}`,
  ];
  for (const { kind, name, durations } of model.spans)
    out.push(`${spanNames[kind]} ${printable(name)}: ${durations.count}x, ${formatTime(durations.total, "en")} in all`);
  return `${out.join("\n")}\n\n`;
}

const spanNames = { task: "task", region: "region", collector: "collector,", stop: "world stopped," } as const;

/** Locks first: a wait for a channel, a timer or the network is one by design. */
function waits(model: TraceModel, count: number): string {
  const placed = model.sites
    .filter((site) => site.durations.count > 0 || model.stuck.has(site))
    .map((site) => ({ site, place: placeOf(model.stacks, site.stack, site.reason) }));
  const locks = placed.filter(({ place }) => place.kind === "lock");
  const others = placed.filter(({ place, site }) => place.kind === "idle" && blocking.test(site.reason));
  const out = [section("waits for locks", locks, model, count)];
  out.push(section("other waits: channels, selects, groups", others, model, count));
  const internal = placed.filter(({ place, site }) => place.kind === "internal" && blocking.test(site.reason));
  const total = internal.reduce((sum, { site }) => sum + site.durations.total, 0);
  if (total > 0) out.push(`the runtime's own waits: ${formatTime(total, "en")}\n`);
  return out.join("\n");
}

interface Placed {
  readonly site: WaitSite;
  readonly place: Place;
}

function section(title: string, rows: readonly Placed[], model: TraceModel, count: number): string {
  if (rows.length === 0) return `${title}: none\n`;
  const columns = ["total", "count", "median", "p99", "longest"].map((name) => name.padStart(9)).join("");
  const out = [`${title}: ${rows.length} places`, columns];
  for (const { site, place } of rows.slice(0, count)) {
    const { durations: d } = site;
    const cells = [
      formatTime(d.total, "en"),
      formatCount(d.count, "en"),
      ...[d.quantile(0.5), d.quantile(0.99), d.longest].map((time) => formatTime(time, "en")),
    ];
    out.push(`${cells.map((cell) => cell.padStart(9)).join("")}  ${what(place, site.reason)}`);
    out.push(...remarks(site, model).map((remark) => `          ${remark}`));
  }
  return `${out.join("\n")}\n`;
}

function what({ operation, frame }: Place, reason: string): string {
  return `${operation === "" ? printable(reason) : operation} at ${at(frame)}`;
}

function at(frame: TraceFrame | undefined): string {
  return frame === undefined
    ? "the runtime"
    : printable(`${relative(process.cwd(), frame.file)}:${frame.line} ${frame.function}`);
}

function remarks(site: WaitSite, model: TraceModel): string[] {
  const out: string[] = [];
  if (site.longest !== undefined) out.push(...chain(site.longest, model));
  if (site.mostWaiting > 2) out.push(`up to ${site.mostWaiting} goroutines waited here at once`);
  const { total } = site.durations;
  if (total > 0 && site.collecting / total >= 0.1)
    out.push(`${formatShare(site.collecting / total, "en")} of it while the collector marked`);
  if (total > 0 && site.stopped / total >= 0.1)
    out.push(`${formatShare(site.stopped / total, "en")} of it while the world was stopped`);
  const stuck = model.stuck.get(site) ?? 0;
  if (stuck > 0) out.push(`${stuck} ${stuck === 1 ? "goroutine" : "goroutines"} still waiting here at the end`);
  return out;
}

/** Links of a chain that are shown. */
const shownLinks = 4;

/** The longest wait, who ended it, and what that one was waiting for itself. */
function chain(longest: Wait, model: TraceModel): string[] {
  const out: string[] = [];
  for (let wait: Wait | undefined = longest; wait !== undefined && out.length < shownLinks; wait = wait.because) {
    const lead = wait === longest ? "longest: " : "who itself waited: ";
    const waker =
      wait.waker === -1
        ? "ended by no goroutine"
        : `ended by goroutine ${wait.waker} at ${at(placeOf(model.stacks, wait.wakerStack).frame)}`;
    const where = wait === longest ? "" : ` for ${what(placeOf(model.stacks, wait.stack), wait.reason)}`;
    const time = formatTime(wait.end - wait.start, "en");
    out.push(`${lead}goroutine ${wait.goroutine}, ${time}${where} from ${formatTime(wait.start, "en")} on, ${waker}`);
  }
  return out;
}

function lives(model: TraceModel, count: number): string {
  const out = [
    ["waiting", "runnable", "running", "syscall"].map((name) => name.padStart(9)).join(""),
    ...byWaiting(model)
      .slice(0, count)
      .map((life) => {
        const times = [life.waiting, life.runnable, life.running, life.syscall];
        const moved = life.migrations === 0 ? "" : `, ${formatCount(life.migrations, "en")} moves to another processor`;
        const name = life.name === "" ? "(began before the trace)" : printable(life.name);
        return `${times.map((time) => formatTime(time, "en").padStart(9)).join("")}  goroutine ${life.id} ${name}${moved}`;
      }),
  ];
  return `${out.join("\n")}\n`;
}

function byWaiting(model: TraceModel): GoroutineLife[] {
  return [...model.goroutines].sort((a, b) => b.waiting - a.waiting);
}

function asJson(model: TraceModel, view: "waits" | "goroutines"): object {
  const { version, events, duration, processors, lost } = model;
  const common = { version: `go1.${version}`, events, durationNanoseconds: duration, processors, lost };
  if (view === "goroutines") return { ...common, goroutines: byWaiting(model) };
  return {
    ...common,
    latency: numbers(model.latency),
    spans: model.spans.map(({ kind, name, durations }) => ({ kind, name, ...numbers(durations) })),
    waits: model.sites.map((site) => siteJson(site, model)),
  };
}

function siteJson(site: WaitSite, model: TraceModel): object {
  const { kind, operation, frame } = placeOf(model.stacks, site.stack, site.reason);
  return {
    reason: site.reason,
    kind,
    operation,
    ...placeJson(frame),
    ...numbers(site.durations),
    mostWaiting: site.mostWaiting,
    stillWaiting: model.stuck.get(site) ?? 0,
    collectingNanoseconds: site.collecting,
    stoppedNanoseconds: site.stopped,
    longest: site.longest === undefined ? undefined : waitJson(site.longest, model),
  };
}

function waitJson({ goroutine, start, end, waker, wakerStack, because }: Wait, model: TraceModel): object {
  return {
    goroutine,
    start,
    end,
    waker,
    wakerPlace: placeJson(placeOf(model.stacks, wakerStack).frame),
    because: because === undefined ? undefined : waitJson(because, model),
  };
}

function placeJson(frame: TraceFrame | undefined): object {
  return { function: frame?.function ?? "", file: frame?.file ?? "", line: frame?.line ?? 0 };
}

function numbers(durations: Durations): object {
  const { count, total, longest } = durations;
  return { count, total, median: durations.quantile(0.5), p99: durations.quantile(0.99), longest };
}
