import type { FlameGraph } from "../../../common/src/contention.ts";
import { formatCount, formatShare, formatTime } from "../../../common/src/format.ts";
import { currentTheme, element } from "../page.ts";
import { draw, rowHeight, shortName } from "./draw.ts";
import { type Box, boxAt, type Layout, layOut, search } from "./layout.ts";

declare function acquireVsCodeApi(): { postMessage(message: unknown): void };

const host = acquireVsCodeApi();
const canvas = element("graph", HTMLCanvasElement);
const scroller = element("scroller", HTMLDivElement);
const spacer = element("spacer", HTMLDivElement);
const details = element("details", HTMLDivElement);
const place = element("place", HTMLButtonElement);
const trail = element("trail", HTMLDivElement);
const matches = element("matches", HTMLSpanElement);
const message = element("message", HTMLDivElement);
const searchBox = element("search", HTMLInputElement);
const sampleSelect = element("sample", HTMLSelectElement);
const rootSelect = element("root", HTMLSelectElement);

let graph: FlameGraph | undefined;
let layout: Layout | undefined;
/** Indexes into the graph's columns. */
let focus = 0;
let selected = 0;
let found: ReadonlySet<number> = new Set();
let frame = 0;

// ---- data

function show(next: FlameGraph): void {
  const kept = selectedName();
  graph = next;
  focus = Math.max(0, next.node.indexOf(next.focus));
  selected = focus;
  if (kept !== undefined) {
    const again = next.label.findIndex((label, index) => index >= focus && next.labels[label]?.name === kept);
    if (again >= 0) selected = again;
  }
  options(
    sampleSelect,
    next.sampleTypes.map(({ type }) => [type, type]),
    next.sampleType,
  );
  rootSelect.value = next.root;
  find();
  relayout();
}

function selectedName(): string | undefined {
  return graph?.labels[graph.label[selected] ?? -1]?.name;
}

function options(select: HTMLSelectElement, list: readonly (readonly [string, string])[], value: string): void {
  select.replaceChildren(...list.map(([id, text]) => new Option(text, id, false, id === value)));
}

function relayout(): void {
  if (graph === undefined) return;
  layout = layOut(graph, focus);
  spacer.style.height = `${Math.max(0, layout.rows.length * rowHeight - scroller.clientHeight)}px`;
  message.textContent =
    (graph.total[0] ?? 0) === 0 ? "No samples. Nothing was contended, or the profile's rate was not set." : "";
  breadcrumbs();
  describe();
  redraw();
}

function redraw(): void {
  cancelAnimationFrame(frame);
  frame = requestAnimationFrame(() => {
    if (graph === undefined || layout === undefined) return;
    draw(
      canvas,
      { graph, layout, found, searching: searchBox.value !== "", selected, top: scroller.scrollTop },
      currentTheme(),
    );
  });
}

function request(node: number): void {
  canvas.ariaBusy = "true";
  host.postMessage({ type: "graph", sampleType: sampleSelect.value, root: rootSelect.value, node });
}

/** At once with what is there; with finer detail when it arrives. */
function zoom(index: number): void {
  if (graph === undefined) return;
  focus = index;
  selected = index;
  relayout();
  request(graph.node[index] ?? 0);
}

// ---- texts

function amount(value: number): string {
  const unit = graph?.sampleTypes.find(({ type }) => type === graph?.sampleType)?.unit;
  return unit === "nanoseconds" ? formatTime(value) : formatCount(value);
}

function describe(): void {
  if (graph === undefined) return;
  const label = graph.labels[graph.label[selected] ?? 0];
  const total = graph.total[selected] ?? 0;
  const all = graph.total[0] || 1;
  const self = graph.self[selected] ?? 0;
  const parts = [label?.name ?? "", `${amount(total)} (${formatShare(total / all)})`];
  if (self !== 0) parts.push(`${amount(self)} itself`);
  if (graph.hidden > 0 && selected === focus)
    parts.push(`${graph.hidden} smaller frames are folded; zoom in to see them`);
  details.textContent = parts.join(" · ");
  const known = label !== undefined && label.file !== "";
  place.hidden = !known;
  place.textContent = known ? `${label.file.replace(/^.*[\\/]/, "")}:${label.line}` : "";
}

function breadcrumbs(): void {
  if (graph === undefined) return;
  const chain: number[] = [];
  for (let at = focus; at >= 0; at = graph.parent[at] ?? -1) chain.unshift(at);
  trail.replaceChildren(
    ...chain.slice(-6).map((index) => {
      const button = document.createElement("button");
      button.textContent = shortName(graph?.labels[graph.label[index] ?? 0]?.name ?? "");
      button.title = "Zoom to this frame";
      button.addEventListener("click", () => zoom(index));
      return button;
    }),
  );
}

