import { formatTime } from "../../../../../common/src/format.ts";
import {
  type Box,
  boxUnit,
  type TimelineEdge,
  type TimelineRows,
  type TimelineSlice,
} from "../../../../../common/src/timeline.ts";
import { boxesOf, type Extent, type Finder, packed } from "./boxes.ts";
import type { Names } from "./names.ts";
import { bandKinds, type Recorded } from "./recording.ts";
import { Lane, type Slices } from "./track.ts";

/** Boxes narrower than these pixels have no text. */
const labelled = 48;
/** Edges of a window that are drawn at most, those of the longest waits first. */
const mostEdges = 400;

/** Which part of the rows is drawn: times in nanoseconds, on columns of pixels. */
export interface Section {
  readonly rows: TimelineRows;
  readonly shown: readonly number[];
  readonly from: number;
  readonly to: number;
  readonly columns: number;
}

/** Draws what was recorded up to `end`. */
export class Picture {
  readonly #recorded: Recorded;
  readonly #names: Names;
  readonly #end: number;
  /** Nanoseconds. */
  readonly #tick: number;

  constructor(recorded: Recorded, names: Names, end: number) {
    this.#recorded = recorded;
    this.#names = names;
    this.#end = end;
    this.#tick = 2 ** recorded.shift;
  }

  get grain(): number {
    return this.#recorded.grain * this.#tick;
  }

  /** The boxes of a section; numbers of slices are counted from `base` on. */
  draw({ rows, shown, from, to, columns }: Section, found: Finder, base: number) {
    const tick = this.#tick;
    const extent: Extent = { from: from / tick, to: to / tick, last: this.#end / tick, columns };
    const tracks = shown.map((row) => this.#recorded[rows][row]);
    const boxes = tracks.map((track) => (track === undefined ? [] : boxesOf(track, extent, found)));
    const bands = bandKinds.map((kind) => boxesOf(this.#recorded.bands[kind], extent, () => false));
    return {
      counts: boxes.map((list) => list.length),
      boxes: packed(boxes.flat(), base),
      labels: this.#labels(tracks, boxes, columns, rows),
      bandCounts: bands.map((list) => list.length),
      bands: packed(bands.flat(), 0),
      edges: rows === "goroutines" ? this.#edges(shown, tracks, boxes, to) : [],
    };
  }

  /** A slice of a row in full; undefined where there is none. */
  slice(rows: TimelineRows, row: number, index: number): Omit<TimelineSlice, "notes"> | undefined {
    const track = this.#recorded[rows][row];
    if (track === undefined || !(index >= 0 && index < track.length)) return undefined;
    const tick = this.#tick;
    const from = track.time(index) * tick;
    const to = index + 1 < track.length ? track.time(index + 1) * tick : this.#end;
    const state = track.state(index);
    const mixed = track.isMixed(index);
    const what = mixed ? "several short states" : this.#sliceText(rows, track, index);
    const title = `${this.#names.row(rows, row).name} · ${what} · ${formatTime(to - from)}`;
    const site = state === Lane.Waiting || state === Lane.Syscall ? this.#names.site(track.detail(index)) : undefined;
    return {
      title,
      from,
      to,
      stack: this.#names.frames(site?.stack ?? 0),
      waker: rows === "goroutines" ? this.#waker(track, index) : null,
    };
  }

  #labels(tracks: readonly (Slices | undefined)[], boxes: readonly Box[][], columns: number, rows: TimelineRows) {
    const labels: [number, string][] = [];
    let base = 0;
    boxes.forEach((list, position) => {
      const track = tracks[position];
      list.forEach(({ x, slice, state }, index) => {
        const width = ((list[index + 1]?.x ?? columns * boxUnit) - x) / boxUnit;
        if (width < labelled || slice < 0 || track === undefined || track.isMixed(slice)) return;
        if (state !== Lane.None && state !== Lane.Runnable)
          labels.push([base + index, this.#sliceText(rows, track, slice)]);
      });
      base += list.length;
    });
    return labels;
  }

  #sliceText(rows: TimelineRows, track: Slices, index: number): string {
    const [state, detail] = [track.state(index), track.detail(index)];
    if (rows === "processors") return state === Lane.None ? "idle" : this.#names.row("goroutines", detail - 1).name;
    if (state === Lane.Running) return detail > 0 ? `running on P${detail - 1}` : "running";
    if (state === Lane.Runnable) return "runnable";
    if (state === Lane.None) return "not there";
    const site = this.#names.site(detail);
    if (site !== undefined) return this.#names.wait(site);
    return state === Lane.Syscall ? "system call" : "waiting";
  }

  /** Who made a goroutine runnable after the slice, or with it. */
  #waker(track: Slices, index: number): TimelineSlice["waker"] {
    const at = track.state(index) === Lane.Waiting ? index + 1 : index;
    if (at >= track.length || track.state(at) !== Lane.Runnable || track.detail(at) === 0) return null;
    const { row, stack: woken } = this.#recorded.wakeOf(track.detail(at));
    const stack = this.#names.frames(woken);
    const who = row < 0 ? "the runtime" : this.#names.row("goroutines", row).name;
    const time = track.time(at) * this.#tick;
    return {
      title: `${at > 0 && track.state(at - 1) === Lane.Waiting ? "woken" : "started"} by ${who}`,
      row,
      time,
      stack,
    };
  }

  #edges(rows: readonly number[], tracks: readonly (Slices | undefined)[], boxes: readonly Box[][], to: number) {
    const positions = new Map(rows.map((row, position) => [row, position]));
    const edges: TimelineEdge[] = [];
    boxes.forEach((list, woken) => {
      const track = tracks[woken];
      if (track === undefined) return;
      for (const { slice, state } of list) {
        // A wait is seen as its own box, but what follows it is mostly too short to be one.
        if (slice < 0 || state !== Lane.Waiting || slice + 1 >= track.length) continue;
        const wake = track.state(slice + 1) === Lane.Runnable ? track.detail(slice + 1) : 0;
        const waker = wake === 0 ? undefined : positions.get(this.#recorded.wakeOf(wake).row);
        if (waker === undefined || waker === woken) continue;
        const time = track.time(slice + 1) * this.#tick;
        // It comes into view where the wait ends.
        if (time > to) continue;
        edges.push({ waker, woken, time, waited: time - track.time(slice) * this.#tick });
      }
    });
    return edges.sort((a, b) => b.waited - a.waited).slice(0, mostEdges);
  }
}
