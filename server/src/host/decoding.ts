import { statSync } from "node:fs";
import type { FlameGraph, FlameRequest } from "../../../common/src/contention.ts";
import type { RunRecord } from "../../../common/src/runs.ts";
import { basename } from "../base/paths.ts";
import { gather, type KindProfile, kindOf } from "../evidence/contention/gather.ts";
import type { Contention } from "../evidence/contention/model.ts";
import { buildFlame, type FlameTree, flameWindow } from "../evidence/flame/tree.ts";
import { type Goroutine, parseGoroutines } from "../evidence/goroutines/parse.ts";
import { mergeProfiles } from "../evidence/pprof/merge.ts";
import { type Profile, ProfileError, sampleCount } from "../evidence/pprof/profile.ts";
import type { TraceModel } from "../evidence/trace/waits/model.ts";
import type { Overlap, WatchedPair } from "../evidence/trace/waits/presence.ts";
import { longestWaits, profileOfTrace } from "../evidence/trace/waits/profile.ts";
import { disk, InputError } from "./disk.ts";
import { readProfile } from "./profiles.ts";
import { serveThread, Thread } from "./thread.ts";
import { isTrace, readTrace } from "./traces.ts";

/** What the files of a run hold. */
export interface DecodedRun {
  readonly contention: Contention;
  /** What the user should know of single files. */
  readonly notes: readonly string[];
  /** Functions of a pair that a trace saw active at the same moment. */
  readonly overlaps: readonly Overlap[];
}

/** Smaller files are decoded at once: a thread would take longer to start. */
const small = 1 << 20;
const role = "decoder";
/** Narrower than this share of the window, a node cannot be seen. */
const visible = 1 / 3000;

export interface RunInput extends Pick<RunRecord, "files" | "ratesSet"> {
  /** What is asked of its traces. */
  readonly pairs: readonly WatchedPair[];
}

/** Decodes a run's files. Throws `InputError` where none of them can be read. */
export function decodeRun({ files, ratesSet, pairs }: RunInput): DecodedRun {
  const profiles: KindProfile[] = [];
  const goroutines: Goroutine[] = [];
  const traces: TraceModel[] = [];
  const notes: string[] = [];
  let broken = 0;
  for (const { kind, path } of files) {
    try {
      if (kind === "goroutine") goroutines.push(...readGoroutines(path));
      else if (kind === "trace" || isTrace(path)) traces.push(readTrace(path, { pairs }));
      else {
        const profile = readProfile(path);
        const found = kindOf(profile, `${kind} ${basename(path)}`);
        if (found !== undefined) profiles.push({ kind: found, profile });
        notes.push(...remarks(path, found, profile, ratesSet));
      }
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      broken++;
      notes.push(error.message);
    }
  }
  if (broken === files.length) throw new InputError(notes.join("\n") || "no profile was named");
  // The waits of a trace are those of the block profile over again.
  if (profiles.every(({ kind }) => kind !== "block"))
    for (const trace of traces) profiles.push({ kind: "block", profile: profileOfTrace(trace) });
  for (const { lost } of traces) if (lost !== undefined) notes.push(`the trace is not whole: ${lost.message}`);
  const contention = gather(profiles, goroutines, traces.flatMap(longestWaits));
  return { contention, notes, overlaps: traces.flatMap((trace) => trace.overlaps) };
}

function readGoroutines(path: string): Goroutine[] {
  const bytes = disk.read(path);
  if (bytes === undefined) throw new InputError(`${path}: cannot be read`);
  return parseGoroutines(new TextDecoder().decode(bytes));
}

const rateAdvice = { mutex: "runtime.SetMutexProfileFraction(1)", block: "runtime.SetBlockProfileRate(1)" };

