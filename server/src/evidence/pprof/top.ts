import type { Profile } from "./profile.ts";

/** A function's share: `flat` where it is the leaf, `cum` where it is anywhere on the stack. */
export interface TopRow {
  readonly function: string;
  readonly file: string;
  readonly line: number;
  readonly flat: number;
  readonly cum: number;
}

export interface Top {
  readonly sampleType: string;
  readonly unit: string;
  readonly total: number;
  readonly rows: readonly TopRow[];
}

/** What `go tool pprof -top -cum` lists, for each sample type; functions of one name are one row. */
export function top(profile: Profile): Top[] {
  const { functions, sampleTypes } = profile;
  const slots = new Map<string, number>();
  const slotOf = Int32Array.from(functions, ({ name }) => {
    const slot = slots.get(name) ?? slots.size;
    slots.set(name, slot);
    return slot;
  });
  return sampleTypes.map(({ type, unit }, column) => ({
    sampleType: type,
    unit,
    ...count(profile, slotOf, slots, column),
  }));
}

function count(
  profile: Profile,
  slotOf: Int32Array,
  slots: ReadonlyMap<string, number>,
  column: number,
): { total: number; rows: TopRow[] } {
  const { stackStart, stack, values, frameStart, frameFunction, functions, sampleTypes } = profile;
  const flat = new Float64Array(slots.size);
  const cum = new Float64Array(slots.size);
  // The number of the last sample that counted a function: recursion counts once.
  const seen = new Int32Array(slots.size).fill(-1);
  let total = 0;
  for (let i = 0; i + 1 < stackStart.length; i++) {
    const value = values[i * sampleTypes.length + column] ?? 0;
    if (value === 0) continue;
    total += value;
    let leaf = true;
    for (let s = stackStart[i] ?? 0; s < (stackStart[i + 1] ?? 0); s++) {
      const location = stack[s] ?? 0;
      for (let f = frameStart[location] ?? 0; f < (frameStart[location + 1] ?? 0); f++) {
        const slot = slotOf[frameFunction[f] ?? 0] ?? 0;
        if (leaf) flat[slot] = (flat[slot] ?? 0) + value;
        leaf = false;
        if (seen[slot] === i) continue;
        seen[slot] = i;
        cum[slot] = (cum[slot] ?? 0) + value;
      }
    }
  }
  const rows: TopRow[] = [];
  const done = new Set<number>();
  for (const [index, { name, file, line }] of functions.entries()) {
    const slot = slotOf[index] ?? 0;
    if (done.has(slot) || (cum[slot] === 0 && flat[slot] === 0)) continue;
    done.add(slot);
    rows.push({ function: name, file, line, flat: flat[slot] ?? 0, cum: cum[slot] ?? 0 });
  }
  return { total, rows: rows.sort(byCum) };
}

function byCum(a: TopRow, b: TopRow): number {
  return Math.abs(b.cum) - Math.abs(a.cum) || Math.abs(b.flat) - Math.abs(a.flat) || (a.function < b.function ? -1 : 1);
}

/** `profiles` added up, less `base` where there is one. Rows are joined by function, columns by sample type. */
export function combine(profiles: readonly (readonly Top[])[], base: readonly Top[] = []): Top[] {
  const result = new Map<string, { unit: string; total: number; rows: Map<string, TopRow> }>();
  const add = (tops: readonly Top[], sign: 1 | -1) => {
    for (const { sampleType, unit, total, rows } of tops) {
      const known = result.get(sampleType) ?? { unit, total: 0, rows: new Map<string, TopRow>() };
      result.set(sampleType, known);
      known.total += sign * total;
      for (const row of rows) {
        const before = known.rows.get(row.function);
        known.rows.set(row.function, {
          ...row,
          flat: (before?.flat ?? 0) + sign * row.flat,
          cum: (before?.cum ?? 0) + sign * row.cum,
        });
      }
    }
  };
  for (const one of profiles) add(one, 1);
  add(base, -1);
  return [...result].map(([sampleType, { unit, total, rows }]) => ({
    sampleType,
    unit,
    total,
    rows: [...rows.values()].filter((row) => row.flat !== 0 || row.cum !== 0).sort(byCum),
  }));
}
