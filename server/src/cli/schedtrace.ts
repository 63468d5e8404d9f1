import { parseSchedTrace, type SchedSample } from "../../../common/src/evidence/schedtrace.ts";
import { formatTime } from "../../../common/src/format.ts";

const bars = " ▁▂▃▄▅▆▇█".split("");
const columns = 64;

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
