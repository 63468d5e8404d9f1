import { formatTime } from "../../../../../common/src/format.ts";
import {
  type Box,
  boxUnit,
  type TimelineEdge,
  type TimelineFrame,
  type TimelineRequest,
  type TimelineRow,
  type TimelineRows,
  type TimelineSlice,
  type TimelineWait,
  type TimelineWindow,
} from "../../../../../common/src/timeline.ts";
import { basename } from "../../../base/paths.ts";
import type { TraceAnalysis } from "../waits/analyse.ts";
import type { GoroutineLife, TraceModel, WaitSite } from "../waits/model.ts";
import { type Place, placeOf } from "../waits/place.ts";
import { boxesOf, type Extent, packed } from "./boxes.ts";
import { bandKinds, type Recording } from "./recording.ts";
import { type Matches, matchesOf } from "./search.ts";
import { Lane, type Track } from "./track.ts";

/** Boxes narrower than these pixels have no text. */
const labelled = 48;
/** Edges of a window that are drawn at most, those of the longest waits first. */
const mostEdges = 400;
const mostWaits = 200;
const mostRows = 500;
const mostColumns = 8192;

/** What is drawn of a trace, also of one that is still being read. */
export class Timeline {
  readonly #analysis: TraceAnalysis;
  readonly #recording: Recording;
  readonly #size: number;
  readonly #places = new Map<number, Place>();
  #model: TraceModel | undefined;
  #search: { readonly key: string; readonly matches: Matches } | undefined;

  constructor(analysis: TraceAnalysis, recording: Recording, size: number) {
    this.#analysis = analysis;
    this.#recording = recording;
    this.#size = size;
  }

