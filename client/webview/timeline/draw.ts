import { formatTime } from "../../../common/src/format.ts";
import { bandNames, sliceState } from "../../../common/src/timeline.ts";
import { cleared, type Theme } from "../page.ts";
import {
  axisHeight,
  axisStep,
  bandHeight,
  gutter,
  headHeight,
  type Lane,
  type Range,
  rowHeight,
  startOf,
  type View,
} from "./view.ts";

export interface Drawing {
  readonly view: View;
  /** What is shown now; the view may still be that of an older part. */
  readonly range: Range;
  /** Row and slice that are selected. */
  readonly row: number;
  readonly slice: number;
  readonly searching: boolean;
}

/** Told apart by height as well as by hue (after Okabe and Ito). */
const looks: Readonly<Record<number, { readonly dark: string; readonly light: string; readonly height: number }>> = {
  [sliceState.runnable]: { dark: "#c9a227", light: "#e0b020", height: 6 },
  [sliceState.running]: { dark: "#1f9e77", light: "#4fc3a1", height: 16 },
  [sliceState.waiting]: { dark: "#7a4a68", light: "#dba9c8", height: 10 },
  [sliceState.syscall]: { dark: "#2f78b5", light: "#86bfe8", height: 13 },
};

interface Pen {
  readonly context: CanvasRenderingContext2D;
  readonly theme: Theme;
  readonly width: number;
  readonly height: number;
  readonly x: (time: number) => number;
}

/** Draws what is visible. */
export function draw(canvas: HTMLCanvasElement, drawing: Drawing, theme: Theme): void {
  const context = cleared(canvas);
  if (context === undefined) return;
  const { clientWidth: width, clientHeight: height } = canvas;
  const { from, to } = drawing.range;
  context.font = theme.font;
  const pen: Pen = {
    context,
    theme,
    width,
    height,
    x: (time) => gutter + ((time - from) / (to - from)) * (width - gutter),
  };
  context.save();
  context.beginPath();
  context.rect(gutter, 0, width - gutter, height);
  context.clip();
  drawAxis(pen, drawing.range);
  drawBands(pen, drawing.view);
  drawing.view.lanes.forEach((lane, position) => {
    drawLane(pen, drawing, lane, headHeight + position * rowHeight);
  });
  drawMarks(pen, drawing.view);
  drawEdges(pen, drawing.view);
  context.restore();
  drawNames(pen, drawing);
}

function drawAxis({ context, theme, x, width, height }: Pen, range: Range): void {
  const step = axisStep(range, width - gutter);
  context.strokeStyle = theme.foreground;
  context.fillStyle = theme.foreground;
  for (let time = Math.ceil(range.from / step) * step; time <= range.to; time += step) {
    context.globalAlpha = 0.15;
    context.beginPath();
    context.moveTo(Math.round(x(time)) + 0.5, axisHeight - 4);
    context.lineTo(Math.round(x(time)) + 0.5, height);
    context.stroke();
    context.globalAlpha = 0.8;
    context.fillText(formatTime(time), x(time) + 3, axisHeight / 2);
  }
  context.globalAlpha = 1;
}

function drawBands({ context, theme, x }: Pen, view: View): void {
  context.fillStyle = theme.contrast ? theme.foreground : theme.light ? "#b5651d" : "#d98c4a";
  view.bands.forEach((boxes, band) => {
    boxes.forEach((box, index) => {
      if (box.state !== sliceState.running) return;
      const left = x(startOf(view, box));
      const right = x(startOf(view, boxes[index + 1]));
      context.globalAlpha = 0.3 + (0.6 * box.share) / 15;
      context.fillRect(left, axisHeight + band * bandHeight + 1, Math.max(1, right - left), bandHeight - 3);
    });
  });
  context.globalAlpha = 1;
}

