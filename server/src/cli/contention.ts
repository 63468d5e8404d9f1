import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as joinPath } from "node:path";
import type { ContentionView } from "../../../common/src/contention.ts";
import type { CollectOptions, TestTarget } from "../../../common/src/plan/collect.ts";
import { ArgumentError } from "../../../common/src/plan/test-names.ts";
import {
  Cancelled,
  CollectError,
  type Collected,
  collectTests,
  type Toolbox,
  testedPackages,
} from "../../../common/src/run/collect.ts";
import { RunStore } from "../../../common/src/run/store.ts";
import { namedFile, type RunRecord } from "../../../common/src/runs.ts";
import { dirname, join, relative } from "../base/paths.ts";
import { finish } from "../base/steps.ts";
import { Analysis } from "../engine/analysis.ts";
import { Profiling } from "../engine/profiling.ts";
import { decodeRun, modifiedTime } from "../host/decoding.ts";
import { disk } from "../host/disk.ts";
import { buildContext, findToolchain } from "../host/toolchain.ts";
import type { Output } from "./scan.ts";

const keptRuns = 20;

export interface ContentionOptions {
  readonly dir: string;
  /** Profiles that are there already; else `run` is collected. */
  readonly files: readonly string[];
  /** A package pattern; its tests or benchmarks are run. */
  readonly run: string | undefined;
  readonly what: "test" | "bench";
  /** Regular expression of `go test`. */
  readonly pattern: string;
  readonly collect: CollectOptions;
  readonly json: boolean;
  readonly quiet: boolean;
  /** Keep the run in `.maprace/runs`, where the editor finds it. */
  readonly save: boolean;
  /** Call sites a lock shows. */
  readonly count: number;
}

