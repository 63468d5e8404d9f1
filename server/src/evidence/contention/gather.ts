import { declarationOf, isMapOperation, lockOperation, parseFrameName, waitOf } from "../../knowledge/frames.ts";
import { type Goroutine, waitsForLock } from "../goroutines/parse.ts";
import { columnOf, type Profile, sampleCount } from "../pprof/profile.ts";
import { type Contention, type FunctionStats, type LineStats, StatsBuilder } from "./model.ts";
import { SampleWalker, standardRoot, type WalkedFrame, walkGoroutine, withoutDeferring } from "./walk.ts";

export interface KindProfile {
  readonly kind: "mutex" | "block" | "cpu";
  readonly profile: Profile;
}

/** What the sample types of a profile say it is; undefined for heap and others. `name` is the file's, for the doubtful. */
export function kindOf(profile: Profile, name = ""): KindProfile["kind"] | undefined {
  if (columnOf(profile, "cpu") >= 0) return "cpu";
  if (columnOf(profile, "contentions") < 0) return undefined;
  // Mutex and block profiles have the same columns; only what their stacks begin with tells them apart.
  let releases = 0;
  let waits = 0;
  for (const { name: leaf } of profile.functions) {
    if (/\)\.R?Unlock$|^runtime\.(unlock|_LostContended)/.test(leaf)) releases++;
    else if (/\)\.R?Lock$|^runtime\.(chanrecv|chansend|selectgo)|\.\(\*(WaitGroup|Cond)\)\.Wait$/.test(leaf)) waits++;
  }
  if (releases > 0 !== waits > 0) return releases > 0 ? "mutex" : "block";
  return /block/i.test(name) ? "block" : "mutex";
}

/** Adds up the profiles of one run by line and function of the user's own code. */
export function gather(profiles: readonly KindProfile[], goroutines: readonly Goroutine[] = []): Contention {
  const gatherer = new Gatherer();
  for (const one of profiles) gatherer.add(one);
  gatherer.addBlocked(goroutines);
  return gatherer.done();
}

interface Place {
  readonly function: string;
  readonly file: string;
  readonly line: number;
  operation: string;
  via: string;
  blocked: number;
  readonly stats: StatsBuilder;
}

interface FunctionPlace {
  readonly pkg: string;
  readonly declaration: string;
  readonly file: string;
  readonly stats: StatsBuilder;
}

type Column = "caused" | "suffered" | "cpu";
type Part = Column | "causedBelow" | "sufferedBelow" | "mapCpu";
interface Value {
  readonly time: number;
  readonly count: number;
}

class Gatherer {
  readonly #lines = new Map<string, Place>();
  readonly #functions = new Map<string, FunctionPlace>();
  readonly #total = new StatsBuilder();
  readonly #idle = { time: 0, count: 0 };
  readonly #internal = { time: 0, count: 0 };

  add({ kind, profile }: KindProfile): void {
    const cpu = kind === "cpu";
    const time = columnOf(profile, cpu ? "cpu" : "delay");
    const count = columnOf(profile, cpu ? "samples" : "contentions");
    if (time < 0 || count < 0) return;
    const column: Column = kind === "mutex" ? "caused" : kind === "block" ? "suffered" : "cpu";
    const walker = new SampleWalker(profile);
    const width = profile.sampleTypes.length;
    for (let i = 0; i < sampleCount(profile); i++) {
      const value = { time: profile.values[i * width + time] ?? 0, count: profile.values[i * width + count] ?? 0 };
      if (value.time !== 0 || value.count !== 0) this.#sample(walker, i, column, value);
    }
  }

  #sample(walker: SampleWalker, sample: number, column: Column, value: Value): void {
    const { inner, frames } = walker.walk(sample);
    const wait = column === "cpu" ? "lock" : waitOf(inner);
    if (wait !== "lock") {
      plus(wait === "idle" ? this.#idle : this.#internal, value);
      return;
    }
    plus(this.#total[column], value);
    const inMap = column === "cpu" && inner.some(isMapOperation);
    if (inMap) plus(this.#total.mapCpu, value);
    const own = withoutDeferring(frames.filter((frame) => !frame.standard));
    const seen = new Set<StatsBuilder>();
    for (const [depth, frame] of own.entries()) {
      const parts = partsOf(column, depth === 0, inMap);
      const line = this.#line(frame);
      if (depth === 0 && column !== "cpu") {
        line.operation = lockOperation(inner);
        line.via = frames[0] === frame ? "" : (frames[0]?.function ?? "");
      }
      for (const stats of [line.stats, this.#function(frame).stats]) {
        // Recursion counts once, where it is innermost.
        if (seen.has(stats)) continue;
        seen.add(stats);
        for (const part of parts) plus(stats[part], value);
      }
    }
  }

  addBlocked(goroutines: readonly Goroutine[]): void {
    const root = standardRoot(
      goroutines.flatMap(({ frames }) => frames.map(({ function: name, file }) => ({ name, file }))),
    );
    for (const goroutine of goroutines) {
      if (!waitsForLock(goroutine)) continue;
      const { inner, frames } = walkGoroutine(goroutine, root);
      const own = frames.find((frame) => !frame.standard);
      if (own === undefined || waitOf(inner) !== "lock") continue;
      const line = this.#line(own);
      line.blocked++;
      if (line.operation === "") line.operation = lockOperation(inner);
    }
  }

  #line({ function: name, file, line }: WalkedFrame): Place {
    const key = `${name}\u0000${file}\u0000${line}`;
    let place = this.#lines.get(key);
    if (place === undefined) {
      place = { function: name, file, line, operation: "", via: "", blocked: 0, stats: new StatsBuilder() };
      this.#lines.set(key, place);
    }
    return place;
  }

  #function({ function: name, file }: WalkedFrame): FunctionPlace {
    const key = `${name}\u0000${file}`;
    let place = this.#functions.get(key);
    if (place === undefined) {
      const frame = parseFrameName(name);
      const declaration = declarationOf(frame);
      // Closures and instances of a generic function are one with their declaration.
      const shared = `${frame.pkg}\u0000${declaration}\u0000${file}`;
      place = this.#functions.get(shared) ?? { pkg: frame.pkg, declaration, file, stats: new StatsBuilder() };
      this.#functions.set(shared, place);
      this.#functions.set(key, place);
    }
    return place;
  }

  done(): Contention {
    const { caused, suffered, cpu, mapCpu } = this.#total;
    return {
      total: { caused, suffered, cpu, mapCpu },
      idle: this.#idle,
      internal: this.#internal,
      lines: [...this.#lines.values()].map(({ stats, ...place }): LineStats => ({ ...place, ...stats.stats() })),
      functions: [...new Set(this.#functions.values())].map(
        ({ stats, ...one }): FunctionStats => ({ ...one, ...stats.stats() }),
      ),
    };
  }
}

/** Which measures of a frame a sample adds to. */
function partsOf(column: Column, self: boolean, inMap: boolean): readonly Part[] {
  if (column === "cpu") return inMap && self ? ["cpu", "mapCpu"] : ["cpu"];
  if (column === "caused") return self ? ["caused"] : ["causedBelow"];
  return self ? ["suffered"] : ["sufferedBelow"];
}

function plus(into: { time: number; count: number }, value: Value): void {
  into.time += value.time;
  into.count += value.count;
}
