import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { profileKinds } from "../../../common/src/contention.ts";
import { confidences } from "../../../common/src/finding.ts";
import { join } from "../base/paths.ts";
import { collectLess, compileForOnce, compileLess, goFirst } from "../host/compiling.ts";
import { serveAsDecoder } from "../host/decoding.ts";
import { InputError } from "../host/disk.ts";
import { readManifestVersion } from "../host/manifest.ts";
import { defaultJobs, serveAsSummarizer } from "../host/summarizing.ts";
import { serveAsTimeline } from "../host/timeline.ts";
import { serveAsWatchdog } from "../host/watchdog.ts";
import { runContention } from "./contention.ts";
import { runEval } from "./eval.ts";
import { runLink, runSummarize } from "./facts.ts";
import { runProfile } from "./profile.ts";
import { runReport } from "./report.ts";
import { formats, type Output, runScan, type ScanOptions } from "./scan.ts";
import { runTrace } from "./trace.ts";
import { runVerify } from "./verify.ts";

const version = readManifestVersion();

const output: Output = {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  progress: process.stderr.isTTY,
};

interface ScanFlags {
  directory: string;
  format: ScanOptions["format"];
  minConfidence: ScanOptions["minConfidence"];
  failOn: ScanOptions["failOn"];
  tags: string;
  tests: boolean;
  jobs: number;
  library?: string;
  why?: string;
  cache?: boolean;
  quiet: boolean;
  color: boolean;
}

function program(): Command {
  const root = new Command("maprace")
    .description("Finds unsynchronised map accesses across goroutines in Go.")
    .version(version)
    .exitOverride();
  reporting(root.command("scan").description("scan packages; nothing is executed"))
    .argument("[patterns...]", "packages as `go list` understands them", [])
    .addOption(new Option("--jobs <n>", "threads that read and lower packages").default(defaultJobs()).argParser(jobs))
    .option("--no-cache", "look at everything again even where nothing has changed")
    .option("--why <place>", "why nothing likely is reported at FILE:LINE")
    .action(async (patterns: string[], flags: ScanFlags) => {
      compileForOnce();
      collectLess();
      await finish(() => runScan(scanOptions(patterns, flags), output));
      leave();
    });
  factsCommands(root);
  profileCommand(root);
  traceCommand(root);
  reporting(root.command("report").description("races and crashes of maps in logs, beside the findings of a scan"))
    .argument("<files...>", "logs of race builds, tests and crashes; - for standard input")
    .option("--join <patterns...>", "packages to scan, so that each report is shown beside its finding")
    .action((files: string[], flags: ScanFlags & { join?: string[] }) =>
      finish(() => runReport(files, flags.join, scanOptions(flags.join ?? [], flags), output)),
    );
  verifyCommand(root);
  root
    .command("eval")
    .description("precision, recall and F1 on labelled cases")
    .argument("<dir>", "directory with cases.json, or Go's own race tests")
    .option("--labels <file>", "labels that lie elsewhere")
    .addOption(new Option("--format <format>", "output format").choices(["text", "json"]).default("text"))
    .action((dir: string, flags: { labels?: string; format: "text" | "json" }) =>
      finish(() => runEval(absolute(dir), flags.labels, flags.format, output)),
    );
  root
    .command("lsp")
    .description("language server on standard input and output")
    .option("--stdio", "the only transport", true)
    // It is a program of its own: what speaks the protocol is a third of what would be started for nothing.
    .action(async () => {
      if (!process.argv.includes("--stdio")) process.argv.push("--stdio");
      await import("../lsp/main.ts");
    });
  return root;
}

/** Options of the commands that report findings. */
function reporting(command: Command): Command {
  return command
    .option("-C, --directory <dir>", "work in this directory", process.cwd())
    .addOption(new Option("--format <format>", "output format").choices(formats).default("text"))
    .addOption(new Option("--min-confidence <level>", "least confidence shown").choices(confidences).default("likely"))
    .addOption(
      new Option("--fail-on <level>", "least confidence that makes the exit code 1")
        .choices([...confidences, "never"])
        .default("likely"),
    )
    .option("--tags <list>", "build tags, separated by commas", "")
    .option("--no-tests", "leave out _test.go files")
    .option("--library <file>", "more functions that start goroutines or wait, a line each; see docs/library.md")
    .option("--quiet", "print findings only", false)
    .option("--no-color", "plain text");
}

