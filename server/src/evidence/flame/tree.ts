import type { FlameGraph, FlameRoot } from "../../../../common/src/contention.ts";
import { SampleWalker, withoutDeferring } from "../contention/walk.ts";
import { IntColumn } from "../pprof/column.ts";
import { type Profile, sampleCount } from "../pprof/profile.ts";

/** What a node stands for. */
export interface FlameLabel {
  readonly name: string;
  readonly file: string;
  readonly line: number;
}

/** A call tree in columns; node 0 is the root. */
export interface FlameTree {
  readonly labels: readonly FlameLabel[];
  readonly label: Int32Array;
  readonly parent: Int32Array;
  readonly self: Float64Array;
  readonly total: Float64Array;
}

export type FlameWindow = Pick<FlameGraph, "labels" | "node" | "label" | "parent" | "self" | "total" | "hidden">;

/** Names of locks by the call sites that take or let them go, `function\0file\0line`; the sources know them. */
export type LockNames = ReadonlyMap<string, string>;

/** Builds the call tree of one sample type. Samples with the largest values go first, so a node's line is its hottest. */
export function buildFlame(profile: Profile, column: number, from: FlameRoot, locks: LockNames): FlameTree {
  const builder = new Builder(profile, locks);
  const width = profile.sampleTypes.length;
  const order = Int32Array.from({ length: sampleCount(profile) }, (_, index) => index);
  const value = (sample: number) => profile.values[sample * width + column] ?? 0;
  order.sort((a, b) => Math.abs(value(b)) - Math.abs(value(a)));
  if (from === "locks") for (const sample of order) builder.addLock(sample, value(sample));
  else for (const sample of order) builder.addStack(sample, value(sample));
  return builder.done();
}

class Builder {
  readonly #profile: Profile;
  readonly #walker: SampleWalker;
  readonly #locks: LockNames;
  readonly #labels: FlameLabel[] = [{ name: "all", file: "", line: 0 }];
  readonly #labelOf = new Map<string, number>();
  /** Labels of the profile's functions, made when first met. */
  readonly #functionLabel: Int32Array;
  readonly #label = new IntColumn();
  readonly #parent = new IntColumn();
  #self = new Float64Array(1024);
  /** Open addressing: slot -> node + 1, by parent and label. */
  #slots = new Int32Array(1 << 12);

  constructor(profile: Profile, locks: LockNames) {
    this.#profile = profile;
    this.#locks = locks;
    this.#walker = new SampleWalker(profile);
    this.#functionLabel = new Int32Array(profile.functions.length).fill(-1);
    this.#label.push(0);
    this.#parent.push(-1);
  }

  /** Root first, as the program called. */
  addStack(sample: number, value: number): void {
    if (value === 0) return;
    const { stackStart, stack, frameStart, frameFunction } = this.#profile;
    let node = 0;
    for (let s = (stackStart[sample + 1] ?? 0) - 1; s >= (stackStart[sample] ?? 0); s--) {
      const location = stack[s] ?? 0;
      for (let f = (frameStart[location + 1] ?? 0) - 1; f >= (frameStart[location] ?? 0); f--)
        node = this.#child(node, this.#ofFunction(frameFunction[f] ?? 0, f));
    }
    this.#add(node, value);
  }

  /** The lock first, then who called it. */
  addLock(sample: number, value: number): void {
    const { leaf, frames } = this.#walker.walk(sample);
    const first = frames.find((frame) => !frame.standard) ?? frames[0];
    if (value === 0 || first === undefined || leaf.wait !== "lock") return;
    const lock = this.#locks.get(`${first.function}\u0000${first.file}\u0000${first.line}`);
    let node = lock === undefined ? 0 : this.#child(0, this.#named({ ...first, name: lock }));
    const site = first.function.slice(first.function.lastIndexOf("/") + 1).replace(/\.deferwrap\d+$/, "");
    node = this.#child(node, this.#named({ ...first, name: `${leaf.operation} in ${site}` }));
    for (const frame of withoutDeferring(frames))
      node = this.#child(node, this.#named({ ...frame, name: frame.function }));
    this.#add(node, value);
  }

