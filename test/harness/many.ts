import { encodeProfile } from "../../server/src/evidence/pprof/encode.ts";

/** A Go file with `count` lines that each take a lock, and a block profile in which each of them waits. */
export function manyWaits(count: number, path: string): { source: string; profile: Uint8Array } {
  const functions = [{ name: "sync.(*Mutex).Lock", file: "/usr/local/go/src/sync/mutex.go", line: 1 }];
  const lines = ["package store", "", 'import "sync"', "", "var big sync.Mutex", ""];
  const places: { function: number; line: number }[] = [{ function: 0, line: 1 }];
  for (let f = 0; f < count / 10; f++) {
    functions.push({ name: `example.com/shop/store.f${f}`, file: path, line: lines.length + 1 });
    lines.push(`func f${f}() {`);
    for (let i = 0; i < 10; i++) {
      lines.push(`\tbig.Lock() // ${i}`);
      places.push({ function: f + 1, line: lines.length });
    }
    lines.push("}", "");
  }
  const samples = places.length - 1;
  const profile = encodeProfile({
    sampleTypes: [
      { type: "contentions", unit: "count" },
      { type: "delay", unit: "nanoseconds" },
    ],
    stackStart: Int32Array.from({ length: samples + 1 }, (_, index) => 2 * index),
    stack: Int32Array.from({ length: 2 * samples }, (_, index) => (index % 2 === 0 ? 0 : 1 + (index >> 1))),
    values: Float64Array.from({ length: 2 * samples }, (_, index) => (index % 2 === 0 ? 30 : 1_000_000 + index)),
    frameStart: Int32Array.from({ length: places.length + 1 }, (_, index) => index),
    frameFunction: Int32Array.from(places, (place) => place.function),
    frameLine: Int32Array.from(places, (place) => place.line),
    functions,
    timeNanos: 0,
    durationNanos: 0,
    periodType: undefined,
    period: 1,
    overflows: 0,
  });
  return { source: `${lines.join("\n")}\n`, profile };
}
