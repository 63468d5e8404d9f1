import type { FlameGraph } from "../../../common/src/contention.ts";
import { cleared, type Theme } from "../page.ts";
import type { Box, Layout } from "./layout.ts";

export const rowHeight = 20;

/** What a frame is, told by colour and by its edge: user code solid, Go's own library paler, locks and runtime hatched. */
type Sort = "user" | "standard" | "lock" | "runtime";

export function sortOf(name: string): Sort {
  if (/^(internal\/)?sync\.|^(RW)?Mutex\.|^sync\.Map\./.test(name)) return "lock";
  if (/^(runtime|internal\/runtime\/\w+)\b/.test(name)) return "runtime";
  const first = name.slice(0, Math.max(0, name.indexOf("/")));
  return !first.includes(".") && standardPackage.test(name) ? "standard" : "user";
}

const standardPackage =
  /^(archive|bufio|bytes|cmp|compress|container|context|crypto|database|embed|encoding|errors|expvar|flag|fmt|go|hash|html|image|io|iter|log|maps|math|mime|net|os|path|plugin|reflect|regexp|slices|sort|strconv|strings|syscall|testing|text|time|unicode|unique|unsafe|internal|vendor)\b/;

/** Hues that stay apart in every form of colour blindness (after Okabe and Ito), dark enough for white text. */
const palettes = {
  dark: ["#2f6f9f", "#8a5a00", "#00705a", "#8f4a75", "#9a4a12", "#4a6a8a"],
  light: ["#9fcdea", "#f2cf8a", "#8fd9c4", "#e5b5d3", "#f5b899", "#c3d3e3"],
} as const;

export interface Drawing {
  readonly graph: FlameGraph;
  readonly layout: Layout;
  readonly found: ReadonlySet<number>;
  readonly searching: boolean;
  readonly selected: number;
  /** First visible pixel row. */
  readonly top: number;
}

/** Draws the visible rows; boxes too narrow to see are left out. */
export function draw(canvas: HTMLCanvasElement, drawing: Drawing, theme: Theme): void {
  const context = cleared(canvas);
  if (context === undefined) return;
  const { clientWidth: width, clientHeight: height } = canvas;
  context.font = theme.font;
  const first = Math.max(0, Math.floor(drawing.top / rowHeight));
  const last = Math.min(drawing.layout.rows.length - 1, Math.ceil((drawing.top + height) / rowHeight));
  for (let depth = first; depth <= last; depth++) {
    const y = depth * rowHeight - drawing.top;
    for (const box of drawing.layout.rows[depth] ?? []) drawBox(context, drawing, box, y, width, theme);
  }
}

function drawBox(
  context: CanvasRenderingContext2D,
  { graph, found, searching, selected }: Drawing,
  box: Box,
  y: number,
  width: number,
  theme: Theme,
): void {
  const x = box.from * width;
  const wide = (box.to - box.from) * width;
  if (wide < 0.4) return;
  const name = graph.labels[graph.label[box.index] ?? 0]?.name ?? "";
  const sort = sortOf(name);
  context.globalAlpha = searching && !found.has(box.index) ? 0.3 : 1;
  context.fillStyle = fill(name, sort, theme);
  context.fillRect(x, y, Math.max(0.5, wide - 1), rowHeight - 1);
  if (sort === "lock" && wide > 6) hatch(context, x, y, wide - 1, theme);
  if (theme.contrast || box.index === selected || (searching && found.has(box.index))) {
    context.strokeStyle = box.index === selected || found.has(box.index) ? theme.accent : theme.foreground;
    context.lineWidth = box.index === selected ? 2 : 1;
    context.strokeRect(x + 1, y + 1, Math.max(0.5, wide - 3), rowHeight - 3);
  }
  if (wide > 30) text(context, shortName(name), x + 4, y + rowHeight / 2, wide - 8, theme);
  context.globalAlpha = 1;
}

function fill(name: string, sort: Sort, theme: Theme): string {
  if (theme.contrast) return theme.background;
  if (sort === "runtime") return theme.light ? "#d0d0d0" : "#4a4a4a";
  if (sort === "standard") return theme.light ? "#dde3ea" : "#3d4752";
  const colors = theme.light ? palettes.light : palettes.dark;
  if (sort === "lock") return colors[4];
  // Functions of one package share a colour.
  const pkg = name.slice(0, name.indexOf(".", name.lastIndexOf("/") + 1));
  let hash = 0;
  for (const char of pkg) hash = (Math.imul(hash, 31) + (char.codePointAt(0) ?? 0)) | 0;
  const index = Math.abs(hash) % 5;
  return colors[index === 4 ? 5 : index] ?? colors[0];
}

/** Lines across: a lock is told from other code without colour too. */
function hatch(context: CanvasRenderingContext2D, x: number, y: number, wide: number, theme: Theme): void {
  context.save();
  context.beginPath();
  context.rect(x, y, wide, rowHeight - 1);
  context.clip();
  context.strokeStyle = theme.light ? "rgba(0,0,0,0.18)" : "rgba(255,255,255,0.18)";
  context.lineWidth = 1;
  context.beginPath();
  for (let at = x - rowHeight; at < x + wide; at += 6) {
    context.moveTo(at, y + rowHeight);
    context.lineTo(at + rowHeight, y);
  }
  context.stroke();
  context.restore();
}

function text(context: CanvasRenderingContext2D, name: string, x: number, y: number, room: number, theme: Theme): void {
  context.fillStyle = theme.contrast ? theme.foreground : theme.light ? "#10181f" : "#ffffff";
  let shown = name;
  const width = context.measureText(name).width;
  if (width > room) {
    const length = Math.floor((name.length * room) / width) - 1;
    if (length < 2) return;
    shown = `${name.slice(0, length)}…`;
  }
  context.fillText(shown, x, y);
}

/** `store.(*Inventory).Add` of `example.com/shop/store.(*Inventory).Add`. */
export function shortName(name: string): string {
  const bracket = name.indexOf("[");
  const head = bracket < 0 ? name : name.slice(0, bracket);
  return name.slice(head.lastIndexOf("/") + 1);
}