/** `maprace profile --contention` and `--run`: waits by lock and call site, the same numbers as in the editor. */
export async function runContention(options: ContentionOptions, output: Output): Promise<number> {
  const scratch = mkdtempSync(joinPath(tmpdir(), "maprace-run-"));
  try {
    const record = await recordOf(options, scratch, output);
    const decoded = decodeRun({ ...record, pairs: [] });
    const noted = { ...record, notes: [...record.notes, ...decoded.notes] };
    const { view, anchors } = place(noted, decoded, options.dir);
    if (options.save) await save(record, anchors, options.dir, output);
    output.out(options.json ? `${JSON.stringify(view)}\n` : table(view, options));
    return 0;
  } catch (error) {
    if (error instanceof Cancelled) return 130;
    if (!(error instanceof CollectError || error instanceof ArgumentError)) throw error;
    output.err(`maprace: ${error.message}\n`);
    return 2;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function recordOf(options: ContentionOptions, scratch: string, output: Output): Promise<RunRecord> {
  if (options.run === undefined) {
    const label = options.files.map((path) => path.slice(path.lastIndexOf("/") + 1)).join(", ");
    const files = options.files.map(namedFile);
    const times = options.files.map((path) => modifiedTime(path) ?? 0);
    return { id: "files", label, time: Math.max(...times), seconds: 0, command: "", files, notes: [], ratesSet: false };
  }
  const { run } = options;
  const collected = await interruptible((signal) => collect(options, run, scratch, signal, output));
  const label = `${options.what === "bench" ? "benchmarks" : "tests"} ${options.pattern} of ${run}`;
  return { id: "run", label, time: Date.now(), ratesSet: true, ...collected };
}

async function save(record: RunRecord, anchors: string, dir: string, output: Output): Promise<void> {
  const store = new RunStore(joinPath(dir, ".maprace", "runs"));
  const { id } = await store.create();
  await store.save({ ...record, id });
  await store.write(id, "anchors.json", anchors);
  await store.prune(keptRuns);
  output.err(`maprace: the run is kept in ${joinPath(dir, ".maprace", "runs", id)}\n`);
}

async function collect(
  options: ContentionOptions,
  run: string,
  scratch: string,
  signal: AbortSignal,
  output: Output,
): Promise<Collected> {
  const say = (text: string) => {
    if (!options.quiet) output.err(text);
  };
  const tools: Toolbox = {
    go: "go",
    env: process.env,
    signal,
    log: (text) => {
      if (text.startsWith("$ ")) say(`maprace: runs ${text.slice(2)}`);
    },
    progress: () => undefined,
  };
  const packages = await testedPackages(options.dir, run, options.collect, tools);
  if (packages.length === 0) throw new CollectError(`${run}: no package with tests`);
  const targets = packages.map(
    (name): TestTarget => ({
      what: options.what,
      dir: options.dir,
      package: name,
      name: options.pattern,
      exact: false,
    }),
  );
  return collectTests(targets, options.collect, scratch, tools);
}

/** Ctrl+C ends what was started, then us. */
async function interruptible<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const stop = () => controller.abort();
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  try {
    return await run(controller.signal);
  } finally {
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
  }
}

/** Joins a run with the sources of its packages. */
function place(
  record: RunRecord,
  decoded: Parameters<Profiling["load"]>[1],
  dir: string,
): { view: ContentionView; anchors: string } {
  const toolchain = findToolchain(disk, process.env);
  const build = buildContext(disk, toolchain, process.env, []);
  const analysis = new Analysis({ files: disk, toolchain, build, tests: true }, dir);
  let findings: ReturnType<Analysis["findings"]> = [];
  const profiling = new Profiling({
    files: disk,
    stored: disk,
    locale: "en",
    modified: modifiedTime,
    analyses: () => [analysis],
    findings: () => findings,
    now: () => Date.now(),
  });
  const anchors = JSON.stringify(profiling.load(record, decoded, {}));
  profiling.show([record.id], undefined);
  const first = profiling.view();
  const paths = first.locks.flatMap((lock) => lock.sites.map((site) => site.path)).filter((path) => path !== undefined);
  const dirs = [...new Set(paths.map(dirname))].filter((one) => analysis.workspace.moduleOf(one) !== undefined);
  for (const one of dirs) analysis.load(one);
  for (const one of dirs) finish(analysis.lowering(one));
  findings = analysis.findings();
  profiling.sourcesChanged();
  return { view: relativeView(profiling.view(), dir, findings), anchors };
}

/** Paths from the directory, findings by place: what every output prints. */
function relativeView(view: ContentionView, dir: string, findings: ReturnType<Analysis["findings"]>): ContentionView {
  const known = new Map(
    findings.map(({ fingerprint, rule, primary: { location } }) => [
      fingerprint,
      `${rule} ${relative(dir, location.path)}:${location.line}`,
    ]),
  );
  return {
    ...view,
    locks: view.locks.map((lock) => ({
      ...lock,
      sites: lock.sites.map((site) => ({
        ...site,
        path: site.path === undefined ? undefined : relative(join(dir), site.path),
      })),
      guards: lock.guards.map(({ map, findings: ids }) => ({ map, findings: ids.map((id) => known.get(id) ?? id) })),
    })),
  };
}

function table(view: ContentionView, options: ContentionOptions): string {
  const out = [`contention: ${view.title}`];
  for (const note of view.notes) out.push(`  note: ${note}`);
  if (view.locks.length === 0) out.push("  no waits for locks were recorded");
  for (const lock of view.locks.filter((one) => one.heat >= 0.001 || view.locks.length < 4)) {
    out.push("", `${lock.name}: ${lock.text}`);
    for (const { map, findings } of lock.guards)
      out.push(`  guards ${map}${findings.length === 0 ? "" : `, which has findings: ${findings.join(", ")}`}`);
    for (const hint of lock.hints) out.push(`  ${hint}`);
    for (const site of lock.sites.slice(0, options.count)) {
      const place = `${site.path ?? site.file}:${site.line}${site.state === "unsure" ? " (file is newer)" : ""}`;
      out.push(`  ${place} ${site.operation}`, `      ${site.text}`);
    }
    if (lock.sites.length > options.count) out.push(`  and ${lock.sites.length - options.count} more call sites`);
  }
  return `${out.join("\n")}\n`;
}
