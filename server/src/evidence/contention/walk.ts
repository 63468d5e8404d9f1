import {
  type FrameKind,
  type FrameName,
  frameKind,
  isMapOperation,
  lockOperation,
  parseFrameName,
  type Wait,
  waitOf,
} from "../../knowledge/frames.ts";
import type { Goroutine } from "../goroutines/parse.ts";
import type { Profile } from "../pprof/profile.ts";

export interface WalkedFrame {
  /** The same for the same frame of a profile, counted from 0. */
  readonly index: number;
  readonly function: string;
  readonly file: string;
  readonly line: number;
  /** Of Go's own library. */
  readonly standard: boolean;
}

/** What the lock's and runtime's frames at the leaf of a stack say. */
export interface Leaf {
  readonly wait: Wait;
  /** `Mutex.Lock` */
  readonly operation: string;
  /** An operation of a map runs. */
  readonly inMap: boolean;
}

/** A stack in two parts: its leaf, then all other frames up to the root. */
export interface Walked {
  readonly leaf: Leaf;
  readonly frames: readonly WalkedFrame[];
}

function readLeaf(inner: readonly FrameName[]): Leaf {
  return { wait: waitOf(inner), operation: lockOperation(inner), inMap: inner.some(isMapOperation) };
}

/** Walks the stacks of a profile; what names say is worked out once. */
export class SampleWalker {
  readonly #profile: Profile;
  readonly #names: readonly FrameName[];
  readonly #kinds: readonly FrameKind[];
  /** Per frame of the profile, made when first met. */
  readonly #frames: (WalkedFrame | undefined)[] = [];
  readonly #standard: readonly boolean[];
  /** By the functions it is made of. */
  readonly #leaves = new Map<string, Leaf>();

  constructor(profile: Profile) {
    this.#profile = profile;
    this.#names = profile.functions.map(({ name }) => parseFrameName(name));
    this.#kinds = this.#names.map(({ pkg }) => frameKind(pkg));
    const root = standardRoot(profile.functions);
    this.#standard = profile.functions.map(({ file }, index) => isStandard(this.#names[index]?.pkg ?? "", file, root));
  }

  walk(sample: number): Walked {
    const { stackStart, stack, frameStart, frameFunction } = this.#profile;
    const inner: number[] = [];
    const frames: WalkedFrame[] = [];
    for (let s = stackStart[sample] ?? 0; s < (stackStart[sample + 1] ?? 0); s++) {
      const location = stack[s] ?? 0;
      for (let f = frameStart[location] ?? 0; f < (frameStart[location + 1] ?? 0); f++) {
        const index = frameFunction[f] ?? 0;
        if (frames.length === 0 && this.#kinds[index] !== "other") inner.push(index);
        else frames.push(this.#frame(f, index));
      }
    }
    return { leaf: this.#leaf(inner), frames };
  }

  #leaf(inner: readonly number[]): Leaf {
    const key = inner.join();
    let leaf = this.#leaves.get(key);
    if (leaf === undefined) {
      leaf = readLeaf(inner.map((index) => this.#names[index]).filter((name) => name !== undefined));
      this.#leaves.set(key, leaf);
    }
    return leaf;
  }

  #frame(frame: number, index: number): WalkedFrame {
    let known = this.#frames[frame];
    if (known === undefined) {
      const { name, file } = this.#profile.functions[index] ?? { name: "", file: "" };
      const line = this.#profile.frameLine[frame] ?? 0;
      known = { index: frame, function: name, file, line, standard: this.#standard[index] === true };
      this.#frames[frame] = known;
    }
    return known;
  }
}

/** Walks a stack that names its frames, the innermost first. */
export function walkFrames(all: Goroutine["frames"], root: string): Walked {
  const inner: FrameName[] = [];
  const frames: WalkedFrame[] = [];
  for (const [index, { function: name, file, line }] of all.entries()) {
    const parsed = parseFrameName(name);
    if (frames.length === 0 && frameKind(parsed.pkg) !== "other") inner.push(parsed);
    else frames.push({ index, function: name, file, line, standard: isStandard(parsed.pkg, file, root) });
  }
  return { leaf: readLeaf(inner), frames };
}

/** `/usr/local/go/src/` from the file of a runtime function; empty in a build with -trimpath. */
export function standardRoot(functions: Iterable<{ readonly name: string; readonly file: string }>): string {
  for (const { name, file } of functions) {
    const { pkg } = parseFrameName(name);
    if (pkg !== "runtime" && pkg !== "sync" && pkg !== "testing") continue;
    const slashed = file.replaceAll("\\", "/");
    const at = slashed.lastIndexOf(`${pkg}/`);
    if (at >= 0) return slashed.slice(0, at);
  }
  return "";
}

function isStandard(pkg: string, file: string, root: string): boolean {
  if (pkg === "" || pkg === "main") return file === "";
  if (root !== "") return file.replaceAll("\\", "/").startsWith(`${root}${pkg}/`);
  return !(pkg.split("/")[0] ?? "").includes(".");
}

/** A deferred call runs in a function of its own below the one that deferred it: the line of its return says nothing more. */
export function withoutDeferring(frames: readonly WalkedFrame[]): readonly WalkedFrame[] {
  const [first, second] = frames;
  if (first === undefined || second === undefined || !/\.deferwrap\d+$/.test(first.function)) return frames;
  return first.function.startsWith(`${second.function}.`) ? [first, ...frames.slice(2)] : frames;
}
