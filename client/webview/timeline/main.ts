import { formatCount, formatTime } from "../../../common/src/format.ts";
import type {
  TimelineFrame,
  TimelineRequest,
  TimelineSlice,
  TimelineWait,
  TimelineWindow,
} from "../../../common/src/timeline.ts";
import { currentTheme, element } from "../page.ts";
import { draw } from "./draw.ts";
import { isAnnotation, waitRow } from "./table.ts";
import {
  boxAt,
  gutter,
  headHeight,
  type Lane,
  nextSlice,
  panned,
  type Range,
  rowHeight,
  startOf,
  type View,
  viewOf,
  zoomed,
} from "./view.ts";

declare function acquireVsCodeApi(): { postMessage(message: unknown): void };

const host = acquireVsCodeApi();
const canvas = element("timeline", HTMLCanvasElement);
const rowsSelect = element("rows", HTMLSelectElement);
const orderSelect = element("order", HTMLSelectElement);
const searchBox = element("search", HTMLInputElement);
const matches = element("matches", HTMLSpanElement);
const message = element("message", HTMLDivElement);
const progress = element("progress", HTMLProgressElement);
const title = element("details", HTMLDivElement);
const stack = element("stack", HTMLDivElement);
const table = element("waits", HTMLTableSectionElement);
const annotations = element("annotations", HTMLTableSectionElement);
const annotationsHead = element("annotations-head", HTMLTableSectionElement);

let view: View | undefined;
let range: Range = { from: 0, to: 0 };
let whole = 0;
/** The first row that is shown, and a row that is to come into view. */
let first = 0;
let matching = 0;
let reveal = -1;
let row = -1;
let slice = -1;
/** A moment of the selected row whose slice is to be selected when it is there. */
let pick: number | undefined;
let detail: TimelineSlice | undefined;
let frame = 0;
/** One request is out at a time; what is wanted in the meantime is asked for after it. */
let asking = false;
let again = false;
let done = false;

// ---- data

function request(): void {
  if (asking) {
    again = true;
    return;
  }
  asking = true;
  again = false;
  canvas.ariaBusy = "true";
  const wanted: Omit<TimelineRequest, "file"> = {
    rows: rowsSelect.value === "processors" ? "processors" : "goroutines",
    order: orderSelect.value === "waiting" ? "waiting" : orderSelect.value === "name" ? "name" : "start",
    search: searchBox.value,
    from: isWhole() ? 0 : range.from,
    to: isWhole() ? 0 : range.to,
    first,
    count: visibleRows(),
    reveal,
    columns: Math.max(1, canvas.clientWidth - gutter),
  };
  reveal = -1;
  host.postMessage({ type: "window", request: wanted });
}

function visibleRows(): number {
  return Math.max(1, Math.ceil((canvas.clientHeight - headHeight) / rowHeight));
}

function isWhole(): boolean {
  return range.from <= 0 && range.to >= whole;
}

function received(next: TimelineWindow): void {
  asking = false;
  const wasWhole = isWhole();
  whole = next.duration;
  if (wasWhole) range = { from: next.from, to: next.to };
  view = viewOf(next, Math.max(1, canvas.clientWidth - gutter));
  first = next.first;
  matching = next.matching;
  matches.textContent = `${formatCount(next.matching)} of ${formatCount(next.all)}`;
  progress.hidden = next.done;
  progress.value = next.size === 0 ? 0 : next.read / next.size;
  const notes: string[] = [];
  if (next.lost !== "") notes.push(`The trace is not whole, what could be read is shown: ${next.lost}`);
  if (next.matching === 0 && next.done) notes.push("Nothing matches.");
  if (next.refining) notes.push("Reading this part in detail…");
  else if (next.grain > 0)
    notes.push(`Slices shorter than ${formatTime(next.grain)} are taken together; zoom in to tell them apart.`);
  if (next.moreMarks) notes.push("There are more regions, tasks and logs than are kept.");
  message.textContent = notes.join(" ");
  if (next.done && !done) host.postMessage({ type: "waits" });
  done = next.done;
  if (pick !== undefined && !again) {
    const lane = laneOf(row);
    if (lane !== undefined) select(lane, boxAt(view, lane, pick));
    pick = undefined;
  }
  redraw();
  canvas.ariaBusy = String(again || next.refining);
  if (again) request();
  else if (!done || next.refining) setTimeout(request, next.refining ? 60 : 250);
}

function redraw(): void {
  cancelAnimationFrame(frame);
  frame = requestAnimationFrame(() => {
    if (view !== undefined)
      draw(canvas, { view, range, row, slice, searching: searchBox.value !== "" }, currentTheme());
  });
}

function show(next: Range): void {
  range = next;
  redraw();
  request();
}

// ---- selection

function laneOf(wanted: number): Lane | undefined {
  return view?.lanes.find((lane) => lane.row === wanted);
}

