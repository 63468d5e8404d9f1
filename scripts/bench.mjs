// Benchmarks: ratios against named references in the same run. Nothing here fails a build. `--record` writes the figures down,
// `--only=growth` takes one step of them.
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { ensureDependencies } from "./deps.mjs";
import { exponent, grown, growth } from "./growth.mjs";
import { close, note } from "./history.mjs";
import { fail, goVersion, node, root, step } from "./setup.mjs";
import { vet } from "./vet.mjs";

if (goVersion() === undefined) fail("Go is needed: go/parser is the reference");
ensureDependencies();
if (node(["scripts/build.mjs", "--production"]) !== 0) fail("the build failed");
step("bundles");
for (const name of readdirSync(join(root, "dist")).filter((name) => name.endsWith(".js")))
  console.log(`dist/${name}: ${(statSync(join(root, "dist", name)).size / 1000).toFixed(0)} kB`);
const { build } = await import("esbuild");
const out = join(root, "out/bench");
mkdirSync(out, { recursive: true });
await build({
  entryPoints: ["parse", "keystroke", "load", "idle", "profile", "overlay", "trace", "frames"].map((name) =>
    join(root, `test/bench/${name}.ts`),
  ),
  outdir: out,
  outExtension: { ".js": ".cjs" },
  bundle: true,
  platform: "node",
  format: "cjs",
  external: ["playwright-core"],
  logLevel: "error",
});

const goroot = spawnSync("go", ["env", "GOROOT"], {
  encoding: "utf8",
  env: { ...process.env, GOTOOLCHAIN: "local" },
}).stdout.trim();
const capture = (command, args, options = {}) => {
  const began = performance.now();
  const result = spawnSync(command, args, { encoding: "utf8", cwd: root, maxBuffer: 1 << 28, ...options });
  return { ...result, seconds: (performance.now() - began) / 1000 };
};

const only = process.argv.find((arg) => arg.startsWith("--only="))?.slice("--only=".length);
const single = {
  growth: measureGrowth,
  scan: measureScans,
  facts: measureFacts,
  keystroke: measureKeystrokes,
  load: measureLoad,
  idle: measureIdle,
  // Only where it is asked for: it fetches a module of some gigabytes, and go vet takes a quarter of an hour.
  vet: measureVet,
}[only];
if (only !== undefined) {
  if (single === undefined) fail(`there is no step ${only}`);
  await single();
  close(process.argv.includes("--record"));
  process.exit();
}

function buildParser() {
  spawnSync("go", ["build", "-o", join(out, "parsebench"), "./parsebench"], {
    cwd: join(root, "test/go"),
    stdio: "inherit",
  });
}

/** The best of three rounds each, in turns with the reference: other work on the machine slows down a whole round. */
function measureScans() {
  step("cold and warm scan of std and cmd");
  buildParser();
  const reference = (flag) => Number(capture(join(out, "parsebench"), [flag, join(goroot, "src")]).stdout);
  const all = ["std", "cmd", "std cmd"];
  const rounds = [0, 1, 2].map(() => ({ parse: reference("-read"), scans: all.map(scanThreeWays) }));
  const parse = Math.min(...rounds.map((round) => round.parse));
  console.log(
    `a Go program that reads and parses all of src: ${parse.toFixed(1)} s; go/parser on what is in memory: ${reference("-seconds").toFixed(1)} s`,
  );
  for (const [index, what] of all.entries()) {
    const best = (way) =>
      rounds.map(({ scans }) => scans[index][way]).reduce((a, b) => (a.seconds < b.seconds ? a : b));
    const { summary } = JSON.parse(best("cold").stdout);
    const [cold, warm, off] = ["cold", "warm", "off"].map((way) => best(way).seconds);
    // Threads report too, before the whole is done.
    const memory = Math.max(...[...best("cold").stderr.matchAll(/peak (\d+) MB/g)].map((match) => Number(match[1])));
    const ratio = (seconds) => `${seconds.toFixed(1)} s, ${(seconds / parse).toFixed(1)}x`;
    note(`cold scan of ${what} over reading and parsing all of src in Go`, cold / parse);
    note(`the same of ${what} with the cache off`, off / parse);
    note(`warm over cold scan of ${what}`, warm / cold);
    console.log(
      `${what}: ${ratio(cold)}, peak ${memory} MB (${summary.files} files, ${(summary.bytes / 1e6).toFixed(1)} MB, ${summary.functions} functions, ${summary.findings} findings); with the cache off ${ratio(off)}; nothing changed ${warm.toFixed(2)} s, ${(warm / cold).toFixed(3)}x`,
    );
  }
}

