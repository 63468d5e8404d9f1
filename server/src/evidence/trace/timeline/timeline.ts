import { formatTime } from "../../../../../common/src/format.ts";
import type {
  TimelineMark,
  TimelineRequest,
  TimelineRows,
  TimelineSlice,
  TimelineWait,
  TimelineWindow,
} from "../../../../../common/src/timeline.ts";
import type { TracePoint, TraceReader } from "../reader.ts";
import { TraceError } from "../spec.ts";
import type { TraceAnalysis } from "../waits/analyse.ts";
import { Durations } from "../waits/durations.ts";
import type { TraceModel } from "../waits/model.ts";
import type { Annotation } from "./annotations.ts";
import { Detail, partAround } from "./detail.ts";
import { asFrame, Names } from "./names.ts";
import { Picture, type Section } from "./picture.ts";
import type { Recorded, Recording } from "./recording.ts";
import { type Matches, matchesOf } from "./search.ts";

const mostWaits = 200;
const mostRows = 500;
const mostColumns = 8192;
/** Marks of a window that are drawn at most, the longest first. */
const mostMarks = 2000;
const mostNotes = 12;
/** Of logs closer than these pixels one is drawn. */
const logWidth = 7;
/** Slices of a detail have numbers above those of the whole, a different range for each of the last details. */
const detailSlices = 1 << 23;
const detailRanges = 128;

/** What is drawn of a trace, also of one that is still being read. */
export class Timeline {
  readonly #analysis: TraceAnalysis;
  readonly #recording: Recording;
  readonly #size: number;
  readonly #resume: ((point: TracePoint) => TraceReader) | undefined;
  readonly #names: Names;
  #model: TraceModel | undefined;
  #search: { readonly key: string; readonly matches: Matches } | undefined;
  #detail: Detail | undefined;
  #details = 0;

  /** Given `resume`, parts that the recording took together are read again when a window shows one. */
  constructor(
    analysis: TraceAnalysis,
    recording: Recording,
    size: number,
    resume?: (point: TracePoint) => TraceReader,
  ) {
    this.#analysis = analysis;
    this.#recording = recording;
    this.#size = size;
    this.#resume = resume;
    this.#names = new Names(analysis);
  }

