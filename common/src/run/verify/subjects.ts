import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Finding } from "../../finding.ts";
import {
  type Candidate,
  type CoverSite,
  covered,
  coverFlags,
  coverSite,
  debugBuild,
  programBuild,
  readTestList,
  roundFlags,
  type TestChoice,
  testBuild,
} from "../../plan/verify.ts";
import { CollectError, runJob, type Toolbox, toolText } from "../collect.ts";
import { runProcess } from "../process.ts";
import { drive } from "./drive.ts";
import type { Hunt } from "./hunt.ts";

/** Something that runs the accesses of a finding, built and ready. */
export interface Subject {
  /** `TestCache, TestLoad in example.com/shop/store` */
  readonly label: string;
  /** Runs it `count` times within `seconds`. */
  run(hunt: Hunt, count: number, seconds: number): Promise<void>;
  /** Builds it for a debugger, `packages` unoptimised. */
  debug(packages: readonly Candidate[]): Promise<DebugTarget>;
}

/** A binary that a debugger starts. */
export interface DebugTarget {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
}

/** Where subjects are built, and how. */
export interface Workshop {
  readonly dir: string;
  readonly race: boolean;
  readonly tags: readonly string[];
  /** Arguments of programs. */
  readonly args: readonly string[];
  readonly tools: Toolbox;
}

const suffix = process.platform === "win32" ? ".exe" : "";
/** With more processors than these the detector found nothing more. */
const cpus = [2, 4, 8] as const;
/** Tests that run together, the fastest of those that run both accesses. */
const maxTests = 8;

/** The tests of a package that run both accesses, built; undefined where none does. Throws `CollectError`. */
export async function testSubject(
  finding: Finding,
  candidate: Candidate,
  sites: readonly Candidate[],
  seconds: number,
  shop: Workshop,
): Promise<Subject | undefined> {
  const { dir, importPath } = candidate;
  const choice = await choose(finding, candidate, sites, seconds, shop);
  if (choice.tests.length + choice.benchmarks.length === 0) return undefined;
  const binary = join(shop.dir, `test-${shop.race ? "race" : "plain"}-${importPath.replace(/\W/g, "_")}${suffix}`);
  shop.tools.progress(`building ${importPath}`);
  await build(testBuild({ race: shop.race, cover: [] }, binary, shop), dir, shop.tools);
  const names = [...choice.tests, ...choice.benchmarks];
  const shown = names.length <= 3 ? names.join(", ") : `${names.slice(0, 3).join(", ")} and ${names.length - 3} more`;
  return {
    label: `${shown} in ${importPath}`,
    debug: async (packages) => ({
      program: await debuggable(true, importPath, dir, packages, shop),
      args: roundFlags(choice, 1, [2], 60),
      cwd: dir,
    }),
    run: async (hunt, count, left) => {
      const args = roundFlags(choice, count, cpus, left);
      await hunt.execute({
        program: binary,
        args,
        cwd: dir,
        race: shop.race,
        runs: count * cpus.length,
        seconds: left,
      });
    },
  };
}

/** Runs each test alone and keeps those that run both accesses; those that run one each where none does. */
async function choose(
  finding: Finding,
  { dir, importPath }: Candidate,
  known: readonly Candidate[],
  seconds: number,
  shop: Workshop,
): Promise<TestChoice> {
  const { tools } = shop;
  const binary = join(shop.dir, `cover-${importPath.replace(/\W/g, "_")}${suffix}`);
  const sites = coverSites(finding, known);
  const cover = [...new Set(sites.map(({ file }) => file.slice(0, file.lastIndexOf("/"))))];
  tools.progress(`looking for tests of ${importPath}`);
  await build(testBuild({ race: false, cover }, binary, shop), dir, tools);
  const listed = await runProcess({
    program: binary,
    args: ["-test.list=."],
    cwd: dir,
    env: tools.env,
    signal: tools.signal,
    timeout: 20_000,
  });
  const all = readTestList(listed.stdout);
  const names = [...all.tests, ...all.benchmarks];
  // Accesses in test files have no coverage; which test runs them is left to the detector.
  if (sites.length < 2) return all;
  const both: Timed[] = [];
  const some: Timed[] = [];
  const until = performance.now() + seconds * 1000;
  for (const [index, name] of names.entries()) {
    if (performance.now() > until) break;
    tools.progress(`which tests run both accesses: ${index + 1} of ${names.length}`);
    const began = performance.now();
    const hits = covered(await coverageOf(binary, dir, name, shop), sites);
    const timed = { name, milliseconds: performance.now() - began };
    if (hits.every(Boolean)) both.push(timed);
    else if (hits.some(Boolean)) some.push(timed);
  }
  await rm(binary, { force: true });
  tools.log(
    `# ${both.length} of ${names.length} tests of ${importPath} run both accesses, ${some.length} one of them\n`,
  );
  const kept = new Set(fastest(both.length > 0 ? both : some));
  return {
    tests: all.tests.filter((name) => kept.has(name)),
    benchmarks: all.benchmarks.filter((name) => kept.has(name)),
  };
}

