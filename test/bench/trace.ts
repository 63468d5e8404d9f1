import { closeSync, openSync, readSync, statSync } from "node:fs";
import { TraceReader } from "../../server/src/evidence/trace/reader.ts";
import { Recording } from "../../server/src/evidence/trace/timeline/recording.ts";
import { Timeline } from "../../server/src/evidence/trace/timeline/timeline.ts";
import { analyse, TraceAnalysis } from "../../server/src/evidence/trace/waits/analyse.ts";

// Prints MB/s of reading all events, with `analyse` of the whole analysis, with `timeline` of recording the timeline
// besides, and the peak memory in MB; with `timeline` also when the first part could be drawn and how long windows take.
const [path = "", what = "read"] = process.argv.slice(2);
const file = openSync(path, "r");
const { size } = statSync(path);
const began = performance.now();
const reader = new TraceReader({
  read: (into, offset) => readSync(file, into, offset, into.length - offset, null),
});

function report(milliseconds: number, ...more: readonly number[]): void {
  const seconds = milliseconds / 1000;
  const memory = process.resourceUsage().maxRSS / 1000;
  console.log([size / 1e6 / seconds, memory, ...more].map((one) => one.toFixed(1)).join(" "));
}

function timeline(): void {
  const recording = new Recording();
  const analysis = new TraceAnalysis(reader, { recording });
  const drawn = new Timeline(analysis, recording, size);
  const whole = { file: path, rows: "goroutines", order: "start", search: "", from: 0, to: 0, first: 0 } as const;
  const view = { ...whole, count: 40, reveal: -1, columns: 1600 };
  drawn.read(1 << 17);
  drawn.window(view);
  const first = performance.now() - began;
  while (drawn.read(1 << 17));
  report(
    performance.now() - began,
    first,
    ...windows(drawn, view, analysis.last),
    analysis.events / 1e6,
    recording.slices / 1e6,
  );
}

/** Milliseconds of a window, the median and the 95th percentile over zooming in and out at random places. */
function windows(drawn: Timeline, view: Parameters<Timeline["window"]>[0], last: number): readonly number[] {
  const times: number[] = [];
  for (let index = 0; index < 200; index++) {
    const width = last / 2 ** (index % 16);
    const from = (((index * 7919) % 1000) / 1000) * (last - width);
    const start = performance.now();
    drawn.window({ ...view, from, to: from + width, first: (index * 13) % 50 });
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  return [times[100] ?? 0, times[190] ?? 0];
}

if (what === "timeline") timeline();
else {
  if (what === "analyse") analyse(reader);
  else while (reader.next() !== undefined);
  report(performance.now() - began);
}
closeSync(file);
