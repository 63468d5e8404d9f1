import { type Profile, sampleCount } from "./profile.ts";

/** A line's share of one sample type, as `go tool pprof -list` prints it. */
export interface LineRow {
  readonly function: string;
  readonly file: string;
  readonly line: number;
  readonly flat: number;
  readonly cum: number;
}

/** Flat and cumulative values of every line, of the functions whose name passes. */
export function lineTable(profile: Profile, column: number, wanted: (name: string) => boolean): LineRow[] {
  const { stackStart, stack, values, frameStart, frameFunction, frameLine, functions, sampleTypes } = profile;
  const slotOf = frameSlots(profile);
  const slots = slotOf.reduce((most, slot) => Math.max(most, slot + 1), 0);
  const flat = new Float64Array(slots);
  const cum = new Float64Array(slots);
  const seen = new Int32Array(slots).fill(-1);
  for (let i = 0; i < sampleCount(profile); i++) {
    const value = values[i * sampleTypes.length + column] ?? 0;
    if (value === 0) continue;
    let leaf = true;
    for (let s = stackStart[i] ?? 0; s < (stackStart[i + 1] ?? 0); s++) {
      const location = stack[s] ?? 0;
      for (let f = frameStart[location] ?? 0; f < (frameStart[location + 1] ?? 0); f++) {
        const slot = slotOf[f] ?? 0;
        if (leaf) flat[slot] = (flat[slot] ?? 0) + value;
        leaf = false;
        if (seen[slot] === i) continue;
        seen[slot] = i;
        cum[slot] = (cum[slot] ?? 0) + value;
      }
    }
  }
  const rows = new Map<number, LineRow>();
  for (const [frame, slot] of slotOf.entries()) {
    const { name, file } = functions[frameFunction[frame] ?? 0] ?? { name: "", file: "" };
    if (rows.has(slot) || !wanted(name) || (flat[slot] === 0 && cum[slot] === 0)) continue;
    rows.set(slot, { function: name, file, line: frameLine[frame] ?? 0, flat: flat[slot] ?? 0, cum: cum[slot] ?? 0 });
  }
  return [...rows.values()].sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line));
}

/** Frames of one function, file and line share a slot. */
export function frameSlots({ frameFunction, frameLine, functions }: Profile): Int32Array {
  const names = new Map<string, number>();
  const nameOf = Int32Array.from(functions, ({ name, file }) => {
    const key = `${name}\u0000${file}`;
    const index = names.get(key) ?? names.size;
    names.set(key, index);
    return index;
  });
  const slots = new Map<number, number>();
  return Int32Array.from(frameFunction, (index, frame) => {
    const key = (nameOf[index] ?? 0) * 0x1_0000_0000 + ((frameLine[frame] ?? 0) >>> 0);
    const slot = slots.get(key) ?? slots.size;
    slots.set(key, slot);
    return slot;
  });
}
