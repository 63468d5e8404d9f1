import { confidences, type Finding } from "../../../common/src/finding.ts";
import type { Configuration } from "../../../common/src/settings.ts";
import { judge } from "../../../common/src/verdicts/judge.ts";
import type { Verdict } from "../../../common/src/verdicts/verdict.ts";
import type { OverlayFiles } from "../base/overlay.ts";
import { dirname, join, relative, within } from "../base/paths.ts";
import type { DirectiveRemark } from "../checks/suppression.ts";
import type { BuildContext } from "../packages/constraints.ts";
import type { Problem, Toolchain } from "../packages/workspace.ts";
import { Analysis, type Counts } from "./analysis.ts";

/** What a session tells its owner. */
export interface SessionEvents {
  /** `remarks`: what is wrong with directives that suppress findings. */
  findings(findings: readonly Finding[], remarks: readonly DirectiveRemark[]): void;
  problem(problem: Problem): void;
}

/** A scan's outcome; `cancelled` when it was stopped half way. */
export interface ScanReport extends Counts {
  readonly findings: number;
  readonly seconds: number;
  readonly cancelled: boolean;
}

/** The protocol gets a turn after this many milliseconds of work. */
const slice = 8;
/** Work that edits have put off for this many milliseconds is done before the next of them is taken. */
const patience = 3000;

/** One workspace folder: scans it, follows edits, and says what is found. */
export class Session {
  readonly root: string;
  readonly #files: OverlayFiles;
  readonly #events: SessionEvents;
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
  #timer: NodeJS.Timeout | undefined;
  #scanning: Promise<ScanReport> | undefined;
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
    files: OverlayFiles,
    toolchain: Toolchain,
    build: BuildContext,
    configuration: Configuration,
    events: SessionEvents,
  ) {
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

  /** An analysis that knows a file, for hovers and fixes. */
  analysisOf(path: string): Analysis | undefined {
    return this.#analyses.find((one) => one.knows(path));
  }

  configure(toolchain: Toolchain, build: BuildContext, configuration: Configuration): void {
    this.#toolchain = toolchain;
    this.#build = build;
    this.#configuration = configuration;
  }

  /** Reads the whole folder anew. A scan that is still running is abandoned. */
  scan(progress: (done: number, all: number) => void, cancelled: () => boolean): Promise<ScanReport> {
    const generation = ++this.#generation;
    const stop = () => cancelled() || generation !== this.#generation;
    this.#scanning = this.#scan(progress, stop);
    return this.#scanning;
  }

  async #scan(progress: (done: number, all: number) => void, stop: () => boolean): Promise<ScanReport> {
    const began = performance.now();
    const analyses = this.#roots().map(
      (dir) =>
        new Analysis(
          {
            files: this.#files,
            toolchain: this.#toolchain,
            build: this.#build,
            tests: this.#configuration.includeTests,
            library: { lines: this.#configuration.library, place: "maprace.library" },
          },
          dir,
        ),
    );
    const work = analyses.flatMap((analysis) => analysis.expand(["./..."]).map((dir) => ({ analysis, dir })));
    const all = work.length * 2;
    let done = 0;
    const breath = new Breath();
    for (const phase of ["load", "lower"] as const) {
      for (const { analysis, dir } of work) {
        if (stop()) return this.#report(analyses, began, true);
        if (phase === "load") analysis.load(dir);
        else for (const _ of analysis.lowering(dir)) await breath.take();
        progress(++done, all);
        await breath.take();
      }
    }
    this.#analyses = analyses;
    for (const analysis of analyses) for (const problem of analysis.problems) this.#events.problem(problem);
    await this.#publish();
    return this.#report(analyses, began, false);
  }

  #report(analyses: readonly Analysis[], began: number, cancelled: boolean): ScanReport {
    const counts: Counts = { files: 0, packages: 0, functions: 0, bytes: 0 };
    for (const { counts: one } of analyses) {
      counts.files += one.files;
      counts.packages += one.packages;
      counts.functions += one.functions;
      counts.bytes += one.bytes;
    }
    return { ...counts, findings: this.#findings.length, seconds: (performance.now() - began) / 1000, cancelled };
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

  /** A file's content changed; findings follow after the delay without further changes. */
  changed(path: string): void {
    this.#dirty.add(path);
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
      for (const analysis of this.#analyses) {
        const any = more.length === 0 ? analysis.update(only) : analysis.updateDirectory(dir);
        if (any) this.#behind ??= performance.now();
      }
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
    if (!includeGenerated && analysis.isGenerated(path)) return false;
    const inside = relative(this.root, path);
    return !exclude.some(
      (prefix) => inside === prefix || inside.startsWith(prefix.endsWith("/") ? prefix : `${prefix}/`),
    );
  }

  /** Does a path belong to this folder? */
  holds(path: string): boolean {
    return (
      within(this.root, path) ||
      this.#analyses.some((one) => one.knows(path) || one.knows(join(dirname(path), "go.mod")))
    );
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#generation++;
    this.#turn++;
  }
}

/** Lets other events run once enough time has passed since they last could. */
class Breath {
  #last = performance.now();

  async take(): Promise<void> {
    if (performance.now() - this.#last < slice) return;
    await new Promise((resolve) => setImmediate(resolve));
    this.#last = performance.now();
  }
}
