import type { FlameGraph } from "../../../common/src/contention.ts";

/** A box of the graph: positions as shares of the window's width. */
export interface Box {
  /** Index into the graph's columns. */
  readonly index: number;
  readonly depth: number;
  readonly from: number;
  readonly to: number;
}

/** Boxes by depth, from left to right; the focused node is as wide as the window, its ancestors too. */
export interface Layout {
  readonly rows: readonly (readonly Box[])[];
  readonly boxOf: ReadonlyMap<number, Box>;
  readonly children: ReadonlyMap<number, readonly number[]>;
}

/** Lays a graph out with the node at `focus` (an index into the columns) as wide as the window. */
export function layOut(graph: FlameGraph, focus: number): Layout {
  const children = childrenOf(graph);
  const rows: Box[][] = [];
  const boxOf = new Map<number, Box>();
  const put = (box: Box) => {
    const row = rows[box.depth] ?? [];
    rows[box.depth] = row;
    row.push(box);
    boxOf.set(box.index, box);
  };
  const chain: number[] = [];
  for (let at = focus; at >= 0; at = graph.parent[at] ?? -1) chain.unshift(at);
  for (const [depth, index] of chain.entries()) put({ index, depth, from: 0, to: 1 });
  const queue = [focus];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const box = boxOf.get(next);
    if (box === undefined) continue;
    const total = Math.abs(graph.total[next] ?? 0);
    let from = box.from;
    for (const child of children.get(next) ?? []) {
      const width = total === 0 ? 0 : ((box.to - box.from) * Math.abs(graph.total[child] ?? 0)) / total;
      put({ index: child, depth: box.depth + 1, from, to: from + width });
      from += width;
      queue.push(child);
    }
  }
  for (const row of rows) row.sort((a, b) => a.from - b.from);
  return { rows, boxOf, children };
}

/** Children of each node, the largest first. */
function childrenOf(graph: FlameGraph): Map<number, number[]> {
  const children = new Map<number, number[]>();
  for (const [index, parent] of graph.parent.entries()) {
    if (parent < 0) continue;
    const list = children.get(parent);
    if (list === undefined) children.set(parent, [index]);
    else list.push(index);
  }
  const weight = (index: number) => Math.abs(graph.total[index] ?? 0);
  for (const list of children.values()) list.sort((a, b) => weight(b) - weight(a));
  return children;
}

/** The box at a place; `x` is a share of the width. */
export function boxAt(layout: Layout, depth: number, x: number): Box | undefined {
  const row = layout.rows[depth] ?? [];
  let low = 0;
  let high = row.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const box = row[middle];
    if (box === undefined) return undefined;
    if (x < box.from) high = middle - 1;
    else if (x >= box.to) low = middle + 1;
    else return box;
  }
  return undefined;
}

/** Nodes whose name holds the text, and the share of the whole they make up; nested ones count once. */
export function search(
  graph: FlameGraph,
  text: string,
): { readonly found: ReadonlySet<number>; readonly share: number } {
  const wanted = text.toLowerCase();
  const found = new Set<number>();
  if (wanted === "") return { found, share: 0 };
  const names = graph.labels.map(({ name }) => name.toLowerCase().includes(wanted));
  const within = new Set<number>();
  let sum = 0;
  for (const [index, label] of graph.label.entries()) {
    const inside = within.has(graph.parent[index] ?? -1);
    if (names[label] === true) {
      found.add(index);
      if (!inside) sum += Math.abs(graph.total[index] ?? 0);
    }
    if (inside || names[label] === true) within.add(index);
  }
  return { found, share: sum / Math.abs(graph.total[0] || 1) };
}
