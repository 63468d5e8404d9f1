import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import {
  type Box,
  sliceState,
  type TimelineRequest,
  type TimelineWindow,
  unpackBox,
} from "../../common/src/timeline.ts";
import { type TracePoint, TraceReader } from "../../server/src/evidence/trace/reader.ts";
import { boxesOf } from "../../server/src/evidence/trace/timeline/boxes.ts";
import { Recording } from "../../server/src/evidence/trace/timeline/recording.ts";
import { Timeline } from "../../server/src/evidence/trace/timeline/timeline.ts";
import { Track } from "../../server/src/evidence/trace/timeline/track.ts";
import { TraceAnalysis } from "../../server/src/evidence/trace/waits/analyse.ts";
import { TraceFile } from "../../server/src/host/traces.ts";
import { goTool, scratch } from "../harness/tools.ts";

const path = join(scratch(), "work.trace");
const whole: TimelineRequest = {
  file: path,
  rows: "goroutines",
  order: "start",
  search: "",
  from: 0,
  to: 0,
  first: 0,
  count: 400,
  reveal: -1,
  columns: 1000,
};

before(() => {
  assert.equal(goTool("tracework", "", [path, "400"]).status, 0);
});

function read(limit?: number, of = path) {
  const file = new TraceFile(of);
  after(() => file.close());
  const recording = new Recording(limit);
  const analysis = new TraceAnalysis(new TraceReader(file), { recording });
  const resume = (point: TracePoint) => new TraceReader(file.from(point.offset), point);
  const timeline = new Timeline(analysis, recording, file.size, resume);
  while (timeline.read(1 << 12));
  return { recording, analysis, timeline };
}

/** The rows of boxes of a window. */
function drawn(timeline: Timeline, request: TimelineRequest): Box[][] {
  const window = timeline.window(request);
  const bytes = Buffer.from(window.boxes, "base64");
  const words = new Uint32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  let at = 0;
  return window.counts.map((count) => Array.from({ length: count }, () => unpackBox(words, at++)));
}

test("slices of a row are the states that the analysis counts", () => {
  const { recording, analysis } = read();
  assert.equal(recording.grain, 0);
  assert.equal(recording.goroutines.length, analysis.lives.length);
  for (const [row, life] of analysis.lives.entries()) {
    const track = recording.goroutines[row];
    assert.ok(track !== undefined);
    const spent = new Map<number, number>();
    for (let index = 0; index < track.length; index++) {
      const end = index + 1 < track.length ? track.time(index + 1) : analysis.last;
      spent.set(track.state(index), (spent.get(track.state(index)) ?? 0) + end - track.time(index));
    }
    for (const state of ["waiting", "running", "runnable", "syscall"] as const)
      assert.ok(Math.abs((spent.get(sliceState[state]) ?? 0) - life[state]) <= track.length, `${state} of row ${row}`);
  }
});

test("every wait names who ended it", () => {
  const { timeline, analysis } = read();
  const [worst] = timeline.waits();
  assert.ok(worst !== undefined && worst.row >= 0);
  const longest = analysis.sites.find((site) => site.durations.longest === worst.longest)?.longest;
  assert.ok(longest !== undefined);
  const around = { ...whole, from: worst.from, to: worst.to, first: worst.row, count: 1 };
  const [boxes = []] = drawn(timeline, around);
  const box = boxes.find(({ state, slice }) => state === sliceState.waiting && slice >= 0);
  const slice = timeline.slice("goroutines", worst.row, box?.slice ?? -1);
  assert.ok(Math.abs((slice?.from ?? 0) - longest.start) <= 2 && Math.abs((slice?.to ?? 0) - longest.end) <= 2);
  assert.equal(analysis.lives[slice?.waker?.row ?? -1]?.id ?? -1, longest.waker);
  assert.deepEqual(
    slice?.stack.map(({ name }) => name),
    analysis.stacks.frames(longest.stack).map((frame) => frame.function),
  );
});

test("what is searched for is found, by function, by place and by goroutine", () => {
  const { timeline, analysis } = read();
  const all = timeline.window(whole);
  assert.equal(all.matching, analysis.lives.length);
  const [worst] = timeline.waits();
  const place = /\S+:\d+$/.exec(worst?.place ?? "")?.[0] ?? "";
  const rows = timeline.window({ ...whole, search: place }).rows.map(({ row }) => row);
  assert.ok(rows.includes(worst?.row ?? -1) && rows.length < all.matching);
  assert.equal(timeline.window({ ...whole, search: "nothing like it" }).matching, 0);
  const one = analysis.lives[3];
  assert.deepEqual(
    timeline.window({ ...whole, search: `g${one?.id}` }).rows.map(({ row }) => row),
    [3],
  );
  const sorted = timeline.window({ ...whole, order: "waiting" }).rows.map(({ waiting }) => waiting);
  assert.deepEqual(
    sorted,
    sorted.toSorted((a, b) => b - a),
  );
});

test("a recording stays within its limit; rows keep their span and most of their states", () => {
  const { recording: exact } = read();
  const { recording } = read(4000);
  assert.ok(exact.slices > 8000 && recording.slices <= 4000, `${exact.slices} ${recording.slices}`);
  assert.ok(recording.grain > 0);
  for (const [row, track] of exact.goroutines.entries()) {
    const kept = recording.goroutines[row];
    assert.equal(kept?.time(0), track.time(0));
    assert.equal(kept?.state((kept?.length ?? 0) - 1), track.state(track.length - 1));
  }
});

