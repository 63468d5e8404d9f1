import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { decodeProfile } from "../../server/src/evidence/pprof/decode.ts";
import { ProfileError } from "../../server/src/evidence/pprof/profile.ts";
import { inflate } from "../../server/src/host/profiles.ts";
import { long, seed } from "../harness/random.ts";
import { maprace, root, run, scratch } from "../harness/tools.ts";

interface Top {
  readonly sampleType: string;
  readonly unit: string;
  readonly total: number;
  readonly rows: readonly { function: string; file: string; line: number; flat: number; cum: number }[];
}

const dir = scratch();
const kinds = ["mutex", "block", "cpu"];
const made = run(
  "go",
  [
    "test",
    "-run=^$",
    "-bench=.",
    "-benchtime=200ms",
    `-outputdir=${dir}`,
    ...kinds.map((kind) => `-${kind}profile=${kind}.pprof`),
    `-o=${join(dir, "contend.test")}`,
    "./contend",
  ],
  { cwd: join(root, "test/go") },
);
assert.equal(made.status, 0, made.stderr);

/** `go tool pprof -top -cum`, every row, in the unit the profile has: function -> flat, cum. */
function reference(file: string, type: string, unit: string): Map<string, [number, number]> {
  const args = [
    "tool",
    "pprof",
    "-top",
    "-cum",
    "-nodecount=1000000",
    "-nodefraction=0",
    "-edgefraction=0",
    `-sample_index=${type}`,
    ...(unit === "nanoseconds" ? ["-unit=ns"] : []),
    file,
  ];
  const { stdout } = run("go", args);
  const rows = new Map<string, [number, number]>();
  for (const line of stdout.split("\n")) {
    const match = /^\s*(-?[\d.]+)(?:ns)?\s+[-+\d.e]+%\s+[-+\d.e]+%\s+(-?[\d.]+)(?:ns)?\s+[-+\d.e]+%\s+(.*)$/.exec(line);
    if (match !== null)
      rows.set((match[3] ?? "").replace(/ \((partial-)?inline\)$/, ""), [Number(match[1]), Number(match[2])]);
  }
  return rows;
}

for (const kind of kinds) {
  test(`${kind} profile: every row equals go tool pprof's`, () => {
    const file = join(dir, `${kind}.pprof`);
    const result = maprace(["profile", file, "--json"]);
    assert.equal(result.status, 0, result.stderr);
    const tops = JSON.parse(result.stdout) as Top[];
    assert.equal(tops.length, 2);
    for (const { sampleType, unit, total, rows } of tops) {
      const theirs = reference(file, sampleType, unit);
      assert.ok(rows.length > 5 && total > 0, `${sampleType}: ${rows.length} rows`);
      assert.deepEqual(new Map(rows.map((row) => [row.function, [row.flat, row.cum]])), theirs);
      for (const row of rows) assert.ok(row.file !== "" && Number.isInteger(row.line), row.function);
    }
  });
}

test("profiles add up, and a profile less itself is nothing", () => {
  const file = join(dir, "mutex.pprof");
  const one = JSON.parse(maprace(["profile", file, "--json"]).stdout) as Top[];
  const two = JSON.parse(maprace(["profile", file, file, "--json"]).stdout) as Top[];
  assert.deepEqual(
    two.map((top) => top.total),
    one.map((top) => 2 * top.total),
  );
  const none = JSON.parse(maprace(["profile", file, "--diff", file, "--json"]).stdout) as Top[];
  assert.deepEqual(
    none.map((top) => [top.total, top.rows.length]),
    [
      [0, 0],
      [0, 0],
    ],
  );
  assert.match(maprace(["profile", file, "--diff", file]).stdout, /no samples/);
});

test("the table has as many rows as asked for", () => {
  const file = join(dir, "mutex.pprof");
  const rows = (...args: string[]) =>
    maprace(["profile", file, ...args])
      .stdout.split("\n")
      .filter((line) => /\d% {2}\S/.test(line)).length;
  assert.equal(rows("--top", "3"), 6);
  assert.equal(maprace(["profile", file, "--top", "many"]).status, 2);
});

test("files that are no profile end with a message that names file and byte", () => {
  const bad = join(dir, "bad.pprof");
  const whole = readFileSync(join(dir, "mutex.pprof"));
  for (const [bytes, message] of [
    [Buffer.from("hello, I am text"), /bad\.pprof: .* at byte \d+/],
    [whole.subarray(0, whole.length - 30), /damaged or cut off at byte \d+/],
    [gzipSync(Buffer.alloc(50_000_000)), /grows beyond its limit/],
    [Buffer.alloc(0), /not a pprof profile at byte 0/],
  ] as const) {
    writeFileSync(bad, bytes);
    const result = maprace(["profile", bad]);
    assert.equal(result.status, 2);
    assert.match(result.stderr, message);
  }
  assert.match(maprace(["profile", join(dir, "missing.pprof")]).stderr, /missing\.pprof: cannot be read/);
});

test("damaged bytes throw ProfileError and nothing else", () => {
  const whole = inflate(readFileSync(join(dir, "block.pprof")));
  let decoded = 0;
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 4 }),
      fc.nat(whole.length),
      (flips, length) => {
        const bytes = Uint8Array.from(whole.subarray(0, length));
        for (const [at, value] of flips) if (at < bytes.length) bytes[at] = value;
        try {
          decodeProfile(bytes);
          decoded++;
        } catch (error) {
          assert.ok(error instanceof ProfileError, String(error));
        }
      },
    ),
    { numRuns: long ? 200_000 : 5000, seed },
  );
  assert.ok(decoded > 0);
});