  /** Reads on; false at the end. */
  read(events: number): boolean {
    if (this.#analysis.read(events)) return true;
    this.#model = this.#analysis.model();
    return false;
  }

  /** Reads on in the part that the last window wants in detail; false where there is nothing to read. */
  refine(events: number): boolean {
    const detail = this.#detail;
    if (detail === undefined || detail.done) return false;
    try {
      return detail.read(events);
    } catch (error) {
      if (!(error instanceof TraceError)) throw error;
      detail.failed = true;
      return false;
    }
  }

  window(request: TimelineRequest): TimelineWindow {
    const { last } = this.#analysis;
    const whole = request.to <= request.from;
    const from = whole ? 0 : Math.max(0, request.from);
    const to = whole ? Math.max(1, last) : Math.max(from + 1, request.to);
    const matches = this.#matches(request);
    const { first, shown } = shownRows(matches.rows, request);
    const columns = Math.min(mostColumns, Math.max(1, Math.trunc(request.columns)));
    const section: Section = { rows: request.rows, shown, from, to, columns };
    const detail = this.#detailOf(section);
    const picture = this.#picture(detail?.done === true ? detail : this.#recording);
    return {
      ...this.#progress(),
      grain: picture.grain,
      refining: detail?.done === false && !detail.failed,
      from,
      to,
      matching: matches.rows.length,
      all: this.#recording[request.rows].length,
      first,
      rows: shown.map((row) => this.#names.row(request.rows, row)),
      ...picture.draw(section, matches.found, detail?.done === true ? this.#base() : 0),
      marks: request.rows === "goroutines" ? this.#marks(section) : [],
    };
  }

  /** A slice of a row in full; undefined where there is none. */
  slice(rows: TimelineRows, row: number, index: number): TimelineSlice | undefined {
    const inDetail = index >= detailSlices;
    const detail = this.#detail;
    if (inDetail && (detail?.done !== true || Math.floor(index / detailSlices) !== this.#base() / detailSlices)) return;
    const picture = this.#picture(inDetail && detail !== undefined ? detail : this.#recording);
    const slice = picture.slice(rows, row, index % detailSlices);
    if (slice === undefined) return undefined;
    return { ...slice, notes: rows === "goroutines" ? this.#notes(row, slice.from, slice.to) : [] };
  }

  /** Where goroutines waited, and what the program itself measures; by the whole time. */
  waits(): TimelineWait[] {
    return [...this.#waits(), ...this.#annotated()];
  }

  #waits(): TimelineWait[] {
    const sites = this.#analysis.sites.filter((site) => site.reason !== "syscall" && site.durations.count > 0);
    sites.sort((a, b) => b.durations.total - a.durations.total);
    const rows = new Map(this.#analysis.lives.map((life, row) => [life.id, row]));
    return sites
      .filter((site) => !["idle", "internal"].includes(this.#names.place(site).kind))
      .slice(0, mostWaits)
      .map((site) => {
        const { reason, durations, longest, collecting } = site;
        const { frame } = this.#names.place(site);
        return {
          reason,
          place: this.#names.wait(site),
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

  /** Regions and tasks by name. */
  #annotated(): TimelineWait[] {
    interface Group {
      readonly kind: string;
      readonly name: string;
      readonly durations: Durations;
      row: number;
      longest: Annotation;
    }
    const groups = new Map<string, Group>();
    this.#recording.annotations.rows.forEach((list, row) => {
      for (const annotation of list ?? []) {
        const { kind, name, from, to } = annotation;
        if (kind === "log" || to < 0) continue;
        const key = `${kind} ${name}`;
        let group = groups.get(key);
        if (group === undefined) {
          group = { kind, name, durations: new Durations(), row, longest: annotation };
          groups.set(key, group);
        }
        group.durations.add(to - from);
        if (to - from > group.longest.to - group.longest.from) Object.assign(group, { row, longest: annotation });
      }
    });
    return [...groups.values()]
      .sort((a, b) => b.durations.total - a.durations.total)
      .slice(0, mostWaits)
      .map(({ kind, name, durations, row, longest: { from, to } }) => ({
        reason: kind,
        place: `${kind} ${name}`,
        frame: null,
        count: durations.count,
        total: durations.total,
        p99: durations.quantile(0.99),
        longest: to - from,
        row,
        from,
        to,
        collecting: 0,
      }));
  }

  #progress() {
    return {
      read: this.#analysis.offset,
      size: this.#size,
      done: this.#model !== undefined,
      lost: this.#model?.lost?.message ?? "",
      events: this.#analysis.events,
      duration: this.#analysis.last,
      moreMarks: this.#recording.annotations.more,
    };
  }

  #matches({ rows, order, search }: TimelineRequest): Matches {
    const key = JSON.stringify([rows, order, search, this.#analysis.events]);
    if (this.#search?.key !== key) {
      const { lives, sites, stacks } = this.#analysis;
      const { annotations } = this.#recording;
      const tracks = this.#recording[rows];
      this.#search = { key, matches: matchesOf({ rows, order, search, tracks, lives, sites, stacks, annotations }) };
    }
    return this.#search.matches;
  }

  #picture(recorded: Recorded): Picture {
    return new Picture(recorded, this.#names, this.#analysis.last);
  }

  /** What is added to the numbers of slices of the present detail. */
  #base(): number {
    return (1 + (this.#details % detailRanges)) * detailSlices;
  }

  /** The detail of a section in which the recording does not tell all slices of a pixel apart. */
  #detailOf({ from, to, columns }: Section): Detail | undefined {
    const known = this.#detail;
    const grain = this.#recording.grain * 2 ** this.#recording.shift;
    if (this.#resume === undefined || this.#model === undefined || grain < (to - from) / columns) return undefined;
    if (known?.covers(from - 2 * grain, to + 2 * grain) === true) return known;
    const { points, last, offset } = this.#analysis;
    // A part's ends meet slices that were taken together: they shall lie outside of the window.
    const part = partAround(points, Math.max(0, from - 2 * grain), Math.min(last, to + 2 * grain), last, offset);
    if (part === undefined) return undefined;
    this.#details++;
    this.#detail = new Detail(this.#resume(part.point), part, this.#analysis, this.#recording);
    return this.#detail;
  }

  #marks({ shown, from, to, columns }: Section): TimelineMark[] {
    const { last } = this.#analysis;
    const pixel = (to - from) / columns;
    const marks: TimelineMark[] = [];
    shown.forEach((row, position) => {
      let free = from;
      for (const { kind, name, from: start, to: end } of this.#recording.annotations.within(row, from, to, last)) {
        const until = end < 0 ? last : end;
        if (kind === "log" ? start < free : until - start < pixel) continue;
        if (kind === "log") free = start + logWidth * pixel;
        marks.push({ position, kind, name, from: start, to: until });
      }
    });
    if (marks.length <= mostMarks) return marks;
    return marks.sort((a, b) => b.to - b.from - (a.to - a.from)).slice(0, mostMarks);
  }

  #notes(row: number, from: number, to: number): string[] {
    const { last } = this.#analysis;
    const found = this.#recording.annotations.within(row, from, to, last);
    const texts = found.map((one) => {
      const task = one.kind === "task" ? "" : this.#recording.annotations.taskName(one);
      const of = task === "" ? "" : ` of task ${task}`;
      if (one.kind === "log") return `log ${one.name}${of} at ${formatTime(one.from)}`;
      return `in ${one.kind} ${one.name}${of}, ${formatTime((one.to < 0 ? last : one.to) - one.from)}`;
    });
    if (texts.length > mostNotes) texts.splice(mostNotes, texts.length, `and ${texts.length - mostNotes} more`);
    return texts;
  }
}

/** The rows of a window: from the first that is asked for, or about the one to be revealed. */
function shownRows(rows: readonly number[], request: TimelineRequest): { first: number; shown: readonly number[] } {
  const count = Math.min(mostRows, Math.max(0, Math.trunc(request.count)));
  const revealed = request.reveal >= 0 ? rows.indexOf(request.reveal) : -1;
  const wanted = revealed >= 0 && !within(revealed, request.first, count) ? revealed - (count >> 1) : request.first;
  const first = Math.max(0, Math.min(Math.trunc(wanted), rows.length - count));
  return { first, shown: rows.slice(first, first + count) };
}

function within(position: number, first: number, count: number): boolean {
  return position >= first && position < first + count;
}
