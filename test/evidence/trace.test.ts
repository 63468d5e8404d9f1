import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, readSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after } from "node:test";
import { type ByteSource, bytesOf } from "../../server/src/evidence/trace/bytes.ts";
import { TraceReader } from "../../server/src/evidence/trace/reader.ts";
import { Ev, TraceError } from "../../server/src/evidence/trace/spec.ts";
import type { Durations } from "../../server/src/evidence/trace/waits/durations.ts";
import type { TraceModel } from "../../server/src/evidence/trace/waits/model.ts";
import { readProfile } from "../../server/src/host/profiles.ts";
import { readTrace } from "../../server/src/host/traces.ts";
import { long } from "../harness/random.ts";
import { goroot, goTool, maprace, root, run } from "../harness/tools.ts";
import { goText, parsedText } from "./trace-text.ts";
import { wireOf } from "./trace-wire.ts";

const dir = mkdtempSync(join(tmpdir(), "maprace-test-"));
after(() => rmSync(dir, { recursive: true, force: true }));

interface Read {
  readonly events: number;
  readonly error: string | undefined;
}

/** Reads a trace and hands its text to `take` in pieces. */
function readText(source: ByteSource, take: (text: string) => void): Read {
  let events = 0;
  try {
    const reader = new TraceReader(source);
    let text = "";
    for (let event = reader.next(); event !== undefined; event = reader.next()) {
      events++;
      text += parsedText(event, reader.origin);
      if (text.length < 1 << 20) continue;
      take(text);
      text = "";
    }
    take(text);
    return { events, error: undefined };
  } catch (error) {
    if (!(error instanceof TraceError)) throw error;
    return { events, error: error.message };
  }
}

function fileSource(path: string): ByteSource & { close(): void } {
  const file = openSync(path, "r");
  return {
    read: (into, offset) => readSync(file, into, offset, into.length - offset, null),
    close: () => closeSync(file),
  };
}

/** Fails with the first line that differs; the whole texts have megabytes. */
function sameText(text: string, printed: string, what: string): void {
  if (text === printed) return;
  const theirs = printed.split("\n");
  const ours = text.split("\n");
  const longer = ours.length < theirs.length ? theirs : ours;
  const at = longer.findIndex((_, index) => ours[index] !== theirs[index]);
  assert.fail(`${what}, line ${at}: ${ours[at]}\nGo has: ${theirs[at]}`);
}

/** Compares what we read of a file with what `go tool trace -d=parsed` prints of it, piece by piece. */
function sameAsGo(path: string): number {
  const printed = join(dir, "parsed.txt");
  const go = run("sh", ["-c", 'exec go tool trace -d=parsed "$0" > "$1"', path, printed]);
  assert.equal(go.status, 0, go.stderr);
  const expected = openSync(printed, "r");
  const source = fileSource(path);
  let piece = Buffer.alloc(0);
  const { events, error } = readText(source, (text) => {
    const bytes = Buffer.from(text);
    if (piece.length < bytes.length) piece = Buffer.alloc(bytes.length);
    const count = readSync(expected, piece, 0, bytes.length, null);
    if (count === bytes.length && piece.subarray(0, count).equals(bytes)) return;
    sameText(text, piece.toString("utf8", 0, count), "a piece");
  });
  assert.equal(error, undefined);
  assert.equal(readSync(expected, Buffer.alloc(1), 0, 1, null), 0, "Go prints more");
  closeSync(expected);
  source.close();
  return events;
}

test("event for event as go tool trace: locks of every kind, collections, tasks, network, coroutines, samples", () => {
  const path = join(dir, "work.trace");
  const made = goTool("tracework", "", [path, long ? "150000" : "8000"]);
  assert.equal(made.status, 0, made.stderr);
  const events = sameAsGo(path);
  assert.ok(events > (long ? 5_000_000 : 100_000), `${events} events`);
});