interface Timed {
  readonly name: string;
  readonly milliseconds: number;
}

/** Many runs of a few fast tests show more than one run of all: a round of slow ones takes the whole budget. */
function fastest(tests: readonly Timed[]): string[] {
  const sorted = [...tests].sort((a, b) => a.milliseconds - b.milliseconds);
  return sorted.slice(0, maxTests).map(({ name }) => name);
}

/** The accesses that coverage can see: those outside of test files. */
function coverSites(finding: Finding, packages: readonly Candidate[]): CoverSite[] {
  return [finding.primary.location, finding.other.location].flatMap((location) => {
    const dir = location.path.slice(0, location.path.lastIndexOf("/"));
    const home = packages.find((one) => one.dir === dir);
    return home === undefined || location.path.endsWith("_test.go") ? [] : [coverSite(location, home.importPath)];
  });
}

async function coverageOf(binary: string, dir: string, name: string, { dir: out, tools }: Workshop): Promise<string> {
  const profile = join(out, "cover.out");
  await rm(profile, { force: true });
  const { env, signal } = tools;
  await runProcess({ program: binary, args: coverFlags(name, profile), cwd: dir, env, signal, timeout: 25_000 });
  return readFile(profile, "utf8").catch(() => "");
}

/** A program of which a bounded run may show the race. Throws `CollectError` where it cannot be built. */
export async function programSubject(finding: Finding, candidate: Candidate, shop: Workshop): Promise<Subject> {
  const { dir, importPath } = candidate;
  const { tools, args, race } = shop;
  const binary = join(shop.dir, `program-${race ? "race" : "plain"}-${importPath.replace(/\W/g, "_")}${suffix}`);
  tools.progress(`building ${importPath}`);
  await build(programBuild(race, binary, shop), dir, tools);
  const paths = await requestPaths(finding);
  return {
    debug: async (packages) => ({ program: await debuggable(false, importPath, dir, packages, shop), args, cwd: dir }),
    label: `program ${importPath}`,
    run: async (hunt, count, left) => {
      const until = performance.now() + left * 1000;
      for (let round = 0; round < count && hunt.proof === undefined && performance.now() < until; round++) {
        const env = { GOMAXPROCS: String(cpus[round % cpus.length] ?? 2) };
        const seconds = Math.min(10, (until - performance.now()) / 1000);
        const stop = new AbortController();
        const onStart = (pid: number) => void drive(pid, paths, stop.signal);
        try {
          await hunt.execute({ program: binary, args, cwd: dir, env, race, runs: 1, seconds, onStart });
        } finally {
          stop.abort();
        }
      }
    },
  };
}

async function debuggable(
  tests: boolean,
  importPath: string,
  dir: string,
  packages: readonly Candidate[],
  shop: Workshop,
): Promise<string> {
  const binary = join(shop.dir, `debug-${importPath.replace(/\W/g, "_")}${suffix}`);
  const paths = [...new Set([importPath, ...packages.map((one) => one.importPath)])];
  await build(debugBuild(tests, paths, binary, shop), dir, shop.tools);
  return binary;
}

/** Paths that the finding's goroutine starts name: `mux.HandleFunc("GET /items/{id}", h)`. */
async function requestPaths(finding: Finding): Promise<string[]> {
  const found = new Set<string>();
  for (const { start } of [finding.primary, finding.other]) {
    if (start === undefined) continue;
    const { path, line, endLine } = start.location;
    const lines = (await readFile(path, "utf8").catch(() => "")).split("\n").slice(line - 1, endLine);
    for (const [, pattern = ""] of lines.join("\n").matchAll(/"(?:[A-Z]+ )?(\/[^"\s]*)"/g))
      found.add(pattern.replace(/\{\$\}$/, "").replace(/\{[^}]*\}|:\w+/g, "1"));
  }
  return found.size === 0 ? ["/"] : [...found];
}

async function build(args: readonly string[], cwd: string, tools: Toolbox): Promise<void> {
  const outcome = await runJob({ args, cwd, outputs: [] }, tools);
  if (outcome.code !== 0) throw new CollectError(toolText(outcome, tools.go));
}