test("boxes of random rows cover the window, in order, and whole slices are exact", () => {
  let seed = 7;
  const random = (below: number) => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return (seed >>> 8) % below;
  };
  for (let round = 0; round < 300; round++) {
    const track = new Track();
    let time = random(500);
    const count = 1 + random(6000);
    for (let index = 0; index < count; index++) {
      track.add(time, 1 + random(5), random(9));
      time += 1 + (random(20) === 0 ? random(20_000) : random(60));
    }
    const from = random(time);
    const to = from + 1 + random(time);
    const extent = { from, to, last: time, columns: 1 + random(1500) };
    const boxes = boxesOf(track, extent, () => false);
    const pixel = (to - from) / extent.columns;
    let x = -1;
    for (const [index, box] of boxes.entries()) {
      assert.ok(box.x >= x && box.x <= extent.columns * 16 + 8, `round ${round}: ${box.x} after ${x}`);
      x = box.x;
      if (box.slice < 0) continue;
      assert.equal(box.state, track.state(box.slice));
      const start = Math.max(from, track.time(box.slice));
      assert.ok(Math.abs(box.x - ((start - from) / pixel) * 16) <= 1, `round ${round}, box ${index}`);
    }
    for (let index = 0; index + 1 < track.length; index++) {
      const [start, end] = [track.time(index), track.time(index + 1)];
      if (start >= from && end <= Math.min(to, time) && end - start > 3 * pixel)
        assert.ok(
          boxes.some(({ slice }) => slice === index),
          `round ${round}`,
        );
    }
  }
});

test("parts that were taken together are read again, and are then as if nothing was", () => {
  const several = join(scratch(), "several.trace");
  const { status } = goTool("tracework", "", [several, "20000"], { GODEBUG: "traceadvanceperiod=50000000" });
  assert.equal(status, 0);
  const { timeline: exact, analysis } = read(undefined, several);
  const { timeline, recording } = read(200_000, several);
  assert.ok(analysis.points.length > 2, `${analysis.points.length} generations`);
  assert.ok(recording.grain > 0);
  for (let step = 1; step < 40; step++) {
    const from = (analysis.last * step) / 40;
    const request = {
      ...whole,
      file: several,
      from,
      to: from + 20_000,
      rows: step % 4 === 0 ? "processors" : "goroutines",
    } as const;
    let window = timeline.window(request);
    assert.equal(window.refining, window.grain > 0);
    while (timeline.refine(1 << 12));
    window = timeline.window(request);
    const other = exact.window(request);
    assert.deepEqual([window.grain, window.refining, window.done], [0, false, true]);
    assert.deepEqual(window.rows, other.rows);
    assert.deepEqual(window.labels, other.labels);
    assert.deepEqual(window.edges, other.edges);
    assert.deepEqual(states(window), states(other));
    const again = drawn(timeline, request);
    for (const [position, boxes] of drawn(exact, request).entries()) {
      const row = window.rows[position]?.row ?? -1;
      for (const [index, { slice }] of boxes.entries()) {
        const own = again[position]?.[index]?.slice ?? -1;
        const [told, expected] = [timeline.slice(request.rows, row, own), exact.slice(request.rows, row, slice)];
        // Who ended what ends far outside of the window was not read again.
        if (expected !== undefined && expected.to > request.to)
          assert.deepEqual({ ...told, waker: null }, { ...expected, waker: null });
        else assert.deepEqual(told, expected);
      }
    }
  }
});

/** Boxes without the numbers of their slices. */
function states({ boxes }: TimelineWindow): number[] {
  return [...new Uint32Array(Uint8Array.from(Buffer.from(boxes, "base64")).buffer)].filter((_, at) => at % 3 !== 2);
}

test("tasks, regions and logs are at their goroutines, and are found by their names", () => {
  const { timeline, analysis } = read();
  const model = analysis.model();
  const told = timeline.waits().filter(({ reason }) => reason === "task" || reason === "region");
  const spans = model.spans.filter(({ kind }) => kind === "task" || kind === "region");
  assert.ok(spans.length >= 2);
  for (const { kind, name, durations } of spans) {
    const one = told.find(({ place }) => place === `${kind} ${name}`);
    assert.deepEqual([one?.count, one?.total, one?.longest], [durations.count, durations.total, durations.longest]);
  }
  const { marks, rows } = timeline.window({ ...whole, search: "round: 1", columns: 8000 });
  assert.ok(rows.length > 0 && rows.length < analysis.lives.length);
  const log = marks.find(({ kind, name }) => kind === "log" && name.startsWith("round: 1"));
  const row = rows[log?.position ?? -1]?.row ?? -1;
  const [boxes = []] = drawn(timeline, {
    ...whole,
    from: log?.from ?? 0,
    to: (log?.from ?? 0) + 10,
    reveal: row,
    count: 1,
  });
  const slice = timeline.slice("goroutines", row, boxes[0]?.slice ?? -1);
  assert.ok(
    slice?.notes.some((note) => /^log round: 1\d* of task step at /.test(note)),
    slice?.notes.join("\n"),
  );
  assert.ok(
    slice?.notes.some((note) => note.startsWith("in task step, ")),
    slice?.notes.join("\n"),
  );
});