  #ofFunction(index: number, frame: number): number {
    let label = this.#functionLabel[index] ?? -1;
    if (label < 0) {
      const { name, file } = this.#profile.functions[index] ?? { name: "", file: "" };
      label = this.#named({ name, file, line: this.#profile.frameLine[frame] ?? 0 });
      this.#functionLabel[index] = label;
    }
    return label;
  }

  #named({ name, file, line }: FlameLabel): number {
    const known = this.#labelOf.get(name);
    if (known !== undefined) return known;
    this.#labelOf.set(name, this.#labels.length);
    return this.#labels.push({ name, file, line }) - 1;
  }

  #child(parent: number, label: number): number {
    const mask = this.#slots.length - 1;
    const labels = this.#label.peek();
    const parents = this.#parent.peek();
    let slot = hash(parent, label) & mask;
    for (let node = this.#slots[slot] ?? 0; node !== 0; node = this.#slots[slot] ?? 0) {
      if (parents[node - 1] === parent && labels[node - 1] === label) return node - 1;
      slot = (slot + 1) & mask;
    }
    const node = this.#label.length;
    this.#label.push(label);
    this.#parent.push(parent);
    this.#slots[slot] = node + 1;
    if (node * 2 > this.#slots.length) this.#rehash();
    return node;
  }

  #rehash(): void {
    const slots = new Int32Array(this.#slots.length * 4);
    const mask = slots.length - 1;
    const labels = this.#label.peek();
    const parents = this.#parent.peek();
    for (let node = 1; node < this.#label.length; node++) {
      let slot = hash(parents[node] ?? 0, labels[node] ?? 0) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = node + 1;
    }
    this.#slots = slots;
  }

  #add(node: number, value: number): void {
    if (node >= this.#self.length) {
      const grown = new Float64Array(Math.max(node + 1, 2 * this.#self.length));
      grown.set(this.#self);
      this.#self = grown;
    }
    this.#self[node] = (this.#self[node] ?? 0) + value;
  }

  done(): FlameTree {
    const label = this.#label.done();
    const parent = this.#parent.done();
    const self = new Float64Array(label.length);
    self.set(this.#self.subarray(0, label.length));
    const total = self.slice();
    // Children come after their parents, so one pass from the end adds everything up.
    for (let node = label.length - 1; node > 0; node--) {
      const up = parent[node] ?? 0;
      total[up] = (total[up] ?? 0) + (total[node] ?? 0);
    }
    return { labels: this.#labels, label, parent, self, total };
  }
}

function hash(parent: number, label: number): number {
  const mixed = Math.imul(parent + 1, 0x9e3779b1) ^ Math.imul(label + 1, 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
}

/** What can be seen with `node` as wide as the window: nodes of at least `share` of it. */
export function flameWindow(tree: FlameTree, node: number, share: number): FlameWindow {
  const least = Math.abs(tree.total[node] ?? 0) * share;
  const chain: number[] = [];
  for (let at = node; at >= 0; at = at === 0 ? -1 : (tree.parent[at] ?? -1)) chain.unshift(at);
  const place = new Map<number, number>();
  const kept = [...chain];
  for (const [index, one] of chain.entries()) place.set(one, index);
  let hidden = 0;
  for (let at = node + 1; at < tree.label.length; at++) {
    const up = place.get(tree.parent[at] ?? -1);
    if (up === undefined || up < chain.length - 1) continue;
    if (Math.abs(tree.total[at] ?? 0) < least) {
      hidden++;
      continue;
    }
    place.set(at, kept.length);
    kept.push(at);
  }
  const names = new Map<number, number>();
  const labels: FlameLabel[] = [];
  const label = kept.map((at) => {
    const own = tree.label[at] ?? 0;
    let index = names.get(own);
    if (index === undefined) {
      index = labels.push(tree.labels[own] ?? { name: "", file: "", line: 0 }) - 1;
      names.set(own, index);
    }
    return index;
  });
  return {
    labels,
    node: kept,
    label,
    parent: kept.map((at) => (at === 0 ? -1 : (place.get(tree.parent[at] ?? 0) ?? -1))),
    self: kept.map((at) => tree.self[at] ?? 0),
    total: kept.map((at) => tree.total[at] ?? 0),
    hidden,
  };
}
