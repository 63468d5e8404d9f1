import { confidences, type Finding } from "../../../common/src/finding.ts";
import type { Scope } from "../../../common/src/scope.ts";
import type { Configuration } from "../../../common/src/settings.ts";
import { judge } from "../../../common/src/verdicts/judge.ts";
import type { Verdict } from "../../../common/src/verdicts/verdict.ts";
import type { EditedFiles } from "../base/overlay.ts";
import { dirname, join, relative, within } from "../base/paths.ts";
import { Breath } from "../base/steps.ts";
import type { DirectiveRemark } from "../checks/suppression.ts";
import type { BuildContext } from "../packages/constraints.ts";
import type { Problem, Toolchain } from "../packages/workspace.ts";
import { Analysis, type Counts } from "./analysis.ts";
import { Dependents } from "./dependents.ts";
import type { PackageSummary } from "./facts.ts";
import { PackageKeys } from "./keys.ts";
import { type FactsStore, Recall } from "./recall.ts";

/** What a session tells its owner. */
export interface SessionEvents {
  /** `remarks`: what is wrong with directives that suppress findings. */
  findings(findings: readonly Finding[], remarks: readonly DirectiveRemark[]): void;
  problem(problem: Problem): void;
  /** What is about to be looked at, a file or directory; empty where nothing is. */
  working?(path: string): void;
}

/** A scan's outcome; `cancelled` when it was stopped half way. */
export interface ScanReport extends Counts {
  readonly findings: number;
  readonly seconds: number;
  readonly cancelled: boolean;
}

/** Milliseconds between two things that are done when there is nothing else to do. */
const rest = 25;
/** Nobody who types rests for so many milliseconds. */
const quiet = 2000;
/** Work that edits have put off for this many milliseconds is done before the next of them is taken. */
const patience = 3000;

/** A directory that is to be looked at. */
interface Work {
  readonly analysis: Analysis;
  readonly dir: string;
}

/** One workspace folder: scans it, follows edits, and says what is found. */
export class Session {
  readonly root: string;
  readonly #files: EditedFiles;
  readonly #events: SessionEvents;
  readonly #store: (FactsStore & { readonly program: string }) | undefined;
  #toolchain: Toolchain;
  #build: BuildContext;
  #configuration: Configuration;
  #analyses: Analysis[] = [];
  #bare: readonly Analysis[] | undefined;
  #findings: readonly Finding[] = [];
  #silenced: readonly Finding[] = [];
  #verdicts: readonly Verdict[] = [];
  #hot: ReadonlySet<string> = new Set();
  readonly #dirty = new Set<string>();
  #scope: Scope = "full";
  /** Directories with files that changed. */
  readonly #changed = new Set<string>();
  #dependents = new Dependents();
  #skipped = 0;
  #timer: NodeJS.Timeout | undefined;
  #scanning: Promise<ScanReport> | undefined;
  #keeping: Promise<void> = Promise.resolve();
  /** When something changed last. */
  #edited = Number.NEGATIVE_INFINITY;
  #generation = 0;
  #publishing: Promise<boolean> = Promise.resolve(true);
  /** Grows when what is being published is out of date. */
  #turn = 0;
  /** Changes are taken one after the other; how many more are to be taken. */
  #taking: Promise<void> = Promise.resolve();
  #takes = 0;
  /** Since when findings are out of date. */
  #behind: number | undefined;

  constructor(
    root: string,
    files: EditedFiles,
    toolchain: Toolchain,
    build: BuildContext,
    configuration: Configuration,
    events: SessionEvents,
    /** Where facts of packages are kept between servers; `program` tells versions of this one apart. */
    store?: FactsStore & { readonly program: string },
  ) {
    this.#store = store;
    this.root = root;
    this.#files = files;
    this.#toolchain = toolchain;
    this.#build = build;
    this.#configuration = configuration;
    this.#events = events;
  }

  /** Shown findings, by the settings in force. */
  get findings(): readonly Finding[] {
    return this.#findings;
  }

  /** Findings that a comment or a verdict keeps from being shown. */
  get silenced(): readonly Finding[] {
    return this.#silenced;
  }

