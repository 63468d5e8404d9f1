import type { Dossier } from "../../../common/src/dossier.ts";
import { type AccessAnswer, type Confidence, confidences, type Finding } from "../../../common/src/finding.ts";
import { judge } from "../../../common/src/verdicts/judge.ts";
import { readVerdicts, type Verdict, verdictsFile } from "../../../common/src/verdicts/verdict.ts";
import { join } from "../base/paths.ts";
import { lineStarts, Positions } from "../base/positions.ts";
import { finish } from "../base/steps.ts";
import { Witness } from "../base/witness.ts";
import { Analysis, type Counts } from "../engine/analysis.ts";
import { LoweringAhead } from "../engine/arrivals.ts";
import { dossierOf } from "../engine/dossier.ts";
import { Heads } from "../engine/heads.ts";
import { PackageKeys } from "../engine/keys.ts";
import { modulesOf, packingFacts, Recall, takeIn, unpackingFacts } from "../engine/recall.ts";
import { Cache, cacheDirectory } from "../host/cache.ts";
import { disk, diskInPassing, InputError } from "../host/disk.ts";
import { programVersion } from "../host/program.ts";
import { AheadReader, mayReadAhead } from "../host/reading.ts";
import { areMany, summarize } from "../host/summarizing.ts";
import { buildContext, findToolchain } from "../host/toolchain.ts";
import type { Problem } from "../packages/workspace.ts";
import type { PackageFacts } from "../summaries/effects.ts";
import { github, json, type Summary } from "./formats.ts";
import { relativeTo } from "./paths.ts";
import { sarif } from "./sarif.ts";
import { textReport } from "./text.ts";

export const formats = ["text", "json", "sarif", "github"] as const;

export interface ScanOptions {
  readonly dir: string;
  readonly patterns: readonly string[];
  readonly format: (typeof formats)[number];
  readonly minConfidence: Confidence;
  readonly failOn: Confidence | "never";
  readonly tags: readonly string[];
  readonly tests: boolean;
  /** Threads that work out facts. */
  readonly jobs: number;
  /** Say what was said before where nothing has changed. */
  readonly cache: boolean;
  /** File with lines for the table of known functions. */
  readonly library: string | undefined;
  /** `FILE:LINE` to explain instead of listing findings. */
  readonly why: string | undefined;
  readonly quiet: boolean;
  readonly colour: boolean;
  readonly version: string;
}

/** Where a command writes. */
export interface Output {
  out(text: string): void;
  err(text: string): void;
  /** Standard error is a terminal. */
  readonly progress: boolean;
}

/** What a scan says. */
export interface Listing {
  readonly findings: readonly Finding[];
  readonly problems: readonly Problem[];
  readonly summary: Summary;
  readonly line: (path: string, line: number) => string;
}

/** What a scan says, and what can be asked of it. */
export interface ScanOutcome extends Listing {
  readonly why: (path: string, line: number) => readonly AccessAnswer[];
  readonly dossier: (finding: Finding) => Dossier;
}

type What = Pick<ScanOptions, "tags" | "tests" | "jobs"> & { readonly library?: string | undefined };

/** Scans packages; nothing is executed. `cwd` is absolute. */
export async function scan(
  cwd: string,
  patterns: readonly string[],
  options: What,
  progress: (done: number, all: number) => void,
  reader?: AheadReader,
): Promise<ScanOutcome> {
  const began = performance.now();
  const files = new Witness(disk);
  const { analysis } = await analysisOf(cwd, patterns, environment(options), options, files, progress, { reader });
  return outcomeOf(analysis, began, cwd);
}

function environment({ tags, tests, library }: What) {
  const toolchain = findToolchain(disk, process.env);
  return { toolchain, build: buildContext(disk, toolchain, process.env, tags), tests, ...readLibrary(library) };
}

/** What a scan has at hand: what is kept, and a thread that reads, started while it is found out what. */
interface Helping {
  readonly cache?: Cache;
  readonly reader: AheadReader | undefined;
}