test("Go's conformance files give what Go reads of them", () => {
  const files = join(goroot(), "src/internal/trace/testdata/tests");
  let compared = 0;
  for (const name of readdirSync(files)) {
    const [, expectation = "", trace = ""] = readFileSync(join(files, name), "utf8").split(/^-- \w+ --\n/m);
    const bytes = wireOf(trace);
    const { error } = readText(bytesOf(bytes), () => undefined);
    assert.equal(error === undefined, expectation.startsWith("SUCCESS"), `${name}: ${error}`);
    if (error !== undefined) continue;
    const path = join(dir, "conformance.trace");
    writeFileSync(path, bytes);
    sameAsGo(path);
    compared++;
  }
  assert.ok(compared >= 20, `${compared} files`);
});

test("cut and flipped traces: accepted and refused like Go, the same events before the end", () => {
  const path = join(dir, "small.trace");
  assert.equal(goTool("tracework", "", [path, "200"]).status, 0);
  const whole = readFileSync(path);
  let state = 7;
  const next = () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 1;
    return state / 2 ** 31;
  };
  const broken = join(dir, "broken.trace");
  const count = long ? 200 : 40;
  for (let index = 0; index < count; index++) {
    const bytes = Buffer.from(index % 2 === 0 ? whole.subarray(0, Math.floor(next() * whole.length)) : whole);
    const flip = Math.floor(next() * bytes.length);
    if (index % 2 === 1) bytes[flip] = (bytes[flip] ?? 0) ^ (1 << Math.floor(next() * 8));
    writeFileSync(broken, bytes);
    const go = run("go", ["tool", "trace", "-d=parsed", broken]);
    let text = "";
    const { error } = readText(bytesOf(bytes), (piece) => {
      text += piece;
    });
    const what = index % 2 === 0 ? `cut at ${bytes.length}` : `flipped at ${flip}`;
    // Go's printer may panic over what its reader accepted.
    if (/^panic:/m.test(go.stderr)) continue;
    assert.equal(
      error === undefined,
      go.status === 0,
      `${what}: ${error ?? "accepted"}; Go: ${go.stderr.slice(0, 200)}`,
    );
    if (error === undefined) sameText(text, goText(go.stdout), what);
  }
});

test("bytes in any pieces give the same events; what is no trace is refused with its place", () => {
  const path = join(dir, "small.trace");
  const whole = readFileSync(path);
  const all: string[] = [];
  readText(bytesOf(whole), (text) => all.push(text));
  let at = 0;
  const pieces: string[] = [];
  const trickle = {
    read(into: Uint8Array, offset: number) {
      const size = Math.min(1 + (at % 977), whole.length - at, into.length - offset);
      into.set(whole.subarray(at, at + size), offset);
      at += size;
      return size;
    },
  };
  assert.equal(readText(trickle, (text) => pieces.push(text)).error, undefined);
  assert.equal(pieces.join(""), all.join(""));
  assert.match(
    readText(bytesOf(Buffer.from("hello")), () => undefined).error ?? "",
    /not a Go execution trace \(byte 0\)/,
  );
  const old = Buffer.concat([Buffer.from("go 1.21 trace\0\0\0"), whole.subarray(16)]);
  assert.match(readText(bytesOf(old), () => undefined).error ?? "", /Go 1\.21: traces are read from Go 1\.22 on/);
  assert.equal(Ev.Boundary, 255);
});

/** Stacks, waits and nanoseconds of a profile that `go tool trace -pprof` writes. */
function goTotals(path: string, kind: string): [stacks: number, count: number, total: number] {
  const made = spawnSync("go", ["tool", "trace", `-pprof=${kind}`, path], { maxBuffer: 1 << 26 });
  assert.equal(made.status, 0, made.stderr.toString());
  const file = join(dir, `${kind}.pb.gz`);
  writeFileSync(file, made.stdout);
  const { stackStart, values, sampleTypes } = readProfile(file);
  const width = sampleTypes.length;
  const rows = stackStart.length - 1;
  let count = 0;
  let total = 0;
  for (let row = 0; row < rows; row++) {
    count += values[row * width] ?? 0;
    total += values[row * width + 1] ?? 0;
  }
  return [rows, count, total];
}