function remarks(path: string, kind: KindProfile["kind"] | undefined, profile: Profile, ratesSet: boolean): string[] {
  const name = basename(path);
  if (kind === undefined)
    return [
      `${name}: no mutex, block or CPU profile; it has ${profile.sampleTypes.map(({ type }) => type).join(", ")}`,
    ];
  const notes: string[] = [];
  if (sampleCount(profile) === 0) {
    const rate = kind === "cpu" || ratesSet ? "" : `; or its rate was not set: ${rateAdvice[kind]}`;
    notes.push(`${name}: ${kind === "cpu" ? "no samples" : "no contention"} was recorded${rate}`);
  }
  if (profile.overflows > 0) notes.push(`${name}: ${profile.overflows} numbers beyond 2^53 are rounded`);
  return notes;
}

/** A request with the names of the locks by call site. */
export interface NamedFlame extends FlameRequest {
  readonly locks: readonly (readonly [site: string, name: string])[];
}

class FlameMaker {
  /** The newest last; a few are kept, for zooming and switching. */
  readonly #trees = new Map<string, { readonly tree: FlameTree; readonly profile: Profile }>();

  make({ files, sampleType, root, node, locks }: NamedFlame): FlameGraph {
    const key = JSON.stringify([files, sampleType, root, locks]);
    let entry = this.#trees.get(key);
    if (entry === undefined) {
      const profile = this.#profile(files);
      const column = profile.sampleTypes.findIndex(({ type }) => type === sampleType);
      entry = {
        profile,
        tree: buildFlame(profile, column < 0 ? profile.sampleTypes.length - 1 : column, root, new Map(locks)),
      };
    }
    this.#trees.delete(key);
    this.#trees.set(key, entry);
    for (const old of [...this.#trees.keys()].slice(0, -4)) this.#trees.delete(old);
    const { sampleTypes } = entry.profile;
    const focus = node >= 0 && node < entry.tree.label.length ? Math.trunc(node) : 0;
    return {
      ...flameWindow(entry.tree, focus, visible),
      title: files.map(basename).join(" + "),
      sampleTypes,
      sampleType: sampleTypes.find(({ type }) => type === sampleType)?.type ?? sampleTypes.at(-1)?.type ?? "",
      root,
      focus,
    };
  }

  #profile(files: readonly string[]): Profile {
    const profiles = files.map((path) => (isTrace(path) ? profileOfTrace(readTrace(path)) : readProfile(path)));
    try {
      return profiles.length === 1 && profiles[0] !== undefined ? profiles[0] : mergeProfiles(profiles);
    } catch (error) {
      if (error instanceof ProfileError) throw new InputError(error.message);
      throw error;
    }
  }
}

type Request =
  | { readonly kind: "run"; readonly run: RunInput }
  | { readonly kind: "flame"; readonly flame: NamedFlame };
/** Decodes off the protocol thread; the thread starts when first needed. */
export class Decoder {
  readonly #thread = new Thread<Request, DecodedRun | FlameGraph>(role);

  async run({ files, ratesSet, pairs }: RunInput): Promise<DecodedRun> {
    const bytes = files.reduce((sum, { path }) => sum + sizeOf(path), 0);
    if (bytes < small) return decodeRun({ files, ratesSet, pairs });
    const answer = await this.#thread.ask({ kind: "run", run: { files, ratesSet, pairs } });
    if ("contention" in answer) return answer;
    throw new Error("the decoder answered something else");
  }

  async flame(flame: NamedFlame): Promise<FlameGraph> {
    const answer = await this.#thread.ask({ kind: "flame", flame });
    if ("labels" in answer) return answer;
    throw new Error("the decoder answered something else");
  }

  dispose(): void {
    this.#thread.dispose();
  }
}

function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch {
    return 0;
  }
}

/** When a file was last changed, in milliseconds since 1970. */
export function modifiedTime(path: string): number | undefined {
  try {
    return statSync(path).mtimeMs;
  } catch {
    return undefined;
  }
}

/** In the decoder's thread: answers requests and says true. */
export function serveAsDecoder(): boolean {
  return serveThread(role, () => {
    const flames = new FlameMaker();
    return (request: Request): DecodedRun | FlameGraph =>
      request.kind === "run" ? decodeRun(request.run) : flames.make(request.flame);
  });
}