async function analysisOf(
  cwd: string,
  patterns: readonly string[],
  base: ReturnType<typeof environment>,
  { jobs }: What,
  files: Witness,
  progress: (done: number, all: number) => void,
  { cache, reader }: Helping,
): Promise<{ analysis: Analysis; recall: Recall | undefined; heads: Heads | undefined }> {
  const analysis = new Analysis({ ...base, files, once: true }, cwd);
  const dirs = analysis.expand(patterns);
  files.trust(analysis.workspace.released.beside(dirs));
  analysis.plan(dirs);
  const said = analysis.problems.length;
  const heads = cache === undefined ? undefined : new Heads(files, base.build, cache.findHeads(headsKey(analysis)));
  const keys = {
    ...base,
    ...(heads === undefined ? {} : { heads }),
    files,
    workspace: analysis.workspace,
    program: programVersion(),
    library: base.library?.lines ?? [],
    sources: new Set(dirs),
    packages: analysis.packages,
  };
  const recall = cache === undefined ? undefined : new Recall(analysis, new PackageKeys(keys), cache);
  const known = new Map(dirs.map((dir) => [dir, recall === undefined ? undefined : finish(recall.finding(dir))]));
  const work = dirs.filter((dir) => known.get(dir) === undefined);
  let done = dirs.length - work.length;
  const one = () => progress(++done, dirs.length);
  const problems: Problem[] = [];
  const lowered = new Map<string, readonly PackageFacts[]>();
  const made = new Map<string, Uint8Array>();
  const many = areMany(work, files);
  if (many && jobs > 1)
    await summarize(work, { ...base, cwd, sources: dirs }, jobs, files, problems, ({ dir, facts, flawed }) => {
      known.set(dir, finish(unpackingFacts(analysis, dir, facts)));
      if (!flawed && recall !== undefined) finish(recall.adding(dir, facts));
      one();
    });
  else if (many && mayReadAhead()) {
    const ahead = new LoweringAhead((dir) => analysis.lowered(dir));
    analysis.await(work);
    for await (const read of (reader ?? new AheadReader()).read(
      { ...base, naming: cache !== undefined, cwd, dirs: work },
      files,
    )) {
      analysis.take(read);
      if (read.imported) continue;
      for (const [dir, facts] of ahead.add(read)) {
        lowered.set(dir, facts);
        // Now is when they are at hand.
        if (recall !== undefined) made.set(dir, finish(packingFacts(analysis, dir, analysis.summarize(dir, facts))));
        one();
      }
    }
  }
  reader?.dispose();
  // What a key names of other directories is there by now.
  for (const [dir, facts] of made) if (recall !== undefined) finish(recall.adding(dir, facts));
  analysis.remark(problems);
  takeIn(analysis, dirs, { adopted: known, lowered }, recall, one);
  // However the work was shared out, it is said in one order.
  analysis.problems.push(...analysis.problems.splice(said).sort(byPlace));
  return { analysis, recall, heads };
}

/** Names what is known of a workspace's directories. */
function headsKey(analysis: Analysis): string {
  return `${programVersion()} ${modulesOf(analysis)}`;
}

function byPlace(a: Problem, b: Problem): number {
  if (a.place !== b.place) return a.place < b.place ? -1 : 1;
  return a.message < b.message ? -1 : 1;
}

/** As `scan`, or what it said the last time where nothing has changed that it looked at. */
async function scanOrRecall(
  cwd: string,
  options: ScanOptions,
  cache: Cache,
  progress: (done: number, all: number) => void,
): Promise<Listing> {
  const began = performance.now();
  const base = environment(options);
  const key = JSON.stringify([cwd, options.patterns, base, programVersion()]);
  const kept = cache.recall(key, diskInPassing());
  if (isAnswer(kept)) return listingOf(kept, began, cwd, true);
  const witness = new Witness(disk);
  const helping = { cache, reader: readerFor(options) };
  const { analysis, recall, heads } = await analysisOf(
    cwd,
    options.patterns,
    base,
    options,
    witness,
    progress,
    helping,
  );
  const found = answerOf(analysis);
  if (!witness.torn) {
    await recall?.keep(async () => true);
    const bytes = heads?.bytes();
    if (bytes !== undefined) cache.keepHeads(headsKey(analysis), bytes);
  }
  cache.remember(key, witness, found);
  cache.tidy();
  return { ...listingOf(found, began, cwd, false), line: (path, line) => analysis.line(path, line) };
}

