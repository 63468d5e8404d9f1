import { formatTime } from "../format.ts";

/** One line of `GODEBUG=schedtrace=N`. */
export interface SchedSample {
  /** Milliseconds since the program's start. */
  readonly time: number;
  readonly gomaxprocs: number;
  readonly idleprocs: number;
  readonly threads: number;
  readonly spinning: number;
  readonly idlethreads: number;
  /** Goroutines that wait in the global queue. */
  readonly queue: number;
  /** Of each P; with `scheddetail=1` from its own line. */
  readonly local: readonly number[];
}

const bars = " ▁▂▃▄▅▆▇█".split("");
const columns = 64;
const head = /^SCHED (\d+)ms: (.*)$/;
const detail = /^ {2}P(\d+): .*\brunqsize=(\d+)/;

/** Reads scheduler traces out of a log; other lines are left out. */
export function parseSchedTrace(text: string): SchedSample[] {
  const samples: (Omit<SchedSample, "local"> & { readonly local: number[] })[] = [];
  for (const raw of text.split("\n")) {
    const line = raw.trimEnd();
    const found = head.exec(line);
    const own = detail.exec(line);
    const last = samples[samples.length - 1];
    if (found !== null) {
      const [, time = "0", rest = ""] = found;
      const number = (name: string) => Number(new RegExp(`\\b${name}=(\\d+)`).exec(rest)?.[1] ?? 0);
      const queues = /\[ ([\d ]*)\]/.exec(rest)?.[1]?.trim() ?? "";
      samples.push({
        time: Number(time),
        gomaxprocs: number("gomaxprocs"),
        idleprocs: number("idleprocs"),
        threads: number("threads"),
        spinning: number("spinningthreads"),
        idlethreads: number("idlethreads"),
        queue: number("runqueue"),
        local: queues === "" ? [] : queues.split(/\s+/).map(Number),
      });
    } else if (own !== null && last !== undefined && last.local.length === Number(own[1]) && last.local.length < 4096) {
      last.local.push(Number(own[2]));
    }
  }
  return samples;
}

/** A log of `GODEBUG=schedtrace=N` as a small chart over time; undefined where the text has no such line. */
export function schedChart(text: string): string | undefined {
  const samples = parseSchedTrace(text);
  const [first] = samples;
  const last = samples.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const rows: readonly (readonly [string, (sample: SchedSample) => number, number])[] = [
    ["busy Ps", (one) => one.gomaxprocs - one.idleprocs, Math.max(...samples.map((one) => one.gomaxprocs))],
    ["runnable, waiting for a P", queued, Math.max(...samples.map(queued))],
    ["threads", (one) => one.threads, Math.max(...samples.map((one) => one.threads))],
  ];
  const lines = rows.map(([name, value, most]) => {
    const cells = cellsOf(samples, value).map((one) => bars[most === 0 ? 0 : Math.ceil((one / most) * 8)] ?? " ");
    return `  ${name.padEnd(26)}|${cells.join("")}| most ${most}`;
  });
  const span = `${formatTime(first.time * 1e6)} to ${formatTime(last.time * 1e6)}`;
  return [`scheduler trace: ${samples.length} samples from ${span}, GOMAXPROCS ${last.gomaxprocs}`, ...lines, ""].join(
    "\n",
  );
}

function queued({ queue, local }: SchedSample): number {
  return local.reduce((sum, one) => sum + one, queue);
}

/** The greatest value of each column's time; a column without a sample shows the one before it. */
function cellsOf(samples: readonly SchedSample[], value: (sample: SchedSample) => number): number[] {
  const begin = samples[0]?.time ?? 0;
  const length = Math.max(1, (samples.at(-1)?.time ?? 0) - begin);
  const width = Math.min(columns, samples.length);
  const cells = Array.from({ length: width }, () => -1);
  for (const sample of samples) {
    const cell = Math.min(width - 1, Math.floor(((sample.time - begin) / length) * width));
    cells[cell] = Math.max(cells[cell] ?? -1, value(sample));
  }
  let before = 0;
  return cells.map((one) => {
    if (one >= 0) before = one;
    return before;
  });
}
