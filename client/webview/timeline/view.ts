import {
  type Box,
  bandNames,
  boxUnit,
  sliceState,
  type TimelineEdge,
  type TimelineMark,
  type TimelineWindow,
  unpackBox,
} from "../../../common/src/timeline.ts";

export const gutter = 190;
export const rowHeight = 20;
export const bandHeight = 9;
export const axisHeight = 20;
/** Where the rows begin. */
export const headHeight = axisHeight + bandNames.length * bandHeight + 4;

/** A part of the time, in nanoseconds. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

export interface Lane {
  readonly name: string;
  readonly row: number;
  readonly boxes: readonly Box[];
  readonly labels: ReadonlyMap<number, string>;
}

/** A window as the page draws it. */
export interface View extends Range {
  readonly lanes: readonly Lane[];
  readonly bands: readonly (readonly Box[])[];
  readonly edges: readonly TimelineEdge[];
  readonly marks: readonly TimelineMark[];
  readonly columns: number;
}

export function viewOf(window: TimelineWindow, columns: number): View {
  const boxes = wordsOf(window.boxes);
  let at = 0;
  const labels = new Map(window.labels);
  const lanes = window.rows.map(({ name, row }, position) => {
    const count = window.counts[position] ?? 0;
    const list: Box[] = [];
    const texts = new Map<number, string>();
    for (let index = 0; index < count; index++) {
      const text = labels.get(at + index);
      if (text !== undefined) texts.set(index, text);
      list.push(unpackBox(boxes, at + index));
    }
    at += count;
    return { name, row, boxes: list, labels: texts };
  });
  const bandBoxes = wordsOf(window.bands);
  let next = 0;
  const bands = window.bandCounts.map((count) => Array.from({ length: count }, () => unpackBox(bandBoxes, next++)));
  return { from: window.from, to: window.to, lanes, bands, edges: window.edges, marks: window.marks, columns };
}

function wordsOf(base64: string): Uint32Array {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  return new Uint32Array(bytes.buffer);
}

/** The time at which a box begins. */
export function startOf(view: View, box: Box | undefined): number {
  return box === undefined ? view.to : view.from + ((view.to - view.from) * box.x) / boxUnit / view.columns;
}

/** The box of a lane at a moment. */
export function boxAt(view: View, lane: Lane, time: number): number {
  let low = 0;
  let high = lane.boxes.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (startOf(view, lane.boxes[middle]) <= time) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The next box of a lane that stands for one slice. */
export function nextSlice(lane: Lane, from: number, step: 1 | -1): number | undefined {
  for (let index = from + step; index >= 0 && index < lane.boxes.length; index += step) {
    const box = lane.boxes[index];
    if (box !== undefined && box.slice >= 0 && box.state !== sliceState.none) return index;
  }
  return undefined;
}

/** Zooms by a factor about a moment, within the whole. */
export function zoomed({ from, to }: Range, about: number, factor: number, whole: number): Range {
  const width = Math.min(whole, Math.max(20, (to - from) * factor));
  return clamped(about - ((about - from) * width) / (to - from), width, whole);
}

export function panned({ from, to }: Range, by: number, whole: number): Range {
  return clamped(from + by, to - from, whole);
}

function clamped(start: number, width: number, whole: number): Range {
  const from = Math.max(0, Math.min(start, whole - width));
  return { from, to: from + width };
}

/** Round steps of an axis: 1, 2 or 5 times a power of ten, some 120 pixels apart. */
export function axisStep({ from, to }: Range, pixels: number): number {
  const least = ((to - from) * 120) / Math.max(1, pixels);
  const power = 10 ** Math.floor(Math.log10(Math.max(1, least)));
  return power * ([1, 2, 5, 10].find((factor) => factor * power >= least) ?? 10);
}
