import { type Box, boxUnit, packBox } from "../../../../../common/src/timeline.ts";
import { Lane, type Slices } from "./track.ts";

/** A window of time, in ticks, drawn on columns of pixels; `last` is the end of what was read. */
export interface Extent {
  readonly from: number;
  readonly to: number;
  readonly last: number;
  readonly columns: number;
}

/** Tells whether a state with its detail is what is searched for. */
export type Finder = (state: number, detail: number) => boolean;

/**
 * The boxes of a row: slices of a pixel and more are boxes of their own, shorter neighbours are taken together in
 * boxes of a pixel, in the state that lasted longest.
 */
export function boxesOf(track: Slices, extent: Extent, found: Finder): Box[] {
  const boxes: Box[] = [];
  const { from, to, last, columns } = extent;
  const pixel = (to - from) / columns;
  const spent = new Float64Array(8);
  const end = Math.min(to, last);
  const startOf = (index: number) => Math.max(from, track.time(index));
  const endOf = (index: number) => Math.min(end, index + 1 < track.length ? track.time(index + 1) : end);
  let index = Math.max(0, track.at(from));
  while (index < track.length && startOf(index) < end) {
    const start = startOf(index);
    const first = index;
    const border = start + pixel;
    let any = false;
    spent.fill(0);
    do {
      const state = track.state(index);
      spent[state] = (spent[state] ?? 0) + endOf(index) - startOf(index);
      any ||= found(state, track.detail(index));
      index++;
    } while (
      index < track.length &&
      track.time(index) < border &&
      startOf(index) < end &&
      endOf(index) < border + pixel
    );
    const single = index === first + 1;
    const state = single ? track.state(first) : dominant(spent);
    const length = endOf(index - 1) - start;
    const share = single || length <= 0 ? 15 : Math.max(1, Math.round(((spent[state] ?? 0) / length) * 15));
    push(boxes, {
      x: Math.round(((start - from) / pixel) * boxUnit),
      state,
      share,
      found: any,
      slice: single ? first : -1,
    });
  }
  if (boxes.length > 0 && end < to)
    push(boxes, {
      x: Math.round(((end - from) / pixel) * boxUnit),
      state: Lane.None,
      share: 15,
      found: false,
      slice: -1,
    });
  return boxes;
}

/** Neighbours of several slices that look alike become one. */
function push(boxes: Box[], box: Box): void {
  const before = boxes.at(-1);
  const alike =
    before !== undefined &&
    before.slice < 0 &&
    box.slice < 0 &&
    before.state === box.state &&
    before.share === box.share &&
    before.found === box.found;
  if (!alike) boxes.push(box);
}

function dominant(spent: Float64Array): number {
  let best: number = Lane.None;
  for (let state = Lane.None; state <= Lane.Syscall; state++)
    if ((spent[state] ?? 0) > (spent[best] ?? 0)) best = state;
  return best;
}

/** Boxes as they travel: little-endian words in base64; `base` is added to the numbers of their slices. */
export function packed(boxes: readonly Box[], base: number): string {
  const bytes = Buffer.alloc(boxes.length * 12);
  let at = 0;
  for (const box of boxes)
    for (const word of packBox(box.slice < 0 ? box : { ...box, slice: base + box.slice }))
      at = bytes.writeUInt32LE(word >>> 0, at);
  return bytes.toString("base64");
}
