import type { Location } from "../finding.ts";
import { exactly, packageArgument } from "./test-names.ts";

/** How tests and programs are built for a verification. */
export interface BuildFlags {
  readonly tags: readonly string[];
}

/** A package that may run the accesses of a finding. */
export interface Candidate {
  readonly dir: string;
  readonly importPath: string;
  readonly main: boolean;
  readonly tests: boolean;
  /** Of Go itself or of a dependency, not of the modules worked on. */
  readonly foreign: boolean;
}

const described =
  "{{.Dir}}\t{{.ImportPath}}\t{{.Name}}\t{{if or .TestGoFiles .XTestGoFiles}}tests{{end}}\t{{if .Standard}}foreign{{else if .Module}}{{if not .Module.Main}}foreign{{end}}{{end}}";

/** `go list` for one directory: import path, package name, and whether there are tests, separated by tabs. */
export function describePackage({ tags }: BuildFlags): string[] {
  const format = described;
  return ["list", "-e", ...tagFlag(tags), `-f=${format}`, "."];
}

/** `go list` for packages of a module that import one of some packages, in their tests too. */
export function listImporters({ tags }: BuildFlags): string[] {
  const format = `${described}\t{{range .Imports}}{{.}} {{end}}{{range .TestImports}}{{.}} {{end}}{{range .XTestImports}}{{.}} {{end}}`;
  return ["list", "-e", ...tagFlag(tags), `-f=${format}`, "./..."];
}

/** A line of either list; undefined for what is no package. */
export function readCandidate(line: string): (Candidate & { readonly imports: readonly string[] }) | undefined {
  const [dir = "", importPath = "", name = "", tests = "", foreign = "", imports = ""] = line.split("\t");
  if (dir === "" || importPath === "") return undefined;
  return {
    dir,
    importPath,
    main: name === "main",
    tests: tests === "tests",
    foreign: foreign !== "",
    imports: imports.split(" "),
  };
}

/** Builds the tests of the package in the working directory. */
export function testBuild(
  what: { readonly race: boolean; readonly cover: readonly string[]; readonly overlay?: string },
  out: string,
  { tags }: BuildFlags,
): string[] {
  return [
    "test",
    "-c",
    "-vet=off",
    ...(what.race ? ["-race"] : []),
    ...(what.cover.length > 0 ? ["-cover", `-coverpkg=${what.cover.map(packageArgument).join(",")}`] : []),
    ...(what.overlay === undefined ? [] : [`-overlay=${what.overlay}`]),
    ...tagFlag(tags),
    `-o=${out}`,
    ".",
  ];
}

export function programBuild(race: boolean, out: string, { tags }: BuildFlags): string[] {
  return ["build", ...(race ? ["-race"] : []), ...tagFlag(tags), `-o=${out}`, "."];
}

/** Builds a package for what the compiler says of escaping values. */
export function escapeBuild(tests: boolean, out: string, { tags }: BuildFlags): string[] {
  return [...(tests ? ["test", "-c", "-vet=off"] : ["build"]), "-gcflags=-m=2", ...tagFlag(tags), `-o=${out}`, "."];
}

/** Builds a package for the calls its machine code makes. */
export function assemblyBuild(tests: boolean, out: string, { tags }: BuildFlags): string[] {
  return [...(tests ? ["test", "-c", "-vet=off"] : ["build"]), "-gcflags=-S", ...tagFlag(tags), `-o=${out}`, "."];
}

/** Builds for a debugger: the packages to look into are not optimised. */
export function debugBuild(tests: boolean, packages: readonly string[], out: string, { tags }: BuildFlags): string[] {
  const flags = packages.map((path) => `-gcflags=${packageArgument(path)}=-N -l`);
  return [...(tests ? ["test", "-c", "-vet=off"] : ["build"]), ...flags, ...tagFlag(tags), `-o=${out}`, "."];
}

function tagFlag(tags: readonly string[]): string[] {
  return tags.length === 0 ? [] : [`-tags=${tags.join(",")}`];
}

/** What is run: tests with examples and fuzz seeds, or benchmarks. */
export interface TestChoice {
  readonly tests: readonly string[];
  readonly benchmarks: readonly string[];
}

/** Names of `-test.list`, sorted by what runs them. */
export function readTestList(text: string): TestChoice {
  const names = text.split("\n").filter((line) => /^(Test|Example|Fuzz|Benchmark)\w*$/.test(line));
  return {
    tests: names.filter((name) => !name.startsWith("Benchmark")),
    benchmarks: names.filter((name) => name.startsWith("Benchmark")),
  };
}

/** How often tests run in each round; a pair that meets once in a hundred runs needs the last. */
export const rounds = [1, 20, 200] as const;

/** Arguments of a test binary for one round. `seconds` ends a test that hangs. */
export function roundFlags(choice: TestChoice, count: number, cpus: readonly number[], seconds: number): string[] {
  return [
    `-test.run=${pattern(choice.tests)}`,
    ...(choice.benchmarks.length === 0 ? [] : [`-test.bench=${pattern(choice.benchmarks)}`, "-test.benchtime=100x"]),
    `-test.cpu=${cpus.join(",")}`,
    `-test.count=${count}`,
    `-test.timeout=${Math.max(1, Math.ceil(seconds))}s`,
  ];
}

/** Arguments that run one test alone and write what it covers. */
export function coverFlags(name: string, profile: string): string[] {
  const bench = name.startsWith("Benchmark");
  return [
    `-test.run=${bench ? "^$" : exactly(name)}`,
    ...(bench ? [`-test.bench=${exactly(name)}`, "-test.benchtime=1x"] : []),
    `-test.coverprofile=${profile}`,
    "-test.timeout=20s",
  ];
}

function pattern(names: readonly string[]): string {
  return names.length === 0 ? "^$" : `^(${names.join("|")})$`;
}

/** An access as coverage names it: import path and file name. */
export interface CoverSite {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export function coverSite(location: Location, importPath: string): CoverSite {
  const name = location.path.slice(location.path.lastIndexOf("/") + 1);
  return { file: `${importPath}/${name}`, line: location.line, column: location.column };
}

const block = /^(.+):(\d+)\.(\d+),(\d+)\.(\d+) \d+ (\d+)$/;

/** Which of the sites a coverage profile says were run: the innermost block around each counts. */
export function covered(profile: string, sites: readonly CoverSite[]): boolean[] {
  const best = sites.map(() => ({ size: Number.POSITIVE_INFINITY, hit: false }));
  for (const text of profile.split("\n")) {
    const found = block.exec(text);
    if (found === null) continue;
    const [l0 = 0, c0 = 0, l1 = 0, c1 = 0, hits = 0] = found.slice(2).map(Number);
    for (const [index, { file, line, column }] of sites.entries()) {
      const state = best[index];
      if (state === undefined || found[1] !== file) continue;
      const inside = (line > l0 || (line === l0 && column >= c0)) && (line < l1 || (line === l1 && column <= c1));
      const size = (l1 - l0) * 10_000 + (c1 - c0);
      if (!inside || size > state.size) continue;
      best[index] = { size, hit: hits > 0 || (size === state.size && state.hit) };
    }
  }
  return best.map(({ hit }) => hit);
}
