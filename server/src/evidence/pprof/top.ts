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
  const { flat, cum, totals } = count(profile, slotOf, slots.size);
  const width = sampleTypes.length;
  return sampleTypes.map(({ type, unit }, column) => {
    const rows: TopRow[] = [];
    const done = new Uint8Array(slots.size);
    for (const [index, { name, file, line }] of functions.entries()) {
      const slot = slotOf[index] ?? 0;
      const [own, all] = [flat[slot * width + column] ?? 0, cum[slot * width + column] ?? 0];
      if (done[slot] === 1 || (own === 0 && all === 0)) continue;
      done[slot] = 1;
      rows.push({ function: name, file, line, flat: own, cum: all });
    }
    return { sampleType: type, unit, total: totals[column] ?? 0, rows: rows.sort(byCum) };
  });
}

/** Flat and cumulative values by slot and sample type, in one walk over the stacks. */
function count(profile: Profile, slotOf: Int32Array, slots: number) {
  const { stackStart, stack, values, frameStart, frameFunction, sampleTypes } = profile;
  const width = sampleTypes.length;
  const flat = new Float64Array(slots * width);
  const cum = new Float64Array(slots * width);
  const totals = new Float64Array(width);
  // The number of the last sample that counted a function: recursion counts once.
  const seen = new Int32Array(slots).fill(-1);
  const add = (into: Float64Array, slot: number, sample: number) => {
    for (let v = 0; v < width; v++)
      into[slot * width + v] = (into[slot * width + v] ?? 0) + (values[sample * width + v] ?? 0);
  };
  for (let i = 0; i + 1 < stackStart.length; i++) {
    add(totals, 0, i);
    let leaf = true;
    for (let s = stackStart[i] ?? 0; s < (stackStart[i + 1] ?? 0); s++) {
      const location = stack[s] ?? 0;
      for (let f = frameStart[location] ?? 0; f < (frameStart[location + 1] ?? 0); f++) {
        const slot = slotOf[frameFunction[f] ?? 0] ?? 0;
        if (leaf) add(flat, slot, i);
        leaf = false;
        if (seen[slot] === i) continue;
        seen[slot] = i;
        add(cum, slot, i);
      }
    }
  }
  return { flat, cum, totals };
}

function byCum(a: TopRow, b: TopRow): number {
  return Math.abs(b.cum) - Math.abs(a.cum) || Math.abs(b.flat) - Math.abs(a.flat) || (a.function < b.function ? -1 : 1);
}

/** `profiles` added up, less `base` where there is one. Rows are joined by function, columns by sample type. */
export function combine(profiles: readonly (readonly Top[])[], base: readonly Top[] = []): Top[] {
  const [only] = profiles;
  if (only !== undefined && profiles.length === 1 && base.length === 0) return [...only];
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
