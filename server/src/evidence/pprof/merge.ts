import { FloatColumn, IntColumn } from "./column.ts";
import { type Profile, ProfileError, type ProfileFunction, sampleCount } from "./profile.ts";

/** Profiles added up, `base` subtracted. Stacks that are equal become one; labels are not kept. */
export function mergeProfiles(profiles: readonly Profile[], base: readonly Profile[] = []): Profile {
  const first = profiles[0] ?? base[0];
  if (first === undefined) throw new ProfileError("nothing to merge", 0);
  const merger = new Merger(first);
  for (const one of profiles) merger.add(one, 1);
  for (const one of base) merger.add(one, -1);
  return merger.done(profiles);
}

class Merger {
  readonly #first: Profile;
  readonly #functions: ProfileFunction[] = [];
  readonly #functionIndex = new Map<string, number>();
  readonly #locationIndex = new Map<string, number>();
  readonly #frameStart = new IntColumn();
  readonly #frameFunction = new IntColumn();
  readonly #frameLine = new IntColumn();
  readonly #sampleIndex = new Map<string, number>();
  readonly #stacks: Int32Array[] = [];
  readonly #values: number[][] = [];
  #overflows = 0;

  constructor(first: Profile) {
    this.#first = first;
  }

  add(profile: Profile, sign: 1 | -1): void {
    const columns = this.#first.sampleTypes.map(({ type, unit }) => {
      const column = profile.sampleTypes.findIndex((one) => one.type === type && one.unit === unit);
      if (column < 0) throw new ProfileError(`profiles of different kinds: one has no ${type}/${unit}`, 0);
      return column;
    });
    this.#overflows += profile.overflows;
    const functions = Int32Array.from(profile.functions, (one) => this.#function(one));
    const locations = this.#locations(profile, functions);
    const { stackStart, stack, values, sampleTypes } = profile;
    for (let i = 0; i < sampleCount(profile); i++) {
      const own = stack.subarray(stackStart[i] ?? 0, stackStart[i + 1] ?? 0).map((at) => locations[at] ?? 0);
      const key = own.join();
      let index = this.#sampleIndex.get(key);
      if (index === undefined) {
        index = this.#stacks.length;
        this.#sampleIndex.set(key, index);
        this.#stacks.push(own);
        this.#values.push(columns.map(() => 0));
      }
      const sums = this.#values[index] ?? [];
      for (const [at, column] of columns.entries())
        sums[at] = (sums[at] ?? 0) + sign * (values[i * sampleTypes.length + column] ?? 0);
    }
  }

  #function(one: ProfileFunction): number {
    const key = `${one.name}\u0000${one.file}\u0000${one.line}`;
    const index = this.#functionIndex.get(key) ?? this.#functions.length;
    if (index === this.#functions.length) {
      this.#functionIndex.set(key, index);
      this.#functions.push(one);
    }
    return index;
  }

  #locations({ frameStart, frameFunction, frameLine }: Profile, functions: Int32Array): Int32Array {
    const out = new Int32Array(Math.max(0, frameStart.length - 1));
    for (let location = 0; location < out.length; location++) {
      const from = frameStart[location] ?? 0;
      const to = frameStart[location + 1] ?? 0;
      let key = "";
      for (let f = from; f < to; f++) key += `${functions[frameFunction[f] ?? 0]}:${frameLine[f]};`;
      let index = this.#locationIndex.get(key);
      if (index === undefined) {
        index = this.#locationIndex.size;
        this.#locationIndex.set(key, index);
        this.#frameStart.push(this.#frameFunction.length);
        for (let f = from; f < to; f++) {
          this.#frameFunction.push(functions[frameFunction[f] ?? 0] ?? 0);
          this.#frameLine.push(frameLine[f] ?? 0);
        }
      }
      out[location] = index;
    }
    return out;
  }

  done(added: readonly Profile[]): Profile {
    const stackStart = new IntColumn();
    const stack = new IntColumn();
    const values = new FloatColumn();
    for (const [index, own] of this.#stacks.entries()) {
      const sums = this.#values[index] ?? [];
      if (sums.every((value) => value === 0)) continue;
      stackStart.push(stack.length);
      for (const location of own) stack.push(location);
      for (const value of sums) values.push(value);
    }
    stackStart.push(stack.length);
    this.#frameStart.push(this.#frameFunction.length);
    const times = added.map((one) => one.timeNanos).filter((time) => time > 0);
    return {
      sampleTypes: this.#first.sampleTypes,
      stackStart: stackStart.done(),
      stack: stack.done(),
      values: values.done(),
      frameStart: this.#frameStart.done(),
      frameFunction: this.#frameFunction.done(),
      frameLine: this.#frameLine.done(),
      functions: this.#functions,
      timeNanos: times.length === 0 ? 0 : Math.min(...times),
      durationNanos: added.reduce((sum, one) => sum + one.durationNanos, 0),
      periodType: this.#first.periodType,
      period: Math.max(0, ...added.map((one) => one.period)),
      overflows: this.#overflows,
    };
  }
}