/** Scans once with nothing kept, once with all of it kept, once without a cache. */
function scanThreeWays(what) {
  const kept = join(out, "cache");
  rmSync(kept, { recursive: true, force: true });
  const args = [join(root, "dist/maprace.js"), "scan", ..."--format json --fail-on never -C".split(" ")];
  args.push(join(goroot, "src"), ...what.split(" "));
  const run = (cache, more = []) =>
    capture(process.execPath, [...more, ...args], { env: { ...process.env, MAPRACE_CACHE: cache } });
  const cold = run(kept, ["--require", join(root, "scripts/memory.cjs")]);
  return { cold, warm: run(kept), off: run("off") };
}

/** The two halves of a scan: how small the facts are, and how long it takes to link them. */
function measureFacts() {
  step("facts of std and cmd and of a module of 2 million lines, and findings linked from them");
  const { dir, lines } = grown(goroot, out, 2_000_000);
  const file = join(out, "facts");
  const program = join(root, "dist/maprace.js");
  for (const [what, place] of [
    ["std", join(goroot, "src")],
    ["cmd", join(goroot, "src/cmd")],
    [`${lines} lines`, dir],
  ]) {
    const made = capture(process.execPath, [program, "summarize", "-C", place, "-o", file, "--quiet", "./..."]);
    const link = [program, "link", "-C", place, "--format", "json", "--fail-on", "never", file];
    const linked = capture(process.execPath, link);
    const { bytes } = JSON.parse(linked.stdout).summary;
    const part = (100 * statSync(file).size) / bytes;
    note(`facts of ${what}, % of the source`, part);
    note(`linking ${what}, s`, linked.seconds);
    console.log(
      `${what}: ${(statSync(file).size / 1e6).toFixed(2)} MB, ${part.toFixed(2)} % of the source; summarized in ${made.seconds.toFixed(1)} s, linked in ${linked.seconds.toFixed(1)} s`,
    );
  }
  rmSync(dir, { recursive: true, force: true });
}

function measureKeystrokes() {
  step("keystroke to findings in files of net/http, std loaded");
  const names = ["sniff.go", "server.go", "h2_bundle.go"];
  keystrokes(
    join(goroot, "src"),
    "500",
    names.map((name) => join("net/http", name)),
    "",
  );
  step("the same in modules of 1 and 2 million lines");
  const most = [1_000_000, 2_000_000].map((wanted) => {
    const { dir, lines } = grown(goroot, out, wanted);
    const [p95] = keystrokes(dir, "300", ["copy0/net/http/server.go"], ` of ${lines} lines`);
    rmSync(dir, { recursive: true, force: true });
    return p95;
  });
  note("keystroke p95 in 2 million lines over 1 million", most[1] / most[0]);
  console.log(`p95 in 2 million lines over that in 1 million: ${(most[1] / most[0]).toFixed(2)}x`);
}

/** Answers p95 of each file, ms. */
function keystrokes(dir, count, files, where) {
  const args = [join(out, "keystroke.cjs"), dir, count, ...files.map((file) => join(dir, file))];
  const keys = capture(process.execPath, args).stdout.trim();
  console.log(keys);
  return [...keys.matchAll(/(\d+) lines: p50 (\d+) ms, p95 (\d+) ms/g)].map(([, lines, half, most]) => {
    note(`keystroke p50 in ${lines} lines${where}, ms`, Number(half));
    note(`keystroke p95 in ${lines} lines${where}, ms`, Number(most));
    return Number(most);
  });
}

function measureVet() {
  step("a scan against go vet");
  vet(out, capture);
}

