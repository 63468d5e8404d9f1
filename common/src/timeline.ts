/** Rows of a timeline: one for each goroutine, or one for each processor of the scheduler (P). */
export type TimelineRows = "goroutines" | "processors";

/** Which part of a trace's timeline is looked at. Times are nanoseconds since the trace's begin. */
export interface TimelineRequest {
  readonly file: string;
  readonly rows: TimelineRows;
  readonly order: "start" | "waiting" | "name";
  /** Part of a function's name, or `file.go:12`; empty for all. */
  readonly search: string;
  /** 0 and 0 for the whole trace. */
  readonly from: number;
  readonly to: number;
  /** The first row of those that match, how many, and a row that shall be among them; -1 for none. */
  readonly first: number;
  readonly count: number;
  readonly reveal: number;
  /** Pixels. */
  readonly columns: number;
}

export interface TimelineRow {
  /** Names the row in other requests. */
  readonly row: number;
  readonly name: string;
  /** Nanoseconds it waited. */
  readonly waiting: number;
}

/** A goroutine was woken by another one of the window. */
export interface TimelineEdge {
  /** Positions in the window's rows. */
  readonly waker: number;
  readonly woken: number;
  readonly time: number;
  /** How long the woken one had waited, in nanoseconds. */
  readonly waited: number;
}

export interface TimelineWindow {
  /** Bytes read so far and in all. */
  readonly read: number;
  readonly size: number;
  readonly done: boolean;
  /** What was lost of a trace that is cut off; empty for a whole one. */
  readonly lost: string;
  readonly events: number;
  readonly duration: number;
  /** Slices shorter than these nanoseconds are not told apart; 0 where all are. */
  readonly grain: number;
  /** The window's part is being read again, to tell all its slices apart. */
  readonly refining: boolean;
  readonly from: number;
  readonly to: number;
  /** Rows that match, and rows in all. */
  readonly matching: number;
  readonly all: number;
  readonly first: number;
  readonly rows: readonly TimelineRow[];
  /** By row: how many boxes it has. */
  readonly counts: readonly number[];
  /** Base64 of little-endian Uint32, three for each box; see `Box`. */
  readonly boxes: string;
  /** Texts of boxes that have room for one: number of the box, text. */
  readonly labels: readonly (readonly [box: number, text: string])[];
  /** Collector, stopped world, mark assist, sweep: counts of boxes, and the boxes as above. */
  readonly bandCounts: readonly number[];
  readonly bands: string;
  readonly edges: readonly TimelineEdge[];
  readonly marks: readonly TimelineMark[];
  /** The trace has more regions, tasks and logs than are kept. */
  readonly moreMarks: boolean;
}

/** What the program says of a goroutine in its trace. */
export interface TimelineMark {
  /** In the window's rows. */
  readonly position: number;
  readonly kind: "region" | "task" | "log";
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

export const bandNames = ["GC", "stopped", "assist", "sweep"] as const;

/** States by number as boxes carry them. */
export const sliceState = { none: 1, runnable: 2, running: 3, waiting: 4, syscall: 5 } as const;

/** A box lasts until the next one of its row begins. */
export interface Box {
  /** In 1/16 of a pixel from the window's left edge. */
  readonly x: number;
  readonly state: number;
  /** 1 to 15: how much of the box is in that state. */
  readonly share: number;
  /** The search found it. */
  readonly found: boolean;
  /** The row's slice; -1 where the box stands for several. */
  readonly slice: number;
}

export const boxWords = 3;
export const boxUnit = 16;

export function packBox({ x, state, share, found, slice }: Box): [number, number, number] {
  return [x, state | (share << 4) | (found ? 1 << 8 : 0), slice + 1];
}

export function unpackBox(words: Uint32Array, index: number): Box {
  const at = index * boxWords;
  const word = words[at + 1] ?? 0;
  return {
    x: words[at] ?? 0,
    state: word & 7,
    share: (word >>> 4) & 15,
    found: (word & (1 << 8)) !== 0,
    slice: (words[at + 2] ?? 0) - 1,
  };
}

export interface TimelineFrame {
  readonly name: string;
  readonly file: string;
  readonly line: number;
}

/** One slice in full. */
export interface TimelineSlice {
  readonly title: string;
  readonly from: number;
  readonly to: number;
  readonly stack: readonly TimelineFrame[];
  /** Regions and tasks around it and logs in it. */
  readonly notes: readonly string[];
  /** Who woke it: what it says, where that one was, and the row and moment to go to. */
  readonly waker: {
    readonly title: string;
    readonly row: number;
    readonly time: number;
    readonly stack: readonly TimelineFrame[];
  } | null;
}

/** All waits at one place, with the longest of them; or all regions or tasks of one name, as reason `region` or `task`. */
export interface TimelineWait {
  readonly reason: string;
  readonly place: string;
  readonly frame: TimelineFrame | null;
  readonly count: number;
  readonly total: number;
  readonly p99: number;
  readonly longest: number;
  /** Where the longest is; row -1 where none ended. */
  readonly row: number;
  readonly from: number;
  readonly to: number;
  /** The part of the time during which the collector marked. */
  readonly collecting: number;
}
