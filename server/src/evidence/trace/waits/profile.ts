import type { TracedWait } from "../../contention/gather.ts";
import type { Profile, ProfileFunction } from "../../pprof/profile.ts";
import type { TraceModel, Wait } from "./model.ts";
import { placeOf } from "./place.ts";

/** Waits for channels, locks and selects. */
const blocking = /chan|sync|select/;

/** The waits of a trace as a block profile: contentions and delay by stack. */
export function profileOfTrace({ sites, stacks, duration }: TraceModel): Profile {
  const functions: ProfileFunction[] = [];
  const named = new Map<string, number>();
  const frames: [fn: number, line: number][] = [];
  const known = new Map<number, number>();
  const stackStart = [0];
  const stack: number[] = [];
  const values: number[] = [];
  for (const { reason, stack: id, durations } of sites) {
    if (!blocking.test(reason) || durations.count === 0) continue;
    for (const frame of stacks.frames(id)) {
      let location = known.get(frame.pc);
      if (location === undefined) {
        const key = `${frame.file}\u0000${frame.function}`;
        const fn = named.get(key) ?? functions.push({ name: frame.function, file: frame.file, line: 0 }) - 1;
        named.set(key, fn);
        location = frames.push([fn, frame.line]) - 1;
        known.set(frame.pc, location);
      }
      stack.push(location);
    }
    stackStart.push(stack.length);
    values.push(durations.count, durations.total);
  }
  return {
    sampleTypes: [
      { type: "contentions", unit: "count" },
      { type: "delay", unit: "nanoseconds" },
    ],
    stackStart: Int32Array.from(stackStart),
    stack: Int32Array.from(stack),
    values: Float64Array.from(values),
    frameStart: Int32Array.from({ length: frames.length + 1 }, (_, index) => index),
    frameFunction: Int32Array.from(frames, ([fn]) => fn),
    frameLine: Int32Array.from(frames, ([, line]) => line),
    functions,
    timeNanos: 0,
    durationNanos: duration,
    periodType: { type: "trace", unit: "count" },
    period: 1,
    overflows: 0,
  };
}

/** The longest wait of every place where a lock is waited for. */
export function longestWaits({ sites, stacks }: TraceModel): TracedWait[] {
  return sites.flatMap(({ longest, stack, reason, durations, collecting, stopped, mostWaiting }) => {
    if (longest === undefined || placeOf(stacks, stack, reason).kind !== "lock") return [];
    const { total } = durations;
    const wait = {
      time: longest.end - longest.start,
      start: longest.start,
      goroutine: longest.goroutine,
      waker: wakerOf(longest, stacks),
      links: linksOf(longest),
      collecting: total > 0 ? collecting / total : 0,
      stopped: total > 0 ? stopped / total : 0,
      mostWaiting,
    };
    return [{ frames: stacks.frames(stack), wait }];
  });
}

function wakerOf({ waker, wakerStack }: Wait, stacks: TraceModel["stacks"]): TracedWait["wait"]["waker"] {
  const { frame } = placeOf(stacks, wakerStack);
  if (waker === -1 || frame === undefined) return undefined;
  return { goroutine: waker, function: frame.function, file: frame.file, line: frame.line };
}

function linksOf(wait: Wait): number {
  let links = 0;
  for (let next = wait.because; next !== undefined; next = next.because) links++;
  return links;
}