/** The two halves of a scan, for build systems that run and cache them apart. */
function factsCommands(root: Command): void {
  root
    .command("summarize")
    .description("write the facts that findings follow from, to be linked later")
    .argument("[patterns...]", "packages as `go list` understands them", [])
    .requiredOption("-o, --output <file>", "facts file to write")
    .option("-C, --directory <dir>", "work in this directory", process.cwd())
    .option("--tags <list>", "build tags, separated by commas", "")
    .option("--no-tests", "leave out _test.go files")
    .option("--library <file>", "more functions that start goroutines or wait, a line each; see docs/library.md")
    .option("--quiet", "no remarks", false)
    .action((patterns: string[], flags: ScanFlags & { output: string }) =>
      finish(() =>
        runSummarize({ ...scanOptions(patterns, flags), dir: flags.directory, file: absolute(flags.output) }, output),
      ),
    );
  reporting(root.command("link").description("findings of the packages whose facts are given"))
    .argument("<facts...>", "files that summarize wrote")
    .action((files: string[], flags: ScanFlags) =>
      finish(() => Promise.resolve(runLink(files.map(absolute), scanOptions([], flags), output))),
    );
}

function verifyCommand(root: Command): void {
  reporting(
    root
      .command("verify")
      .description("run tests and programs until a finding's accesses are seen to collide; this executes code"),
  )
    .argument("[fingerprints...]", "findings, by their fingerprint or its beginning", [])
    .option("--all", "every finding", false)
    .addOption(new Option("--budget <time>", "for each finding: 60s, 2m").default(60, "60s").argParser(duration))
    .option("--packages <patterns...>", "packages to scan", ["./..."])
    .option("--args <arguments...>", "arguments of programs that are run", [])
    .option("--delve <program>", "debugger that looks at locks where runs show nothing", "dlv")
    .option("--stress", "run a generated stress test where the user's own tests show nothing", false)
    .option("--save", "keep the verdicts in .maprace/verdicts.json", false)
    .action(
      (
        wanted: string[],
        flags: ScanFlags & {
          all: boolean;
          budget: number;
          packages: string[];
          args: string[];
          delve: string;
          stress: boolean;
          save: boolean;
        },
      ) =>
        finish(() => {
          if (!flags.all && wanted.length === 0) throw new InputError("name a fingerprint, or --all");
          return runVerify({ ...flags, wanted }, scanOptions(flags.packages, flags), output);
        }),
    );
}

interface ProfileFlags {
  top: number | true | undefined;
  diff?: string;
  json: boolean;
  list?: string;
  output?: string;
  contention: boolean;
  run?: string;
  bench?: string;
  test?: string;
  benchtime: string;
  count: number;
  tags: string;
  kinds: string;
  directory: string;
  save: boolean;
  quiet: boolean;
}

function profileCommand(root: Command): void {
  root
    .command("profile")
    .description("tables of mutex, block and CPU profiles; several are added up")
    .argument("[files...]", ".pprof, .pb.gz or .prof files")
    .option("--top [count]", "functions by cumulative value, and how many", positive)
    .option("--list <regexp>", "lines of the functions that match")
    .option("--diff <base>", "subtract this profile")
    .option("--contention", "waits by lock and call site, joined with the sources", false)
    .option(
      "--run <packages>",
      "run tests or benchmarks of these packages and show their contention; this executes code",
    )
    .option("--bench <regexp>", "benchmarks to run (default with --run: all)")
    .option("--test <regexp>", "tests to run instead")
    .option("--benchtime <time>", "as of go test", "1s")
    .option("--count <n>", "how often tests run", positive, 1)
    .option("--kinds <list>", "profiles to collect", "mutex,block,cpu")
    .option("--tags <list>", "build tags, separated by commas", "")
    .option("-C, --directory <dir>", "work in this directory", process.cwd())
    .option("-o, --output <file>", "write the profiles, added up, as one that go tool pprof opens")
    .option("--json", "all rows of all sample types", false)
    .option("--save", "keep the run in .maprace/runs, where the editor shows it", false)
    .option("--quiet", "no word on what is run", false)
    .action((files: string[], flags: ProfileFlags) => finish(() => profile(files, flags)));
}