function measureLoad() {
  step("a server for std and cmd with 100 open files, 20 edits and as many questions a second");
  const kept = join(out, "load-cache");
  rmSync(kept, { recursive: true, force: true });
  const env = { ...process.env, MAPRACE_CACHE: kept };
  const scan = [join(root, "dist/maprace.js"), "scan", "-C", join(goroot, "src"), "--fail-on", "never", "--quiet"];
  for (const what of ["nothing kept", "with what a scan of std has kept"]) {
    const dirs = ["net/http", "net", "os"].map((name) => join(goroot, "src", name));
    const args = [join(out, "load.cjs"), join(root, "dist/maprace.js"), join(goroot, "src"), "20", ...dirs];
    const line = capture(process.execPath, args, { env }).stdout.trim();
    console.log(`${what}: ${line}`);
    const [, start, most] = /first scan ([\d.]+) s.*p95 (\d+) ms/.exec(line) ?? [];
    note(`first scan of a server, ${what}, s`, Number(start));
    note(`questions under load, ${what}, p95 ms`, Number(most));
    capture(process.execPath, scan, { env });
  }
}

function measureIdle() {
  step("memory of a server for a module of 1 million lines, idle");
  const { dir, lines } = grown(goroot, out, 1_000_000);
  const kept = join(out, "idle-cache");
  rmSync(kept, { recursive: true, force: true });
  const env = { ...process.env, MAPRACE_CACHE: kept };
  const args = [join(out, "idle.cjs"), join(root, "dist/maprace.js"), dir, join(dir, "copy0/net/http/server.go")];
  for (const what of ["nothing kept", "with what the first server has kept"]) {
    const line = capture(process.execPath, args, { env }).stdout.trim();
    console.log(`${what}, ${lines} lines: ${line}`);
    note(`memory of an idle server, ${what}, MB`, Number(/(\d+) MB half/.exec(line)?.[1]));
  }
  rmSync(dir, { recursive: true, force: true });
}

function measureGrowth() {
  step("growth of a cold scan with the size of the module");
  const points = growth(goroot, out, capture);
  for (const { lines, cold, warm, memory } of points)
    console.log(`${lines} lines: ${cold.toFixed(1)} s, peak ${memory} MB, nothing changed ${warm.toFixed(2)} s`);
  // Starting the program and reading the library's declarations is the same for all sizes: the large ones tell.
  const large = points.filter(({ lines }) => lines >= 100_000);
  for (const what of ["cold", "memory"]) {
    const power = exponent(large.map((point) => [point.lines, point[what]]));
    console.log(`${what === "cold" ? "time" : what} grows with the ${power.toFixed(2)}th power of the lines`);
    note(`growth of ${what}, power`, power);
  }
}

step("parse and walk GOROOT/src");
buildParser();
let ours = 0;
let theirs = 0;
// Interleaved, best of three: the machine's mood hits both alike.
for (let i = 0; i < 3; i++) {
  theirs = Math.max(theirs, Number(capture(join(out, "parsebench"), [join(goroot, "src")]).stdout));
  ours = Math.max(ours, Number(capture(process.execPath, [join(out, "parse.cjs"), join(goroot, "src")]).stdout));
}
console.log(
  `ours ${ours.toFixed(1)} MB/s, go/parser + ast.Inspect ${theirs.toFixed(1)} MB/s: ${(ours / theirs).toFixed(2)}x`,
);

note("go/parser over ours, parse and walk", theirs / ours);

measureScans();
measureFacts();
measureGrowth();
measureKeystrokes();
measureLoad();
measureIdle();

step("a mutex profile of 250,000 samples against go tool pprof -top");
const large = join(out, "large.pb.gz");
capture(process.execPath, [join(out, "profile.cjs"), "make", large]);
spawnSync("go", ["build", "-o", join(out, "peak"), "./peak"], { cwd: join(root, "test/go"), stdio: "inherit" });
const measured = { ours: [Infinity, Infinity], pprof: [Infinity, Infinity] };
for (let i = 0; i < 3; i++) {
  const commands = {
    ours: [process.execPath, join(root, "dist/maprace.js"), "profile", large, "--json"],
    pprof: ["go", "tool", "pprof", "-top", large],
  };
  for (const [name, command] of Object.entries(commands)) {
    const now = capture(join(out, "peak"), command).stdout.trim().split(" ").map(Number);
    measured[name] = measured[name].map((best, index) => Math.min(best, now[index]));
  }
}
const [[ourTime, ourMemory], [theirTime, theirMemory]] = [measured.ours, measured.pprof];
console.log(
  `${(statSync(large).size / 1e6).toFixed(1)} MB: ours ${ourTime.toFixed(2)} s, ${ourMemory.toFixed(0)} MB; pprof ${theirTime.toFixed(2)} s, ${theirMemory.toFixed(0)} MB: ${(ourTime / theirTime).toFixed(3)}x the time, ${(ourMemory / theirMemory).toFixed(2)}x the memory`,
);
note("pprof, time over go tool pprof", ourTime / theirTime);
note("pprof, memory over go tool pprof", ourMemory / theirMemory);
console.log(capture(process.execPath, [join(out, "profile.cjs"), "run", large]).stdout.trim());

