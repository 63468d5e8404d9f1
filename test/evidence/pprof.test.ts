import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { decodeProfile } from "../../server/src/evidence/pprof/decode.ts";
import { encodeProfile } from "../../server/src/evidence/pprof/encode.ts";
import { ProfileError } from "../../server/src/evidence/pprof/profile.ts";
import { inflate, readProfile } from "../../server/src/host/profiles.ts";
import { long, seed } from "../harness/random.ts";
import { maprace, root, run, scratch } from "../harness/tools.ts";

interface Row {
  readonly function: string;
  readonly file: string;
  readonly line: number;
  readonly flat: number;
  readonly cum: number;
}

interface Table {
  readonly sampleType: string;
  readonly unit: string;
  readonly total: number;
  readonly rows: readonly Row[];
}

const dir = scratch();

/** Profiles of the real toolchain: locks of every kind, channels, generics, inlined and deferred calls, cgo, trimmed paths. */
function make(name: string, pattern: string, pkg: string, flags: readonly string[] = []): string[] {
  const kinds = ["mutex", "block", "cpu"];
  const args = ["test", "-run=^$", `-bench=${pattern}`, "-benchtime=60ms", `-outputdir=${dir}`].concat(
    `-o=${join(dir, "contend.test")}`,
    ...kinds.map((kind) => `-${kind}profile=${name}-${kind}.pprof`),
    ...flags,
    pkg,
  );
  const made = run("go", args, { cwd: join(root, "test/go") });
  assert.equal(made.status, 0, made.stderr + made.stdout);
  return kinds.map((kind) => join(dir, `${name}-${kind}.pprof`));
}

const cgo =
  run("go", ["env", "CGO_ENABLED"], { cwd: root }).stdout.trim() === "1" && run("which", ["gcc"]).status === 0;
const files = [
  ...make("locks", "Store|Readers|Inlined", "./contend"),
  ...make("shapes", "Generic|Sharded|SyncMap", "./contend"),
  ...make("trimmed", "Store|SyncMap", "./contend", ["-trimpath"]),
  ...make("waits", "Channels|Waiting", "./contend", ["-gcflags=-l"]),
  ...(cgo ? make("native", ".", "./contend/native") : []),
];
const [mutex = "", block = ""] = files;

const amount = String.raw`(-?[\d.]+|\.)(?:ns)?`;
const everything = ["-nodecount=1000000", "-nodefraction=0", "-edgefraction=0"];

function pprof(mode: string, file: string, type: string, unit: string, base: readonly string[] = []): string {
  const args = ["tool", "pprof", mode, ...everything, `-sample_index=${type}`, ...base];
  return run("go", [...args, ...(unit === "nanoseconds" ? ["-unit=ns"] : []), file]).stdout;
}

/** `go tool pprof -top -cum`, every row, in the unit the profile has: function -> flat, cum. */
function topOf(file: string, type: string, unit: string, base: readonly string[] = []): Map<string, [number, number]> {
  const rows = new Map<string, [number, number]>();
  const row = new RegExp(String.raw`^\s*${amount}\s+[-+\d.e]+%\s+[-+\d.e]+%\s+${amount}\s+[-+\d.e]+%\s+(.*)$`);
  for (const line of pprof("-top", file, type, unit, ["-cum", ...base]).split("\n")) {
    const match = row.exec(line);
    if (match !== null)
      rows.set((match[3] ?? "").replace(/ \((partial-)?inline\)$/, ""), [Number(match[1]), Number(match[2])]);
  }
  return rows;
}

/** `go tool pprof -list` of the benchmarks' own functions: `function line` -> flat, cum. */
function listOf(file: string, type: string, unit: string): Map<string, [number, number]> {
  const rows = new Map<string, [number, number]>();
  let name = "";
  for (const line of pprof("-list=contend", file, type, unit).split("\n")) {
    const head = /^ROUTINE =+ (.*) in .*$/.exec(line);
    if (head !== null) name = head[1] ?? "";
    const match = new RegExp(String.raw`^\s*${amount}\s+${amount}\s+(\d+):`).exec(line);
    if (match === null) continue;
    const value = (text: string | undefined) => (text === "." ? 0 : Number(text));
    const [flat, cum] = [value(match[1]), value(match[2])];
    if (flat !== 0 || cum !== 0) rows.set(`${name} ${match[3]}`, [flat, cum]);
  }
  return rows;
}

function tables(args: readonly string[]): Table[] {
  const result = maprace(["profile", ...args, "--json"]);
  assert.equal(result.status, 0, result.stderr);
  return JSON.parse(result.stdout) as Table[];
}

const byFunction = ({ rows }: Table) => new Map(rows.map((row) => [row.function, [row.flat, row.cum]]));