function select(lane: Lane | undefined, index: number): void {
  const box = lane?.boxes[index];
  if (lane === undefined) return;
  row = lane.row;
  slice = box?.slice ?? -1;
  if (slice >= 0) host.postMessage({ type: "slice", rows: rowsSelect.value, row, slice });
  else describe(undefined);
  redraw();
}

function describe(next: TimelineSlice | undefined): void {
  detail = next;
  const lane = laneOf(row);
  title.textContent =
    next === undefined
      ? lane === undefined
        ? ""
        : `${lane.name} · several short states; zoom in to tell them apart`
      : `${next.title}${next.waker === null ? "" : `, ${next.waker.title}`}`;
  stack.replaceChildren(
    ...frames("at", next?.stack),
    ...frames("woken at", next?.waker?.stack),
    ...(next?.notes ?? []).map(note),
  );
}

function note(text: string): HTMLElement {
  const line = document.createElement("span");
  line.className = "note";
  line.textContent = text;
  return line;
}

function frames(word: string, list: readonly TimelineFrame[] | undefined): HTMLElement[] {
  if (list === undefined || list.length === 0) return [];
  const label = document.createElement("span");
  label.textContent = word;
  return [label, ...list.slice(0, 12).map(link)];
}

function link(at: TimelineFrame): HTMLButtonElement {
  const button = document.createElement("button");
  button.className = "link";
  const name = at.name.slice(at.name.lastIndexOf("/") + 1);
  button.textContent = `${name} ${at.file.replace(/^.*[\\/]/, "")}:${at.line}`;
  button.title = `${at.name}\n${at.file}:${at.line}`;
  button.addEventListener("click", () => host.postMessage({ type: "open", frame: at }));
  return button;
}

function step(by: 1 | -1): void {
  const lane = laneOf(row) ?? view?.lanes[0];
  if (view === undefined || lane === undefined) return;
  const current = lane.boxes.findIndex((box) => box.slice >= 0 && box.slice === slice);
  const next = nextSlice(lane, current < 0 && by < 0 ? lane.boxes.length : current, by);
  if (next !== undefined) select(lane, next);
}

function move(by: 1 | -1): void {
  if (view === undefined) return;
  const position = view.lanes.findIndex((lane) => lane.row === row);
  const next = position < 0 ? 0 : position + by;
  const lane = view.lanes[next];
  if (lane !== undefined && next < visibleRows() - 1) {
    const middle = detail === undefined ? (range.from + range.to) / 2 : (detail.from + detail.to) / 2;
    select(lane, boxAt(view, lane, middle));
  } else scroll(by);
}

function scroll(by: number): void {
  const next = Math.max(0, Math.min(matching - visibleRows() + 1, first + by));
  if (next === first) return;
  first = next;
  request();
}

function goTo(wanted: number, at: Range): void {
  row = wanted;
  slice = -1;
  pick = (at.from + at.to) / 2;
  reveal = wanted;
  rowsSelect.value = "goroutines";
  const width = Math.max(200, (at.to - at.from) * 1.6);
  show(panned({ from: 0, to: Math.min(width, whole) }, (at.from + at.to - width) / 2, whole));
}

// ---- waits

function fill(waits: readonly TimelineWait[]): void {
  const row = (wait: TimelineWait) => waitRow(wait, choose);
  table.replaceChildren(...waits.filter((wait) => !isAnnotation(wait)).map(row));
  annotations.replaceChildren(...waits.filter(isAnnotation).map(row));
  annotationsHead.hidden = annotations.childElementCount === 0;
}

function choose(wait: TimelineWait): void {
  if (wait.row >= 0) goTo(wait.row, wait);
  if (wait.row >= 0 && !isAnnotation(wait)) return;
  // Of what the program measures there is no slice to show.
  pick = undefined;
  describeWait(wait);
}

function describeWait(wait: TimelineWait): void {
  title.textContent = `${wait.place}${isAnnotation(wait) ? "" : ` · ${wait.reason}`} · longest ${formatTime(wait.longest)}`;
  stack.replaceChildren(...frames("at", wait.frame === null ? [] : [wait.frame]));
}

// ---- moving about

function timeAt(x: number): number {
  return range.from + ((x - gutter) / Math.max(1, canvas.clientWidth - gutter)) * (range.to - range.from);
}

function zoom(factor: number, about = (range.from + range.to) / 2): void {
  show(zoomed(range, about, factor, whole));
}

function pan(share: number): void {
  show(panned(range, (range.to - range.from) * share, whole));
}

function showSelected(): void {
  if (detail !== undefined) goTo(row, detail);
}

function showAll(): void {
  show({ from: 0, to: whole });
}