step("an execution trace of more than 50 MB against golang.org/x/exp/trace");
const traced = join(out, "large.trace");
capture("go", ["run", "./tracework", traced, "400000"], { cwd: join(root, "test/go") });
capture("go", ["build", "-o", join(out, "tracebench"), "."], { cwd: join(root, "test/go/tracebench") });
const traceRates = { exp: 0, read: 0, analyse: 0 };
const traceMemory = { exp: 0, read: 0, analyse: 0 };
for (let i = 0; i < 5; i++) {
  const commands = {
    exp: [join(out, "tracebench"), traced],
    read: [process.execPath, join(out, "trace.cjs"), traced, "read"],
    analyse: [process.execPath, join(out, "trace.cjs"), traced, "analyse"],
  };
  for (const [name, [program, ...args]] of Object.entries(commands)) {
    const [rate = 0, memory = 0] = capture(program, args).stdout.trim().split(" ").map(Number);
    traceRates[name] = Math.max(traceRates[name], rate);
    traceMemory[name] = Math.max(traceMemory[name], memory);
  }
}
console.log(
  `${(statSync(traced).size / 1e6).toFixed(0)} MB: x/exp/trace ${traceRates.exp.toFixed(1)} MB/s; ours ${traceRates.read.toFixed(1)} MB/s (${(traceRates.read / traceRates.exp).toFixed(2)}x, ${traceMemory.read} MB), with the whole analysis ${traceRates.analyse.toFixed(1)} MB/s (${(traceRates.analyse / traceRates.exp).toFixed(2)}x, ${traceMemory.analyse} MB)`,
);
note("x/exp/trace over ours, reading", traceRates.exp / traceRates.read);
note("x/exp/trace over ours, analysis", traceRates.exp / traceRates.analyse);

const [timelineRate = 0, timelineMemory = 0, firstDrawn = 0, half = 0, most = 0, events = 0] = capture(
  process.execPath,
  [join(out, "trace.cjs"), traced, "timeline"],
)
  .stdout.trim()
  .split(" ")
  .map(Number);
console.log(
  `timeline of ${events} M events: ${timelineRate} MB/s, ${timelineMemory} MB, first part after ${firstDrawn} ms, windows of 40 rows p50 ${half} ms, p95 ${most} ms`,
);

const { ensureBrowser } = await import("./editor.mjs");
const framesOf = capture(process.execPath, [join(out, "frames.cjs"), traced, "dist/timeline.js", ensureBrowser()]);
const [middle, slow, slower, slowest, frames] = framesOf.stdout.trim().split(" ");
console.log(
  `its page zooms and pans: ms between frames p50 ${middle}, p95 ${slow}, p99 ${slower}, longest ${slowest}; ${frames} frames in 10 s`,
);

step("overlay");
console.log(capture(process.execPath, [join(out, "overlay.cjs"), join(root, "sample")]).stdout.trim());

const typing = capture(process.execPath, [join(root, "scripts/test.mjs"), "editor/many"]);
console.log(/typing .*/.exec(typing.stdout)?.[0] ?? "typing was not measured");

step("start-up");
const host = capture(process.execPath, [join(root, "scripts/test.mjs"), "editor/ui"]);
console.log(`in a real editor: ${/activation \d+ ms/.exec(host.stdout)?.[0] ?? "activation not measured"}`);
const help = capture(process.execPath, ["dist/maprace.js", "--version"]);
console.log(`maprace --version: ${(help.seconds * 1000).toFixed(0)} ms`);

step("since the runs before");
close(process.argv.includes("--record"));
