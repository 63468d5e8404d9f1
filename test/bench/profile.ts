import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { gzipSync } from "node:zlib";
import { gather } from "../../server/src/evidence/contention/gather.ts";
import { buildFlame, flameWindow } from "../../server/src/evidence/flame/tree.ts";
import { encodeProfile } from "../../server/src/evidence/pprof/encode.ts";
import type { Profile } from "../../server/src/evidence/pprof/profile.ts";
import { top } from "../../server/src/evidence/pprof/top.ts";
import { readProfile } from "../../server/src/host/profiles.ts";

/** A mutex profile of a large service: as many distinct stacks as asked for, drawn from call paths that share their roots. */
function large(samples: number): Profile {
  let state = 12_345;
  const random = (below: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state % below;
  };
  const functions = [{ name: "sync.(*Mutex).Unlock", file: "/usr/local/go/src/sync/mutex.go", line: 1 }];
  for (let i = 1; i < 12_000; i++) {
    const pkg = `example.com/service/internal/module${i % 97}/part${i % 13}`;
    functions.push({ name: `${pkg}.(*Type${i % 31}).Method${i}`, file: `/src/${pkg}/file${i % 7}.go`, line: i });
  }
  const locations = 40_000;
  const stackStart = [0];
  const stack: number[] = [];
  const values: number[] = [];
  for (let i = 0; i < samples; i++) {
    stack.push(0);
    // Deeper frames branch more: the last ten belong to one of a few roots.
    const depth = 16 + random(32);
    for (let d = 0; d < depth; d++)
      stack.push(1 + ((random(d > depth - 10 ? 8 : 3000) * 13 + d * 1009) % (locations - 1)));
    stackStart.push(stack.length);
    values.push(1 + random(100), 1000 + random(1_000_000));
  }
  const indexes = Array.from({ length: locations }, (_, index) => index);
  return {
    sampleTypes: [
      { type: "contentions", unit: "count" },
      { type: "delay", unit: "nanoseconds" },
    ],
    stackStart: Int32Array.from(stackStart),
    stack: Int32Array.from(stack),
    values: Float64Array.from(values),
    frameStart: Int32Array.from([...indexes, locations]),
    frameFunction: Int32Array.from(indexes, (index) => (index === 0 ? 0 : 1 + (index % 11_999))),
    frameLine: Int32Array.from(indexes, (index) => index % 900),
    functions,
    timeNanos: 0,
    durationNanos: 0,
    periodType: { type: "contentions", unit: "count" },
    period: 1,
    overflows: 0,
  };
}

const [mode = "", path = ""] = process.argv.slice(2);
if (mode === "make") {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, gzipSync(encodeProfile(large(250_000))));
} else {
  const step = <T>(name: string, run: () => T): T => {
    const began = performance.now();
    const result = run();
    console.log(`${name} ${(performance.now() - began).toFixed(0)} ms`);
    return result;
  };
  const profile = step("decode", () => readProfile(path));
  step("table", () => top(profile));
  step("contention", () => gather([{ kind: "mutex", profile }]));
  const tree = step("flame", () => buildFlame(profile, 1, "all", new Map()));
  const shown = step("flame window", () => flameWindow(tree, 0, 1 / 3000));
  console.log(`${tree.label.length} nodes, ${shown.node.length} sent`);
}