function drawLane(pen: Pen, { view, row, slice, searching }: Drawing, lane: Lane, y: number): void {
  const { context, theme, x, width } = pen;
  if (y > pen.height) return;
  // A row that was found by its name alone is wholly what is looked for.
  const dims = searching && lane.boxes.some(({ found }) => found);
  lane.boxes.forEach((box, index) => {
    const look = looks[box.state];
    if (look === undefined) return;
    const left = Math.max(gutter - 1, x(startOf(view, box)));
    const right = Math.min(width + 1, x(startOf(view, lane.boxes[index + 1])));
    if (right < gutter || left > width) return;
    const wide = Math.max(0.75, right - left - (box.slice >= 0 && right - left > 3 ? 1 : 0));
    const top = y + (rowHeight - look.height) / 2;
    context.globalAlpha = (dims && !box.found ? 0.25 : 1) * (box.slice >= 0 ? 1 : 0.35 + (0.65 * box.share) / 15);
    context.fillStyle = theme.light ? look.light : look.dark;
    context.fillRect(left, top, wide, look.height);
    if (theme.contrast && wide > 3) outline(pen, left, top, wide, look.height, theme.foreground);
    const label = lane.labels.get(index);
    if (label !== undefined) drawText(pen, label, left, y, wide);
    context.globalAlpha = 1;
    if (lane.row === row && box.slice === slice && slice >= 0)
      outline(pen, left, y + 1, Math.max(3, wide), rowHeight - 2, theme.accent);
  });
}

function outline({ context }: Pen, x: number, y: number, width: number, height: number, colour: string): void {
  context.strokeStyle = colour;
  context.lineWidth = 1;
  context.strokeRect(x + 0.5, y + 0.5, width - 1, height - 1);
}

function drawText({ context, theme }: Pen, text: string, x: number, y: number, wide: number): void {
  const room = Math.floor((wide - 8) / 7.2);
  if (room < 4) return;
  context.fillStyle = theme.light ? "#000000" : "#ffffff";
  context.fillText(text.length > room ? `${text.slice(0, room - 1)}…` : text, x + 4, y + rowHeight / 2);
}

function drawEdges({ context, theme, x }: Pen, view: View): void {
  context.strokeStyle = theme.foreground;
  context.fillStyle = theme.foreground;
  context.globalAlpha = 0.55;
  context.lineWidth = 1;
  for (const { waker, woken, time } of view.edges) {
    const at = x(time);
    const from = headHeight + waker * rowHeight + rowHeight / 2;
    const to = headHeight + woken * rowHeight + rowHeight / 2;
    const tip = to > from ? -4 : 4;
    context.beginPath();
    context.moveTo(at, from);
    context.lineTo(at, to + tip);
    context.stroke();
    context.beginPath();
    context.moveTo(at, to);
    context.lineTo(at - 3, to + tip);
    context.lineTo(at + 3, to + tip);
    context.fill();
  }
  context.globalAlpha = 1;
}

/** Tasks above the states, regions below them, logs as ticks on top. */
function drawMarks({ context, theme, x, width }: Pen, view: View): void {
  context.fillStyle = theme.contrast ? theme.foreground : theme.light ? "#6f42c1" : "#b392f0";
  for (const { position, kind, from, to } of view.marks) {
    const y = headHeight + position * rowHeight;
    const left = Math.max(gutter - 1, x(from));
    if (left > width) continue;
    const wide = Math.max(1, Math.min(width + 1, x(to)) - left);
    if (kind === "task") context.fillRect(left, y, wide, 1.5);
    else if (kind === "region") context.fillRect(left, y + rowHeight - 2.5, wide, 2);
    else tick(context, x(from), y);
  }
}

function tick(context: CanvasRenderingContext2D, x: number, y: number): void {
  context.beginPath();
  context.moveTo(x - 3, y);
  context.lineTo(x + 3, y);
  context.lineTo(x, y + 6);
  context.fill();
}

function drawNames(pen: Pen, { view, row }: Drawing): void {
  const { context, theme, height } = pen;
  context.fillStyle = theme.background;
  context.fillRect(0, 0, gutter, height);
  context.fillStyle = theme.foreground;
  context.textAlign = "right";
  bandNames.forEach((name, band) => {
    context.font = theme.font.replace(/^\d+px/, "9px");
    context.fillText(name, gutter - 6, axisHeight + band * bandHeight + bandHeight / 2);
  });
  context.textAlign = "left";
  context.font = theme.font;
  view.lanes.forEach(({ name, row: own }, position) => {
    const y = headHeight + position * rowHeight;
    if (own === row) outline(pen, 1, y + 1, gutter - 3, rowHeight - 2, theme.accent);
    const room = Math.floor((gutter - 10) / 7.2);
    context.fillText(name.length > room ? `${name.slice(0, room - 1)}…` : name, 4, y + rowHeight / 2);
  });
}
