import { declarationOf, parseFrameName } from "../../knowledge/frames.ts";
import { type Goroutine, waitsForLock } from "../goroutines/parse.ts";
import { columnOf, type Profile, sampleCount } from "../pprof/profile.ts";
import { type Contention, type FunctionStats, type LineStats, type LongestWait, StatsBuilder } from "./model.ts";
import { SampleWalker, standardRoot, type WalkedFrame, walkFrames, withoutDeferring } from "./walk.ts";

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
export function gather(
  profiles: readonly KindProfile[],
  goroutines: readonly Goroutine[] = [],
  longest: readonly TracedWait[] = [],
): Contention {
  const gatherer = new Gatherer();
  for (const one of profiles) gatherer.add(one);
  gatherer.addBlocked(goroutines);
  gatherer.addLongest(longest);
  return gatherer.done();
}

/** The longest wait of a stack, the innermost frame first. */
export interface TracedWait {
  readonly frames: Goroutine["frames"];
  readonly wait: LongestWait;
}

interface Place {
  readonly function: string;
  readonly file: string;
  readonly line: number;
  operation: string;
  via: string;
  blocked: number;
  longest: LongestWait | undefined;
  readonly stats: StatsBuilder;
  /** The last sample that was added here. */
  stamp: number;
}

interface FunctionPlace {
  readonly pkg: string;
  readonly declaration: string;
  readonly file: string;
  readonly stats: StatsBuilder;
  stamp: number;
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
  /** By the frame's index in the profile that is being added. */
  #known: ({ readonly line: Place; readonly declaration: FunctionPlace } | undefined)[] = [];
  readonly #total = new StatsBuilder();
  #stamp = 0;
  readonly #idle = { time: 0, count: 0 };
  readonly #internal = { time: 0, count: 0 };

  add({ kind, profile }: KindProfile): void {
    const cpu = kind === "cpu";
    const time = columnOf(profile, cpu ? "cpu" : "delay");
    const count = columnOf(profile, cpu ? "samples" : "contentions");
    if (time < 0 || count < 0) return;
    const column: Column = kind === "mutex" ? "caused" : kind === "block" ? "suffered" : "cpu";
    const walker = new SampleWalker(profile);
    this.#known = [];
    const width = profile.sampleTypes.length;
    for (let i = 0; i < sampleCount(profile); i++) {
      const value = { time: profile.values[i * width + time] ?? 0, count: profile.values[i * width + count] ?? 0 };
      if (value.time !== 0 || value.count !== 0) this.#sample(walker, i, column, value);
    }
  }

  #sample(walker: SampleWalker, sample: number, column: Column, value: Value): void {
    const { leaf, frames } = walker.walk(sample);
    const wait = column === "cpu" ? "lock" : leaf.wait;
    if (wait !== "lock") {
      plus(wait === "idle" ? this.#idle : this.#internal, value);
      return;
    }
    plus(this.#total[column], value);
    const inMap = column === "cpu" && leaf.inMap;
    if (inMap) plus(this.#total.mapCpu, value);
    this.#stamp++;
    let first = true;
    for (const frame of withoutDeferring(frames)) {
      if (frame.standard) continue;
      const { line, declaration } = this.#places(frame);
      if (first && column !== "cpu") {
        line.operation = leaf.operation;
        line.via = frames[0] === frame ? "" : (frames[0]?.function ?? "");
      }
      const parts = partsOf(column, first, inMap);
      // Recursion counts once, where it is innermost.
      if (line.stamp !== this.#stamp) addParts(line, parts, value, this.#stamp);
      if (declaration.stamp !== this.#stamp) addParts(declaration, parts, value, this.#stamp);
      first = false;
    }
  }

  addBlocked(goroutines: readonly Goroutine[]): void {
    const root = standardRoot(
      goroutines.flatMap(({ frames }) => frames.map(({ function: name, file }) => ({ name, file }))),
    );
    for (const goroutine of goroutines) {
      if (!waitsForLock(goroutine)) continue;
      const { leaf, frames } = walkFrames(goroutine.frames, root);
      const own = frames.find((frame) => !frame.standard);
      if (own === undefined || leaf.wait !== "lock") continue;
      const line = this.#line(own);
      line.blocked++;
      if (line.operation === "") line.operation = leaf.operation;
    }
  }

  addLongest(waits: readonly TracedWait[]): void {
    const root = standardRoot(
      waits.flatMap(({ frames }) => frames.map(({ function: name, file }) => ({ name, file }))),
    );
    for (const { frames: all, wait } of waits) {
      const { leaf, frames } = walkFrames(all, root);
      const own = frames.find((frame) => !frame.standard);
      if (own === undefined || leaf.wait !== "lock") continue;
      const line = this.#line(own);
      if (wait.time > (line.longest?.time ?? 0)) line.longest = wait;
      if (line.operation === "") line.operation = leaf.operation;
    }
  }

  #places(frame: WalkedFrame) {
    let known = this.#known[frame.index];
    if (known === undefined) {
      known = { line: this.#line(frame), declaration: this.#function(frame) };
      this.#known[frame.index] = known;
    }
    return known;
  }

  #line({ function: name, file, line }: WalkedFrame): Place {
    const key = `${name}\u0000${file}\u0000${line}`;
    let place = this.#lines.get(key);
    if (place === undefined) {
      place = {
        function: name,
        file,
        line,
        operation: "",
        via: "",
        blocked: 0,
        longest: undefined,
        stats: new StatsBuilder(),
        stamp: 0,
      };
      this.#lines.set(key, place);
    }
    return place;
  }

  #function(frame: WalkedFrame): FunctionPlace {
    const { pkg, ...name } = parseFrameName(frame.function);
    const declaration = declarationOf({ pkg, ...name });
    // Closures and instances of a generic function are one with their declaration.
    const key = `${pkg}\u0000${declaration}\u0000${frame.file}`;
    let place = this.#functions.get(key);
    if (place === undefined) {
      place = { pkg, declaration, file: frame.file, stats: new StatsBuilder(), stamp: 0 };
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
      lines: [...this.#lines.values()].map(
        ({ function: name, file, line, operation, via, blocked, longest, stats }): LineStats => ({
          function: name,
          file,
          line,
          operation,
          via,
          blocked,
          longest,
          ...stats.stats(),
        }),
      ),
      functions: [...this.#functions.values()].map(
        ({ pkg, declaration, file, stats }): FunctionStats => ({ pkg, declaration, file, ...stats.stats() }),
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

function addParts(
  place: { readonly stats: StatsBuilder; stamp: number },
  parts: readonly Part[],
  value: Value,
  stamp: number,
): void {
  place.stamp = stamp;
  for (const part of parts) plus(place.stats[part], value);
}

function plus(into: { time: number; count: number }, value: Value): void {
  into.time += value.time;
  into.count += value.count;
}