  /** Weighs run-time evidence: verdicts, and fingerprints of findings on hot lines. */
  weigh(verdicts: readonly Verdict[], hot: ReadonlySet<string>): void {
    const same = hot.size === this.#hot.size && [...hot].every((one) => this.#hot.has(one));
    if (same && JSON.stringify(verdicts) === JSON.stringify(this.#verdicts)) return;
    this.#verdicts = verdicts;
    this.#hot = hot;
    if (this.#analyses.length > 0) void this.#publish();
  }

  /** The folder's modules, as of the last scan; where none was made, the folder's own without its packages. */
  get analyses(): readonly Analysis[] {
    if (this.#analyses.length > 0) return this.#analyses;
    const options = { files: this.#files, toolchain: this.#toolchain, build: this.#build, tests: false };
    this.#bare ??= [new Analysis(options, this.root)];
    return this.#bare;
  }

  /** Resolves when no scan runs and findings are up to date. */
  async scanned(): Promise<void> {
    await this.#scanning;
    for (let seen: Promise<boolean> | undefined; seen !== this.#publishing; ) {
      seen = this.#publishing;
      await seen;
    }
  }

  /** Resolves when what the last scan worked out is kept for the next one. */
  async kept(): Promise<void> {
    await this.#keeping;
  }

  /** An analysis that knows a file, for hovers and fixes. */
  analysisOf(path: string): Analysis | undefined {
    return this.#analyses.find((one) => one.sources.knows(path));
  }

  configure(toolchain: Toolchain, build: BuildContext, configuration: Configuration): void {
    this.#toolchain = toolchain;
    this.#build = build;
    this.#configuration = configuration;
  }

  /** Analyses as much as a scope holds from the next scan on; a scan that runs is given up, and what takes memory goes. */
  limit(scope: Scope): void {
    if (scope === this.#scope) return;
    this.#scope = scope;
    this.#generation++;
    this.release();
  }

  /** Gives up all that was analysed before the next scan; what was found stays shown until then. */
  release(): void {
    this.#turn++;
    this.#analyses = [];
  }

  /** Directories of packages that the scope leaves out. */
  get skipped(): number {
    return this.#skipped;
  }

  /** How many loaded directories have no open document. */
  get surplus(): number {
    const open = this.#openDirectories();
    return this.#analyses.reduce((sum, one) => sum + one.directories.filter((dir) => !open.has(dir)).length, 0);
  }

  #openDirectories(): Set<string> {
    return new Set(Array.from(this.#files.opened, dirname));
  }

  /** Reads the folder anew, as far as the scope goes. A scan that is still running is abandoned. */
  scan(progress: (done: number, all: number) => void, cancelled: () => boolean): Promise<ScanReport> {
    const generation = ++this.#generation;
    const stop = () => cancelled() || generation !== this.#generation;
    this.#scanning = this.#scan(progress, stop);
    return this.#scanning;
  }

  async #scan(progress: (done: number, all: number) => void, stop: () => boolean): Promise<ScanReport> {
    const began = performance.now();
    const breath = new Breath();
    const analyses = this.#made();
    const work = await this.#selected(analyses, breath, stop);
    for (const { analysis, dir } of work) analysis.plan([dir]);
    const recalls = this.#recalls(analyses, work);
    const known = new Map<string, readonly PackageSummary[] | undefined>();
    const all = work.length * 2;
    let done = 0;
    for (const phase of ["load", "lower"] as const) {
      for (const { analysis, dir } of work) {
        if (stop()) return this.#report(analyses, began, true);
        this.#events.working?.(dir);
        const recall = recalls.get(analysis);
        if (phase === "load") {
          const facts = recall === undefined ? undefined : await breath.through(recall.finding(dir));
          known.set(dir, facts);
          if (facts === undefined) analysis.load(dir);
        } else if (known.get(dir) !== undefined) analysis.adopt(known.get(dir) ?? []);
        else {
          await breath.through(analysis.lowering(dir));
          if (recall !== undefined) await breath.through(recall.adding(dir));
        }
        progress(++done, all);
        await breath.take();
      }
    }
    this.#analyses = analyses;
    for (const analysis of analyses) for (const problem of analysis.problems) this.#events.problem(problem);
    await this.#publish();
    // What cannot be kept is worked out again.
    this.#keeping = this.#keep(recalls, work, stop).catch(() => undefined);
    return this.#report(analyses, began, false);
  }

  /** What is known of the directories from before, by analysis. */
  #recalls(analyses: readonly Analysis[], work: readonly Work[]): Map<Analysis, Recall> {
    const store = this.#store;
    if (store === undefined) return new Map();
    return new Map(analyses.map((one) => [one, new Recall(one, this.#keys(one, work), store)]));
  }

  /** Keeps what was worked out for the next scan, in whatever time is left. */
  async #keep(recalls: ReadonlyMap<Analysis, Recall>, work: readonly Work[], stop: () => boolean): Promise<void> {
    const go = async () => {
      do await new Promise((resolve) => setTimeout(resolve, rest));
      while ((this.#behind !== undefined || performance.now() - this.#edited < quiet) && !stop());
      return !stop();
    };
    for (const [analysis, recall] of recalls) await recall.keep(go, this.#keys(analysis, work));
  }

  #keys(analysis: Analysis, work: readonly Work[]): PackageKeys {
    const sources = new Set(work.flatMap((one) => (one.analysis === analysis ? [one.dir] : [])));
    const { includeTests: tests, library } = this.#configuration;
    const base = { files: this.#files, workspace: analysis.workspace, build: this.#build, tests, sources };
    const { packages } = analysis;
    return new PackageKeys({ ...base, packages, program: this.#store?.program ?? "", library });
  }

  #made(): Analysis[] {
    const { includeTests: tests, library } = this.#configuration;
    const options = { files: this.#files, toolchain: this.#toolchain, build: this.#build, tests };
    const roots = this.#scope === "paused" ? [] : this.#roots();
    return roots.map((dir) => new Analysis({ ...options, library: { lines: library, place: "maprace.library" } }, dir));
  }

  /** The directories that the scope holds. */
  async #selected(analyses: readonly Analysis[], breath: Breath, stop: () => boolean) {
    const all = analyses.flatMap((analysis) => analysis.expand(["./..."]).map((dir) => ({ analysis, dir })));
    let held = this.#openDirectories();
    if (this.#scope === "changed") {
      this.#dependents = new Dependents();
      for (const { analysis, dir } of all) {
        if (stop()) break;
        this.#dependents.read(this.#files, analysis.workspace, dir);
        await breath.take();
      }
      held = this.#dependents.with([...held, ...this.#changed]);
    }
    const work = this.#scope === "full" ? all : all.filter(({ dir }) => held.has(dir));
    this.#skipped = all.length - work.length;
    return work;
  }

  #report(analyses: readonly Analysis[], began: number, cancelled: boolean): ScanReport {
    this.#events.working?.("");
    const counts: Counts = { files: 0, packages: 0, functions: 0, bytes: 0 };
    for (const { counts: one } of analyses) {
      counts.files += one.files;
      counts.packages += one.packages;
      counts.functions += one.functions;
      counts.bytes += one.bytes;
    }
    const seconds = (performance.now() - began) / 1000;
    return { ...counts, findings: this.#findings.length, seconds, cancelled };
  }

  /** The folder itself, and modules below it that its own patterns leave out. */
  #roots(): string[] {
    const roots: string[] = [];
    const top = new Analysis(
      { files: this.#files, toolchain: this.#toolchain, build: this.#build, tests: false },
      this.root,
    );
    const covered = top.workspace.modules.map((one) => one.dir);
    const visit = (dir: string, depth: number) => {
      if (dir !== this.root && !covered.includes(dir) && this.#files.kind(join(dir, "go.mod")) === "file")
        roots.push(dir);
      if (depth >= 5) return;
      for (const entry of this.#files.list(dir) ?? []) {
        if (entry.kind !== "directory" || /^[._]|^(node_modules|vendor|testdata)$/.test(entry.name)) continue;
        visit(join(dir, entry.name), depth + 1);
      }
    };
    visit(this.root, 0);
    const ownGo =
      covered.some((dir) => within(dir, this.root) || within(this.root, dir)) && top.expand(["./..."]).length > 0;
    return ownGo || roots.length === 0 ? [this.root, ...roots] : roots;
  }

  /** A file's content changed, or it was only opened or closed; findings follow after the delay without further changes. */
  changed(path: string, edited = true): void {
    this.#edited = performance.now();
    this.#dirty.add(path);
    if (edited) this.#changed.add(dirname(path));
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.flush(), this.#configuration.delay);
  }

  /** Brings findings up to date with everything that changed. What is being done for an earlier state is given up. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    // Who types without a pause sees findings, too.
    if (performance.now() - (this.#behind ?? Number.POSITIVE_INFINITY) > patience) await this.#publishing;
    this.#takes++;
    this.#taking = this.#taking.catch(() => undefined).then(() => this.#take());
    try {
      await this.#taking;
    } finally {
      this.#takes--;
    }
    if (this.#takes === 0 && this.#behind !== undefined) await this.#publish();
  }

  async #take(): Promise<void> {
    // A scan that has begun may have read a file before it changed: its change is taken after it.
    for (let seen: Promise<unknown> | undefined; seen !== this.#scanning; ) {
      seen = this.#scanning;
      // Who asked for the scan is told when it fails.
      await seen?.catch(() => undefined);
    }
    // What is being worked out may not go on with half of the changes.
    this.#turn++;
    const byDir = new Map<string, string[]>();
    for (const path of this.#dirty) byDir.set(dirname(path), [...(byDir.get(dirname(path)) ?? []), path]);
    this.#dirty.clear();
    const breath = new Breath();
    for (const [dir, [only = "", ...more]] of byDir) {
      this.#events.working?.(only);
      for (const analysis of this.#analyses) {
        if (!this.#wants(analysis, dir)) continue;
        const any = more.length === 0 ? analysis.update(only) : analysis.updateDirectory(dir);
        if (any) this.#behind ??= performance.now();
        if (any) await this.#addDependents(analysis, dir, breath);
      }
      await breath.take();
    }
  }

  /** Does the scope hold a directory in which something changed? */
  #wants(analysis: Analysis, dir: string): boolean {
    return this.#scope !== "open" || analysis.directories.includes(dir) || this.#openDirectories().has(dir);
  }

  /** Where only changed packages are analysed, those that import one that changed now come to them. */
  async #addDependents(analysis: Analysis, dir: string, breath: Breath): Promise<void> {
    if (this.#scope !== "changed") return;
    const loaded = new Set(analysis.directories);
    for (const one of this.#dependents.with([dir])) {
      if (!loaded.has(one)) analysis.updateDirectory(one);
      await breath.take();
    }
  }

  #publish(): Promise<boolean> {
    this.#behind ??= performance.now();
    this.#publishing = this.#settle(++this.#turn);
    return this.#publishing;
  }

  /** False where a later state is being worked on instead. */
  async #settle(turn: number): Promise<boolean> {
    const breath = new Breath();
    for (const analysis of this.#analyses) {
      for (const _ of analysis.settling()) {
        await breath.take();
        if (turn !== this.#turn) return false;
      }
    }
    this.#behind = undefined;
    this.#events.working?.("");
    this.#show();
    return true;
  }

  #show(): void {
    const evidence = { verdicts: this.#verdicts, hot: this.#hot, now: Date.now() };
    const judged = this.#analyses.map((analysis) => {
      const findings = analysis.settled();
      return { analysis, ...judge(findings, analysis.suppressed, evidence) };
    });
    this.#silenced = judged.flatMap(({ silenced }) => silenced);
    this.#findings = judged.flatMap(({ analysis, shown }) => shown.filter((one) => this.#isShown(one, analysis)));
    this.#events.findings(
      this.#findings,
      this.#analyses.flatMap((analysis) => analysis.remarks),
    );
  }

  /** Do the settings in force show a finding? */
  #isShown({ confidence, primary }: Finding, analysis: Analysis): boolean {
    const { minConfidence, exclude, includeGenerated } = this.#configuration;
    const { path } = primary.location;
    const order: readonly string[] = confidences;
    if (order.indexOf(confidence) < order.indexOf(minConfidence)) return false;
    if (!includeGenerated && analysis.sources.isGenerated(path)) return false;
    const inside = relative(this.root, path);
    return !exclude.some(
      (prefix) => inside === prefix || inside.startsWith(prefix.endsWith("/") ? prefix : `${prefix}/`),
    );
  }

  /** Does a path belong to this folder? */
  holds(path: string): boolean {
    return (
      within(this.root, path) ||
      this.#analyses.some((one) => one.sources.knows(path) || one.sources.knows(join(dirname(path), "go.mod")))
    );
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#generation++;
    this.#turn++;
  }
}