const keys: Readonly<Record<string, () => void>> = {
  ArrowRight: () => pan(0.2),
  ArrowLeft: () => pan(-0.2),
  ArrowDown: () => move(1),
  ArrowUp: () => move(-1),
  PageDown: () => scroll(visibleRows() - 1),
  PageUp: () => scroll(1 - visibleRows()),
  "+": () => zoom(0.5),
  "=": () => zoom(0.5),
  "-": () => zoom(2),
  n: () => step(1),
  p: () => step(-1),
  Enter: showSelected,
  w: () => {
    const waker = detail?.waker;
    if (waker === undefined || waker === null || waker.row < 0) return;
    const width = range.to - range.from;
    goTo(waker.row, { from: waker.time - width / 4, to: waker.time + width / 4 });
  },
  o: () => {
    const at = detail?.stack[0] ?? detail?.waker?.stack[0];
    if (at !== undefined) host.postMessage({ type: "open", frame: at });
  },
  Escape: showAll,
  "/": () => searchBox.focus(),
};

canvas.addEventListener("keydown", (event) => {
  const run = keys[event.key];
  if (run === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  run();
});
canvas.addEventListener(
  "wheel",
  (event) => {
    event.preventDefault();
    if (event.ctrlKey || event.metaKey) zoom(1.0015 ** event.deltaY, timeAt(event.offsetX));
    else if (event.shiftKey || event.deltaX !== 0)
      pan((event.deltaX === 0 ? event.deltaY : event.deltaX) / Math.max(1, canvas.clientWidth - gutter));
    else scroll(Math.sign(event.deltaY) * Math.max(1, Math.round(Math.abs(event.deltaY) / rowHeight)));
  },
  { passive: false },
);

let dragged: { readonly x: number; readonly range: Range; moved: boolean } | undefined;
canvas.addEventListener("pointerdown", (event) => {
  canvas.focus();
  canvas.setPointerCapture(event.pointerId);
  dragged = { x: event.offsetX, range, moved: false };
});
canvas.addEventListener("pointermove", (event) => {
  if (dragged === undefined) return point(event);
  if (Math.abs(event.offsetX - dragged.x) > 3) dragged.moved = true;
  const share = (dragged.x - event.offsetX) / Math.max(1, canvas.clientWidth - gutter);
  if (dragged.moved) show(panned(dragged.range, share * (dragged.range.to - dragged.range.from), whole));
});
canvas.addEventListener("pointerup", (event) => {
  const click = dragged !== undefined && !dragged.moved;
  dragged = undefined;
  const at = pointed(event);
  if (!click || at === undefined) return;
  select(at.lane, at.index);
});
canvas.addEventListener("dblclick", showSelected);

function pointed(event: MouseEvent): { readonly lane: Lane; readonly index: number } | undefined {
  const lane = view?.lanes[Math.floor((event.offsetY - headHeight) / rowHeight)];
  if (view === undefined || lane === undefined || event.offsetY < headHeight) return undefined;
  return { lane, index: event.offsetX < gutter ? -1 : boxAt(view, lane, timeAt(event.offsetX)) };
}

function point(event: MouseEvent): void {
  const at = pointed(event);
  const lane = at?.lane;
  if (view === undefined || at === undefined || lane === undefined) {
    canvas.title = "";
    return;
  }
  const box = lane.boxes[at.index];
  const length = startOf(view, lane.boxes[at.index + 1]) - startOf(view, box);
  const what = box === undefined ? "" : (lane.labels.get(at.index) ?? stateNames[box.state] ?? "");
  canvas.title = box === undefined ? lane.name : `${lane.name}\n${what} · ${formatTime(length)}`;
}

const stateNames = ["", "not there", "runnable", "running", "waiting", "system call"];

// ---- page

for (const box of [rowsSelect, orderSelect, searchBox])
  box.addEventListener(box === searchBox ? "input" : "change", () => {
    first = 0;
    row = -1;
    slice = -1;
    describe(undefined);
    request();
  });
searchBox.addEventListener("keydown", (event) => {
  if (event.key === "Escape" || event.key === "Enter") canvas.focus();
});
element("reset", HTMLButtonElement).addEventListener("click", showAll);
element("in", HTMLButtonElement).addEventListener("click", () => zoom(0.5));
element("out", HTMLButtonElement).addEventListener("click", () => zoom(2));
element("trace", HTMLButtonElement).addEventListener("click", () => host.postMessage({ type: "trace" }));
new ResizeObserver(() => {
  redraw();
  request();
}).observe(canvas);
new MutationObserver(redraw).observe(document.body, { attributes: true, attributeFilter: ["class"] });

interface Incoming {
  readonly type: string;
  readonly window?: TimelineWindow;
  readonly slice?: TimelineSlice | null;
  readonly waits?: readonly TimelineWait[];
  readonly text?: string;
}

window.addEventListener("message", ({ data }: MessageEvent<Incoming>) => {
  if (data.type === "window" && data.window !== undefined) received(data.window);
  if (data.type === "slice") describe(data.slice ?? undefined);
  if (data.type === "waits" && data.waits !== undefined) fill(data.waits);
  if (data.type === "search") {
    searchBox.value = data.text ?? "";
    searchBox.dispatchEvent(new Event("input"));
  }
  if (data.type === "error") {
    asking = false;
    progress.hidden = true;
    canvas.ariaBusy = "false";
    message.textContent = data.text ?? "";
  }
});
host.postMessage({ type: "ready" });