function find(): void {
  if (graph === undefined) return;
  const result = search(graph, searchBox.value);
  found = result.found;
  matches.textContent = searchBox.value === "" ? "" : `${result.found.size} frames, ${formatShare(result.share)}`;
  redraw();
}

// ---- moving about

function pointed(event: MouseEvent): Box | undefined {
  if (layout === undefined) return undefined;
  const area = canvas.getBoundingClientRect();
  const depth = Math.floor((event.clientY - area.top + scroller.scrollTop) / rowHeight);
  return boxAt(layout, depth, (event.clientX - area.left) / area.width);
}

function select(index: number): void {
  selected = index;
  describe();
  const depth = layout?.boxOf.get(index)?.depth ?? 0;
  const y = depth * rowHeight;
  if (y < scroller.scrollTop) scroller.scrollTop = y;
  else if (y + rowHeight > scroller.scrollTop + scroller.clientHeight)
    scroller.scrollTop = y + rowHeight - scroller.clientHeight;
  redraw();
}

function neighbour(step: 1 | -1): number | undefined {
  const box = layout?.boxOf.get(selected);
  const row = layout?.rows[box?.depth ?? 0] ?? [];
  return row[row.findIndex((one) => one.index === selected) + step]?.index;
}

function openSource(): void {
  const label = graph?.labels[graph.label[selected] ?? -1];
  if (label !== undefined && label.file !== "") host.postMessage({ type: "open", label });
}

const keys: Readonly<Record<string, () => void>> = {
  ArrowDown: () => go(layout?.children.get(selected)?.[0]),
  ArrowUp: () => go(graph?.parent[selected]),
  ArrowRight: () => go(neighbour(1)),
  ArrowLeft: () => go(neighbour(-1)),
  Enter: () => zoom(selected),
  Backspace: () => zoom(Math.max(0, graph?.parent[focus] ?? 0)),
  Escape: () => zoom(0),
  o: openSource,
  "/": () => searchBox.focus(),
};

function go(index: number | undefined): void {
  if (index !== undefined && index >= 0) select(index);
}

canvas.addEventListener("keydown", (event) => {
  const run = keys[event.key];
  if (run === undefined) return;
  event.preventDefault();
  run();
});
canvas.addEventListener("mousemove", (event) => {
  const box = pointed(event);
  canvas.style.cursor = box === undefined ? "default" : "pointer";
  canvas.title = box === undefined || graph === undefined ? "" : tooltip(box.index);
});
canvas.addEventListener("click", (event) => {
  canvas.focus();
  const box = pointed(event);
  if (box === undefined) return;
  if (event.ctrlKey || event.metaKey) {
    select(box.index);
    openSource();
  } else if (box.index === focus) select(box.index);
  else zoom(box.index);
});

function tooltip(index: number): string {
  if (graph === undefined) return "";
  const label = graph.labels[graph.label[index] ?? 0];
  const total = graph.total[index] ?? 0;
  return `${label?.name ?? ""}\n${amount(total)} (${formatShare(total / (graph.total[0] || 1))})\nClick: zoom. Ctrl+click or o: source.`;
}

scroller.addEventListener("scroll", redraw);
place.addEventListener("click", openSource);
searchBox.addEventListener("input", find);
searchBox.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    searchBox.value = "";
    find();
  }
  if (event.key !== "Enter" && event.key !== "Escape") return;
  event.preventDefault();
  canvas.focus();
  const [first] = found;
  if (event.key === "Enter" && first !== undefined) select(first);
});
for (const box of [sampleSelect, rootSelect]) box.addEventListener("change", () => request(0));
element("reset", HTMLButtonElement).addEventListener("click", () => zoom(0));
element("pprof", HTMLButtonElement).addEventListener("click", () => host.postMessage({ type: "pprof" }));
new ResizeObserver(redraw).observe(scroller);
new MutationObserver(redraw).observe(document.body, { attributes: true, attributeFilter: ["class"] });

window.addEventListener("message", (event: MessageEvent<{ type: string; graph?: FlameGraph; text?: string }>) => {
  const { type, graph: next, text } = event.data;
  canvas.ariaBusy = "false";
  if (type === "graph" && next !== undefined) show(next);
  if (type === "error") message.textContent = text ?? "";
});
host.postMessage({ type: "ready" });
