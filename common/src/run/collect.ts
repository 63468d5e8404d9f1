import { mkdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { CollectOptions, Job, TestTarget } from "../plan/collect.ts";
import { listTestedPackages, testJob } from "../plan/collect.ts";
import type { RunFile } from "../runs.ts";
import { type Outcome, runProcess } from "./process.ts";

/** How jobs are run: which Go, in which environment, and who is told. */
export interface Toolbox {
  readonly go: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  /** The exact argument vector before it runs, then the tools' own output. */
  readonly log: (text: string) => void;
  readonly progress: (text: string) => void;
}

/** What collecting ended with. */
export interface Collected {
  readonly files: readonly RunFile[];
  readonly command: string;
  readonly notes: readonly string[];
  readonly seconds: number;
}

/** A tool failed; the message holds its own words. */
export class CollectError extends Error {}

/** The user stopped it. */
export class Cancelled extends Error {
  constructor() {
    super("cancelled");
  }
}

/** Runs tests or benchmarks of each target, one package at a time, as profile flags require. */
export async function collectTests(
  targets: readonly TestTarget[],
  options: CollectOptions,
  dir: string,
  tools: Toolbox,
): Promise<Collected> {
  const began = performance.now();
  const files: RunFile[] = [];
  const notes: string[] = [];
  const commands: string[] = [];
  for (const [index, target] of targets.entries()) {
    const out = join(dir, String(index));
    await mkdir(out, { recursive: true });
    const job = testJob(target, options, out);
    commands.push(commandLine(tools.go, job));
    tools.progress(targets.length === 1 ? target.package : `${target.package} (${index + 1}/${targets.length})`);
    const outcome = await runJob(job, tools);
    await rm(join(out, "test.bin"), { force: true });
    await rm(join(out, "test.bin.exe"), { force: true });
    const made = await existing(job.outputs);
    if (outcome.code !== 0) {
      // Profiles of a failed test are real all the same; a build that failed leaves none.
      if (made.length === 0 && targets.length === 1) throw new CollectError(toolText(outcome, tools.go));
      notes.push(`${target.package}: ${lastLines(outcome.tail)}`);
    } else if (/no tests to run|\[no test files\]/.test(outcome.tail) || ranNothing(target, outcome)) {
      notes.push(`${target.package}: nothing ran, no ${target.what === "bench" ? "benchmark" : "test"} matches`);
    }
    files.push(...made);
  }
  if (files.length === 0) throw new CollectError(notes.join("\n") || "no profile was written");
  return { files, command: commands.join("\n"), notes, seconds: (performance.now() - began) / 1000 };
}

/** A benchmark prints a line of its own; a pattern that matches none is silent. */
function ranNothing(target: TestTarget, { tail }: Outcome): boolean {
  return target.what === "bench" && !/^Benchmark\S*\s/m.test(tail);
}

/** Packages with tests below a pattern, as `go list` names them. */
export async function testedPackages(
  dir: string,
  pattern: string,
  options: Pick<CollectOptions, "tags">,
  tools: Toolbox,
): Promise<string[]> {
  const args = listTestedPackages(pattern, options.tags);
  const outcome = await runJob({ args, cwd: dir, outputs: [] }, tools);
  if (outcome.code !== 0) throw new CollectError(toolText(outcome, tools.go));
  return outcome.stdout.split("\n").filter((line) => line !== "");
}

/** Runs one job to its end. Throws `Cancelled`, or `CollectError` where the program cannot be started. */
export async function runJob(job: Job, tools: Toolbox): Promise<Outcome> {
  tools.log(`$ ${commandLine(tools.go, job)}\n`);
  const { go: program, env, signal, log } = tools;
  const outcome = await runProcess({ program, args: job.args, cwd: job.cwd, env, signal, onOutput: log });
  if (outcome.cancelled) throw new Cancelled();
  if (outcome.error !== undefined) throw new CollectError(`${program}: ${outcome.error}`);
  return outcome;
}

export async function existing(files: readonly RunFile[]): Promise<RunFile[]> {
  const sizes = await Promise.all(
    files.map(({ path }) =>
      stat(path).then(
        (one) => one.size,
        () => 0,
      ),
    ),
  );
  return files.filter((_, index) => (sizes[index] ?? 0) > 0);
}

/** For people to read; arguments with blanks are quoted. */
export function commandLine(program: string, job: Job): string {
  const shown = [program, ...job.args].map((arg) =>
    /^[\w@%+=:,./^$-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", "'\\''")}'`,
  );
  return shown.join(" ");
}

export function toolText(outcome: Outcome, program: string): string {
  const text = lastLines(outcome.tail);
  return text === "" ? `${program} ended with ${outcome.code ?? "a signal"}` : text;
}

function lastLines(text: string): string {
  return text.trim().split("\n").slice(-30).join("\n");
}