function traceCommand(root: Command): void {
  root
    .command("trace")
    .description("who waited for whom in an execution trace (go test -trace, /debug/pprof/trace, flight recorder)")
    .argument("<file>", "a trace of Go 1.22 or newer")
    .addOption(new Option("--waits", "waits by place, locks first (default)").conflicts(["goroutines", "sync"]))
    .addOption(new Option("--goroutines", "what each goroutine spent its time on").conflicts("sync"))
    .option("--sync", "the totals of go tool trace -pprof=sync")
    .option("--from <time>", "count waits that end after this time from the trace's begin, as 1.5s", duration, 0)
    .option("--to <time>", "count waits that begin before this time", duration, Number.POSITIVE_INFINITY)
    .option("--top <count>", "rows", positive, 20)
    .option("--json", "everything, as JSON", false)
    .action((file: string, flags: TraceFlags) => {
      const view = flags.sync === true ? "sync" : flags.goroutines === true ? "goroutines" : "waits";
      const { json, top: count, from, to } = flags;
      return finish(() => Promise.resolve(runTrace({ file: absolute(file), view, json, count, from, to }, output)));
    });
}

interface TraceFlags {
  goroutines?: boolean;
  sync?: boolean;
  from: number;
  to: number;
  top: number;
  json: boolean;
}

function profile(files: readonly string[], flags: ProfileFlags): Promise<number> {
  const count = flags.top === undefined || flags.top === true ? 20 : flags.top;
  if (files.length === 0 && flags.run === undefined) {
    output.err("maprace: name profiles, or packages to run with --run\n");
    return Promise.resolve(2);
  }
  if (!flags.contention && flags.run === undefined) {
    const { diff: base, json, list, output: out } = flags;
    return Promise.resolve(runProfile({ files, base, json, count, list, out }, output));
  }
  const what = flags.test === undefined ? "bench" : "test";
  const collect = {
    kinds: profileKinds.filter((kind) => commaList(flags.kinds).includes(kind)),
    mutexFraction: 1,
    blockRate: 1,
    benchtime: flags.benchtime,
    count: flags.count,
    tags: commaList(flags.tags),
    flags: [],
  };
  const { run, json, quiet, save } = flags;
  const pattern = flags.test ?? flags.bench ?? ".";
  return runContention(
    { dir: join(absolute(flags.directory)), files, run, what, pattern, collect, json, quiet, save, count },
    output,
  );
}

function commaList(text: string): string[] {
  return text.split(",").filter((one) => one !== "");
}

function scanOptions(patterns: readonly string[], flags: ScanFlags): ScanOptions {
  const colour = flags.color && process.stdout.isTTY && process.env["NO_COLOR"] === undefined;
  return {
    dir: absolute(flags.directory),
    patterns: patterns.length === 0 ? ["./..."] : patterns,
    format: flags.format,
    minConfidence: flags.minConfidence,
    failOn: flags.failOn,
    tags: commaList(flags.tags),
    tests: flags.tests,
    jobs: flags.jobs,
    library: flags.library === undefined ? undefined : absolute(flags.library),
    why: flags.why,
    cache: flags.cache === true,
    quiet: flags.quiet,
    colour,
    version,
  };
}

function absolute(dir: string): string {
  if (dir === "") throw new InvalidArgumentError("empty directory");
  const path = dir.replaceAll("\\", "/");
  return path.startsWith("/") || /^[A-Za-z]:/.test(path) ? path : `${process.cwd().replaceAll("\\", "/")}/${path}`;
}

/** Sets the exit code; output that is still being written is not cut off. */
async function finish(run: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await run();
  } catch (error) {
    if (error instanceof InputError) {
      output.err(`maprace: ${error.message}\n`);
      process.exitCode = 2;
      return;
    }
    output.err(`maprace: internal error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 3;
  }
}

/** Ends the process once its output is written: nothing else is left to do, and to take the heap of a large scan apart takes a while. */
function leave(): void {
  process.stdout.write("", () => process.stderr.write("", () => process.exit()));
}

function positive(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw new InvalidArgumentError("a whole number above 0 is needed");
  return count;
}

/** Seconds of `90`, `60s`, `2m`. */
function duration(text: string): number {
  const [, amount = "", unit] = /^(\d+(?:\.\d+)?)(s|m|)$/.exec(text) ?? [];
  const seconds = Number(amount) * (unit === "m" ? 60 : 1);
  if (!(seconds > 0 && seconds <= 86_400)) throw new InvalidArgumentError("a time such as 60s or 2m is needed");
  return seconds;
}

function jobs(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > 64)
    throw new InvalidArgumentError("a number from 1 to 64 is needed");
  return count;
}

process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  // A reader that went away, as `| head` does, is no failure of ours.
  process.exit(error.code === "EPIPE" ? (process.exitCode ?? 0) : 3);
});

if (!serveAsSummarizer() && !serveAsDecoder() && !serveAsTimeline() && !serveAsWatchdog()) {
  compileLess();
  goFirst();
  program()
    .parseAsync()
    .catch((error: unknown) => {
      if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
      else throw error;
    });
}