function ourTotals(model: TraceModel, reason: RegExp): [stacks: number, count: number, total: number] {
  // Go counts no wait that begins without a stack, as that of a system call that is older than the trace does.
  const sites = model.sites.filter((site) => reason.test(site.reason) && site.durations.count > 0 && site.stack !== 0);
  const sum = (of: (durations: Durations) => number) => sites.reduce((all, { durations }) => all + of(durations), 0);
  return [new Set(sites.map(({ stack }) => stack)).size, sum(({ count }) => count), sum(({ total }) => total)];
}

test("stacks, counts and totals equal go tool trace -pprof of locks and channels, network and system calls", () => {
  const path = join(dir, "work.trace");
  const model = readTrace(path);
  assert.deepEqual(ourTotals(model, /chan|sync|select/), goTotals(path, "sync"));
  assert.deepEqual(ourTotals(model, /^network$/), goTotals(path, "net"));
  assert.deepEqual(ourTotals(model, /^syscall$/), goTotals(path, "syscall"));
  const [stacks, count, totalNanoseconds] = goTotals(path, "sync");
  assert.deepEqual(JSON.parse(maprace(["trace", path, "--sync", "--json"]).stdout), {
    stacks,
    count,
    totalNanoseconds,
  });
});

test("a lock's waits are at its line, with the longest, its waker and what is around it", () => {
  const { stdout } = maprace(["trace", join(dir, "work.trace"), "--json"]);
  const report: unknown = JSON.parse(stdout);
  const waits = waitsOf(report);
  const lock = waits.find((wait) => wait.operation === "Mutex.Lock" && wait.function === "main.(*shared).held");
  assert.ok(lock !== undefined);
  const line = lineOf("(s *shared) held()") + 1;
  assert.equal(lock.line, line);
  assert.equal(lock.kind, "lock");
  assert.equal(lock.longest.wakerPlace.line, line + 2);
  assert.ok(lock.median <= lock.p99 && lock.p99 <= lock.longest.end - lock.longest.start);
  assert.ok(lock.mostWaiting <= 8);
  const group = waits.find((wait) => wait.operation === "WaitGroup.Wait");
  assert.equal(group?.kind, "idle");
  const text = maprace(["trace", join(dir, "work.trace")]).stdout;
  assert.match(text, /^waits for locks: \d+ places$/m);
  assert.match(text, /^task all: 1x/m);
  assert.match(text, /^region allocate: \d+x/m);
  assert.match(text, /Mutex\.Lock at .*main\.go:\d+ main\.\(\*shared\)\.held$/m);
  const half = maprace(["trace", join(dir, "work.trace"), "--from", "1s", "--to", "1s", "--sync", "--json"]);
  assert.equal(half.status, 0, half.stderr);
});

interface WaitJson {
  readonly operation: string;
  readonly function: string;
  readonly kind: string;
  readonly line: number;
  readonly median: number;
  readonly p99: number;
  readonly mostWaiting: number;
  readonly longest: { readonly start: number; readonly end: number; readonly wakerPlace: { readonly line: number } };
}

function waitsOf(report: unknown): readonly WaitJson[] {
  assert.ok(typeof report === "object" && report !== null && "waits" in report && Array.isArray(report.waits));
  return report.waits;
}

/** The first line of the traced program that holds a text. */
function lineOf(text: string): number {
  const source = readFileSync(join(root, "test/go/tracework/main.go"), "utf8").split("\n");
  return source.findIndex((line) => line.includes(text)) + 1;
}

test("a trace cut after a whole generation is shown up to there and said to be cut", () => {
  const path = join(dir, "two.trace");
  // The second generation begins after about a second.
  assert.equal(goTool("tracework", "", [path, "1", "2500"]).status, 0);
  const whole = readFileSync(path);
  const cut = join(dir, "cut.trace");
  writeFileSync(cut, whole.subarray(0, whole.length - 10));
  const { status, stdout, stderr } = maprace(["trace", cut]);
  assert.equal(status, 0, stderr);
  assert.match(stderr, /is not whole: .*cut off.* \(byte \d+\)/);
  assert.match(stdout, /Go 1\.\d+ format/);
  assert.equal(maprace(["trace", join(dir, "absent")]).status, 2);
  assert.match(maprace(["trace", dir]).stderr, /not a file/);
});