for (const file of files) {
  const name = file.slice(dir.length + 1);
  test(`${name}: every row equals go tool pprof -top -cum, every line -list`, () => {
    const tops = tables([file]);
    assert.equal(tops.length, 2);
    for (const top of tops) {
      // A busy machine leaves few contentions: the least there is is a lock, its caller and a goroutine.
      assert.ok(top.rows.length >= 3 && top.total > 0, `${top.sampleType}: ${top.rows.length} rows`);
      assert.deepEqual(byFunction(top), topOf(file, top.sampleType, top.unit));
      for (const row of top.rows) assert.ok(row.file !== "" && Number.isInteger(row.line), row.function);
    }
    // Sources of a build with trimmed paths are not where pprof looks for them.
    if (name.startsWith("trimmed")) return;
    for (const { sampleType, unit, rows } of tables([file, "--list", "contend"])) {
      // pprof lists no lines of files that the compiler or cgo made up.
      const real = rows.filter((row) => existsSync(row.file));
      const ours = new Map(real.map((row) => [`${row.function} ${row.line}`, [row.flat, row.cum]]));
      assert.ok(ours.size > 1, `${sampleType}: ${ours.size} lines`);
      assert.deepEqual(ours, listOf(file, sampleType, unit));
    }
  });
}

test("profiles add up, and a profile less itself is nothing", () => {
  const one = tables([mutex]);
  const two = tables([mutex, mutex]);
  assert.deepEqual(
    two.map((top) => top.total),
    one.map((top) => 2 * top.total),
  );
  assert.deepEqual(
    tables([mutex, "--diff", mutex]).map((top) => [top.total, top.rows.length]),
    [
      [0, 0],
      [0, 0],
    ],
  );
  assert.match(maprace(["profile", mutex, "--diff", mutex]).stdout, /no samples/);
});

test("merged and diffed profiles are written as go tool pprof would have them", () => {
  const other = join(dir, "waits-mutex.pprof");
  for (const [args, base] of [
    [[mutex, other], []],
    [[mutex, "--diff", other], [`-diff_base=${other}`]],
  ] as const) {
    const out = join(dir, "written.pb.gz");
    const result = maprace(["profile", ...args, "-o", out]);
    assert.equal(result.status, 0, result.stderr);
    const written = tables([out]);
    for (const { sampleType, unit, rows } of written) {
      const ours = new Map(rows.map((row) => [row.function, [row.flat, row.cum]]));
      assert.deepEqual(topOf(out, sampleType, unit), ours);
      if (base.length > 0) {
        const theirs = [...topOf(mutex, sampleType, unit, base)].filter(([, [flat, cum]]) => flat !== 0 || cum !== 0);
        assert.deepEqual(ours, new Map(theirs));
      }
    }
    if (base.length === 0)
      assert.deepEqual(
        written,
        tables([...args]).map((table) => ({
          ...table,
          rows: written.find((one) => one.sampleType === table.sampleType)?.rows,
        })),
      );
  }
  assert.equal(maprace(["profile", mutex, files[2] ?? "", "-o", join(dir, "x.pprof")]).status, 2);
});

test("a profile that is decoded and encoded says the same", () => {
  for (const file of files) {
    const profile = readProfile(file);
    assert.deepEqual(decodeProfile(encodeProfile(profile)), profile, file);
  }
});

test("the table has as many rows as asked for", () => {
  const rows = (...args: string[]) =>
    maprace(["profile", mutex, ...args])
      .stdout.split("\n")
      .filter((line) => /\d% {2}\S/.test(line)).length;
  assert.equal(rows("--top", "3"), 6);
  assert.equal(maprace(["profile", mutex, "--top", "many"]).status, 2);
  assert.equal(maprace(["profile", mutex, "--list", "("]).status, 2);
});

test("files that are no profile end with a message that names file and byte", () => {
  const bad = join(dir, "bad.pprof");
  const whole = readFileSync(mutex);
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

test("names of functions reach no terminal as control characters", () => {
  const profile = readProfile(mutex);
  const evil = {
    ...profile,
    functions: profile.functions.map((one) => ({ ...one, name: `\u001b]0;x\u0007${one.name}` })),
  };
  const path = join(dir, "evil.pprof");
  writeFileSync(path, encodeProfile(evil));
  const { stdout } = maprace(["profile", path]);
  assert.ok(stdout.length > 100);
  assert.doesNotMatch(stdout.replaceAll("\n", ""), /\p{Cc}/u);
});

test("damaged bytes throw ProfileError and nothing else, and take no more memory than they are long", () => {
  const whole = inflate(readFileSync(block));
  let decoded = 0;
  let most = 0;
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 4 }),
      fc.nat(whole.length),
      (flips, length) => {
        const bytes = Uint8Array.from(whole.subarray(0, length));
        for (const [at, value] of flips) if (at < bytes.length) bytes[at] = value;
        const before = process.memoryUsage().arrayBuffers;
        try {
          decodeProfile(bytes);
          decoded++;
        } catch (error) {
          assert.ok(error instanceof ProfileError, String(error));
        }
        most = Math.max(most, process.memoryUsage().arrayBuffers - before);
      },
    ),
    { numRuns: long ? 50_000 : 2000, seed },
  );
  assert.ok(decoded > 0);
  assert.ok(most < 40 * whole.length + 1_000_000, `${most} bytes for a file of ${whole.length}`);
});

test("damaged gzip files throw ProfileError and nothing else", () => {
  const whole = readFileSync(block);
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.nat(255), fc.nat(whole.length), (at, value, length) => {
      const bytes = Uint8Array.from(whole.subarray(0, Math.max(1, length)));
      bytes[at % bytes.length] = value;
      try {
        decodeProfile(inflate(bytes));
      } catch (error) {
        assert.ok(error instanceof ProfileError, String(error));
      }
    }),
    { numRuns: long ? 20_000 : 500, seed },
  );
});