  /** Reads on; false at the end. */
  read(events: number): boolean {
    if (this.#analysis.read(events)) return true;
    this.#model = this.#analysis.model();
    return false;
  }

  window(request: TimelineRequest): TimelineWindow {
    const { last } = this.#analysis;
    const whole = request.to <= request.from;
    const from = whole ? 0 : Math.max(0, request.from);
    const to = whole ? Math.max(1, last) : Math.max(from + 1, request.to);
    const matches = this.#matches(request);
    const count = Math.min(mostRows, Math.max(0, Math.trunc(request.count)));
    const revealed = request.reveal >= 0 ? matches.rows.indexOf(request.reveal) : -1;
    const wanted = revealed >= 0 && !within(revealed, request.first, count) ? revealed - (count >> 1) : request.first;
    const first = Math.max(0, Math.min(Math.trunc(wanted), matches.rows.length - count));
    const rows = matches.rows.slice(first, first + count);
    const columns = Math.min(mostColumns, Math.max(1, Math.trunc(request.columns)));
    const { recording, tick } = { recording: this.#recording, tick: 2 ** this.#recording.shift };
    const extent: Extent = { from: from / tick, to: to / tick, last: last / tick, columns };
    const tracks = rows.map((row) => this.#track(request.rows, row));
    const boxes = tracks.map((track) => (track === undefined ? [] : boxesOf(track, extent, matches.found)));
    const bands = bandKinds.map((kind) => boxesOf(recording.bands[kind], extent, () => false));
    return {
      read: this.#analysis.offset,
      size: this.#size,
      done: this.#model !== undefined,
      lost: this.#model?.lost?.message ?? "",
      events: this.#analysis.events,
      duration: last,
      grain: recording.grain * tick,
      from,
      to,
      matching: matches.rows.length,
      all: (request.rows === "goroutines" ? recording.goroutines : recording.processors).length,
      first,
      rows: rows.map((row) => this.#row(request.rows, row)),
      counts: boxes.map((list) => list.length),
      boxes: packed(boxes.flat()),
      labels: this.#labels(tracks, boxes, columns, request.rows),
      bandCounts: bands.map((list) => list.length),
      bands: packed(bands.flat()),
      edges: request.rows === "goroutines" ? this.#edges(rows, tracks, boxes, tick) : [],
    };
  }

  /** A slice of a row in full; undefined where there is none. */
  slice(rows: TimelineRows, row: number, index: number): TimelineSlice | undefined {
    const track = this.#track(rows, row);
    if (track === undefined || !(index >= 0 && index < track.length)) return undefined;
    const tick = 2 ** this.#recording.shift;
    const from = track.time(index) * tick;
    const to = index + 1 < track.length ? track.time(index + 1) * tick : this.#analysis.last;
    const state = track.state(index);
    const goroutine = rows === "goroutines" ? row : track.detail(index) - 1;
    const what = track.isMixed(index) ? "several short states" : this.#sliceText(rows, track, index);
    const title = `${this.#row("goroutines", goroutine).name} · ${what} · ${formatTime(to - from)}`;
    const site = state === Lane.Waiting || state === Lane.Syscall ? this.#site(track.detail(index)) : undefined;
    return {
      title: rows === "processors" && state === Lane.None ? `idle · ${formatTime(to - from)}` : title,
      from,
      to,
      stack: this.#frames(site?.stack ?? 0),
      waker: rows === "goroutines" ? this.#waker(track, index) : null,
    };
  }

  /** Where goroutines waited, by the whole time. */
  waits(): TimelineWait[] {
    const sites = this.#analysis.sites.filter((site) => site.reason !== "syscall" && site.durations.count > 0);
    sites.sort((a, b) => b.durations.total - a.durations.total);
    const rows = new Map(this.#analysis.lives.map((life, row) => [life.id, row]));
    return sites
      .filter((site) => !["idle", "internal"].includes(this.#place(site).kind))
      .slice(0, mostWaits)
      .map(({ reason, stack, durations, longest, collecting, id }) => {
        const { frame, operation } = this.#place({ id, stack, reason });
        const place = frame === undefined ? "" : ` ${basename(frame.file)}:${frame.line}`;
        return {
          reason,
          place: `${operation === "" ? reason : operation}${place}`,
          frame: frame === undefined ? null : asFrame(frame),
          count: durations.count,
          total: durations.total,
          p99: durations.quantile(0.99),
          longest: durations.longest,
          row: longest === undefined ? -1 : (rows.get(longest.goroutine) ?? -1),
          from: longest?.start ?? 0,
          to: longest?.end ?? 0,
          collecting: durations.total > 0 ? collecting / durations.total : 0,
        };
      });
  }

  #matches({ rows, order, search }: TimelineRequest): Matches {
    const key = JSON.stringify([rows, order, search, this.#analysis.events]);
    if (this.#search?.key !== key) {
      const { lives, sites, stacks } = this.#analysis;
      const tracks = rows === "goroutines" ? this.#recording.goroutines : this.#recording.processors;
      this.#search = { key, matches: matchesOf({ rows, order, search, tracks, lives, sites, stacks }) };
    }
    return this.#search.matches;
  }

  #track(rows: TimelineRows, row: number): Track | undefined {
    return (rows === "goroutines" ? this.#recording.goroutines : this.#recording.processors)[row];
  }

  #row(rows: TimelineRows, row: number): TimelineRow {
    if (rows === "processors") return { row, name: `P${row}`, waiting: 0 };
    const life = this.#analysis.lives[row];
    return { row, name: life === undefined ? "?" : nameOf(life), waiting: life?.waiting ?? 0 };
  }

  #labels(tracks: readonly (Track | undefined)[], boxes: readonly Box[][], columns: number, rows: TimelineRows) {
    const labels: [number, string][] = [];
    let base = 0;
    boxes.forEach((list, position) => {
      const track = tracks[position];
      list.forEach(({ x, slice, state }, index) => {
        const width = ((list[index + 1]?.x ?? columns * boxUnit) - x) / boxUnit;
        if (width >= labelled && slice >= 0 && state !== Lane.None && state !== Lane.Runnable && track !== undefined)
          labels.push([base + index, this.#sliceText(rows, track, slice)]);
      });
      base += list.length;
    });
    return labels;
  }

  #sliceText(rows: TimelineRows, track: Track, index: number): string {
    const [state, detail] = [track.state(index), track.detail(index)];
    if (rows === "processors") return this.#row("goroutines", detail - 1).name;
    if (state === Lane.Running) return detail > 0 ? `running on P${detail - 1}` : "running";
    if (state === Lane.Runnable) return "runnable";
    if (state === Lane.None) return "not there";
    const site = this.#site(detail);
    const word = state === Lane.Syscall ? "system call" : "waiting";
    if (site === undefined) return word;
    const { frame, operation } = this.#place(site);
    const where = frame === undefined ? "" : ` ${basename(frame.file)}:${frame.line}`;
    return `${operation === "" ? (state === Lane.Syscall ? word : site.reason) : operation}${where}`;
  }

  /** Who made a goroutine runnable after the slice, or with it. */
  #waker(track: Track, index: number): TimelineSlice["waker"] {
    const at = track.state(index) === Lane.Waiting ? index + 1 : index;
    if (at >= track.length || track.state(at) !== Lane.Runnable || track.detail(at) === 0) return null;
    const { wakes } = this.#recording;
    const row = wakes[track.detail(at) * 2] ?? -1;
    const stack = this.#frames(wakes[track.detail(at) * 2 + 1] ?? 0);
    const who = row < 0 ? "the runtime" : this.#row("goroutines", row).name;
    const time = track.time(at) * 2 ** this.#recording.shift;
    return {
      title: `${at > 0 && track.state(at - 1) === Lane.Waiting ? "woken" : "started"} by ${who}`,
      row,
      time,
      stack,
    };
  }

  #edges(rows: readonly number[], tracks: readonly (Track | undefined)[], boxes: readonly Box[][], tick: number) {
    const positions = new Map(rows.map((row, position) => [row, position]));
    const edges: TimelineEdge[] = [];
    boxes.forEach((list, woken) => {
      const track = tracks[woken];
      if (track === undefined) return;
      for (const { slice, state } of list) {
        // A wait is seen as its own box, but what follows it is mostly too short to be one.
        if (slice < 0 || state !== Lane.Waiting || slice + 1 >= track.length) continue;
        const wake = track.state(slice + 1) === Lane.Runnable ? track.detail(slice + 1) : 0;
        const waker = wake === 0 ? undefined : positions.get(this.#recording.wakes[wake * 2] ?? -1);
        if (waker === undefined || waker === woken) continue;
        const time = track.time(slice + 1) * tick;
        edges.push({ waker, woken, time, waited: time - track.time(slice) * tick });
      }
    });
    return edges.sort((a, b) => b.waited - a.waited).slice(0, mostEdges);
  }

  #site(id: number): WaitSite | undefined {
    return this.#analysis.sites[id - 1];
  }

  #place({ id, stack, reason }: Pick<WaitSite, "id" | "stack" | "reason">): Place {
    let place = this.#places.get(id);
    if (place === undefined) {
      place = placeOf(this.#analysis.stacks, stack, reason);
      this.#places.set(id, place);
    }
    return place;
  }

  #frames(stack: number): TimelineFrame[] {
    return this.#analysis.stacks.frames(stack).map(asFrame);
  }
}

function asFrame({ function: name, file, line }: { function: string; file: string; line: number }): TimelineFrame {
  return { name, file, line };
}

function within(position: number, first: number, count: number): boolean {
  return position >= first && position < first + count;
}

export function nameOf({ id, name }: GoroutineLife): string {
  return `G${id}${name === "" ? "" : ` ${name.slice(name.lastIndexOf("/") + 1)}`}`;
}