/** Verdicts that the workspace shares; throws InputError where the file is broken. */
function sharedVerdicts(cwd: string): readonly Verdict[] {
  const bytes = disk.read(join(cwd, verdictsFile));
  if (bytes === undefined) return [];
  try {
    return readVerdicts(JSON.parse(new TextDecoder().decode(bytes)));
  } catch (error) {
    throw new InputError(`${join(cwd, verdictsFile)}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The lines of a library file, for an analysis; throws InputError where it cannot be read. */
export function readLibrary(path: string | undefined): { library?: { lines: readonly string[]; place: string } } {
  if (path === undefined) return {};
  const bytes = disk.read(path);
  if (bytes === undefined) throw new InputError(`${path}: cannot be read`);
  return { library: { lines: new TextDecoder().decode(bytes).split("\n"), place: path } };
}

/** What follows from the sources alone; it can be written and read again. */
interface Answer {
  readonly found: readonly Finding[];
  readonly suppressed: readonly Finding[];
  readonly problems: readonly Problem[];
  readonly counts: Counts;
}

function answerOf(analysis: Analysis): Answer {
  const found = analysis.findings();
  const remarks = analysis.remarks.map(({ path, line, message }) => ({ place: `${path}:${line}`, message }));
  const { suppressed, counts } = analysis;
  return { found, suppressed, problems: [...analysis.problems, ...remarks], counts };
}

function isAnswer(value: unknown): value is Answer {
  if (typeof value !== "object" || value === null || !("counts" in value)) return false;
  return ["found", "suppressed", "problems"].every((key) => Array.isArray(Reflect.get(value, key)));
}

function listingOf(answer: Answer, began: number, cwd: string, unchanged: boolean): Listing {
  const evidence = { verdicts: sharedVerdicts(cwd), hot: new Set<string>(), now: Date.now() };
  const { shown: findings, silenced } = judge(answer.found, answer.suppressed, evidence);
  const intended = silenced.filter((one) => one.judgement?.verdict !== undefined).length;
  const seconds = Math.round(performance.now() - began) / 1000;
  const suppressed = silenced.length - intended;
  return {
    findings,
    problems: answer.problems,
    summary: { ...answer.counts, findings: findings.length, suppressed, intended, seconds, unchanged },
    line: lineOnDisk,
  };
}

function lineOnDisk(path: string, line: number): string {
  const bytes = disk.read(path);
  return bytes === undefined ? "" : new Positions(bytes, lineStarts(bytes)).lineText(line - 1);
}

/** The findings of an analysis, and what to say of them; `began` as of performance.now(). */
export function outcomeOf(analysis: Analysis, began: number, cwd: string): ScanOutcome {
  return {
    ...listingOf(answerOf(analysis), began, cwd, false),
    line: (path, line) => analysis.line(path, line),
    why: (path, line) => analysis.whySilent(path, line),
    dossier: (finding) => dossierOf(finding, analysis),
  };
}

/** `maprace scan`: 0 clean, 1 findings, 2 nothing could be scanned. */
export async function runScan(options: ScanOptions, output: Output): Promise<number> {
  const cwd = join(options.dir);
  if (disk.kind(cwd) !== "directory") {
    output.err(`maprace: ${options.dir}: not a directory\n`);
    return 2;
  }
  const show = output.progress && !options.quiet;
  const progress = (done: number, all: number) => {
    if (show && (done % 20 === 0 || done === all)) output.err(`\rmaprace: ${done}/${all} directories`);
  };
  const dir = options.cache && options.why === undefined ? cacheDirectory(process.env) : undefined;
  const outcome =
    dir === undefined
      ? await scan(cwd, options.patterns, options, progress, readerFor(options))
      : await scanOrRecall(cwd, options, new Cache(dir), progress);
  if (show) output.err("\r\u001b[K");
  return present(outcome, cwd, options, output);
}

function readerFor({ jobs }: ScanOptions): AheadReader | undefined {
  return jobs === 1 && mayReadAhead() ? new AheadReader() : undefined;
}

/** Prints an outcome; answers the exit code. */
export function present(outcome: Listing | ScanOutcome, cwd: string, options: ScanOptions, output: Output): number {
  const shown = outcome.findings
    .filter((one) => atLeast(one.confidence, options.minConfidence))
    .map((one) => relativeTo(cwd, one));
  const summary = { ...outcome.summary, findings: shown.length };
  printProblems(outcome.problems, output, options.quiet);
  if (outcome.summary.files === 0) {
    output.err("maprace: nothing to scan: no Go files matched\n");
    return 2;
  }
  if (options.why !== undefined && "why" in outcome) return answer(options.why, cwd, outcome, output);
  output.out(render(options, shown, outcome, summary, cwd));
  if (options.format === "text" && !options.quiet) output.err(summaryLine(summary));
  const failing =
    options.failOn === "never" ? [] : shown.filter((one) => atLeast(one.confidence, options.failOn as Confidence));
  return failing.length > 0 ? 1 : 0;
}

/** `--why FILE:LINE`: 0 where some map is accessed there, 2 where none is. */
function answer(place: string, cwd: string, outcome: ScanOutcome, output: Output): number {
  const at = place.lastIndexOf(":");
  const [file, line] = [place.slice(0, at), Number(place.slice(at + 1))];
  const answers =
    at < 1 || !Number.isInteger(line) ? [] : outcome.why(file.startsWith("/") ? join(file) : join(cwd, file), line);
  if (answers.length === 0) {
    output.err(`maprace: ${place}: no map is accessed there (FILE:LINE, the file as seen from the directory)\n`);
    return 2;
  }
  for (const { location, map, kind, answer: text } of answers)
    output.out(`${file}:${line}:${location.column} ${kind} ${map}: ${text}\n`);
  return 0;
}

function render(
  options: ScanOptions,
  shown: readonly Finding[],
  outcome: Listing,
  summary: Summary,
  cwd: string,
): string {
  switch (options.format) {
    case "json":
      return json(shown, outcome.problems, summary);
    case "sarif":
      return sarif(shown, options.version);
    case "github":
      return github(shown);
    case "text":
      return textReport(
        shown,
        (path, line) => outcome.line(path.startsWith("/") ? path : join(cwd, path), line),
        options.colour,
      );
  }
}

/** Is `confidence` the wanted one or stronger? */
export function atLeast(confidence: Confidence, wanted: Confidence): boolean {
  return confidences.indexOf(confidence) >= confidences.indexOf(wanted);
}

function summaryLine(summary: Summary): string {
  const noun = summary.findings === 1 ? "finding" : "findings";
  const megabytes = (summary.bytes / 1e6).toFixed(1);
  const silent = [
    ...(summary.suppressed === 0 ? [] : [`${summary.suppressed} suppressed`]),
    ...(summary.intended === 0 ? [] : [`${summary.intended} silenced by ${verdictsFile}`]),
  ];
  const held = silent.length === 0 ? "" : ` (${silent.join(", ")})`;
  return `${summary.findings} ${noun}${held} in ${summary.packages} packages, ${summary.files} files (${megabytes} MB), ${summary.seconds.toFixed(1)} s${summary.unchanged ? ", unchanged since the last scan" : ""}\n`;
}

const shownProblems = 12;

export function printProblems(problems: readonly Problem[], output: Output, quiet: boolean): void {
  if (quiet) return;
  for (const problem of problems.slice(0, shownProblems)) output.err(`maprace: ${problem.place}: ${problem.message}\n`);
  if (problems.length > shownProblems)
    output.err(`maprace: and ${problems.length - shownProblems} more remarks (all in --format json)\n`);
}
