import type { ProfileKind } from "../contention.ts";
import { type RunFile, runFileName } from "../runs.ts";
import { exactly, packageArgument } from "./test-names.ts";

/** How profiles are collected; from the settings. */
export interface CollectOptions {
  readonly kinds: readonly ProfileKind[];
  /** One of this many contention events is kept; 1 keeps all. */
  readonly mutexFraction: number;
  /** One blocking event is kept per this many nanoseconds blocked; 1 keeps all. */
  readonly blockRate: number;
  readonly benchtime: string;
  /** How often tests run. */
  readonly count: number;
  readonly tags: readonly string[];
  /** Further flags of `go test`, the user's own. */
  readonly flags: readonly string[];
}

/** What is run: tests or benchmarks of one package. */
export interface TestTarget {
  readonly what: "test" | "bench";
  /** Directory from which `package` is understood. */
  readonly dir: string;
  /** An import path or `./pkg`. */
  readonly package: string;
  /** A name with its subtests, or a regular expression where `exact` is false. */
  readonly name: string;
  readonly exact: boolean;
}

/** One process, and what it leaves behind. */
export interface Job {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly outputs: readonly RunFile[];
}

/** Flags of `go test` that write a file. */
const fileFlags: readonly [kind: ProfileKind, flag: string][] = [
  ["mutex", "mutexprofile"],
  ["block", "blockprofile"],
  ["cpu", "cpuprofile"],
  ["trace", "trace"],
];

/** `go test` for one package, its profiles and its binary written to `out` and nothing to the tree. */
export function testJob(target: TestTarget, options: CollectOptions, out: string): Job {
  const pattern = target.exact ? exactly(target.name) : target.name;
  const select =
    target.what === "bench"
      ? ["-run=^$", `-bench=${pattern}`, `-benchtime=${options.benchtime}`]
      : [`-run=${pattern}`, `-count=${options.count}`];
  const kinds = fileFlags.filter(([kind]) => options.kinds.includes(kind));
  const outputs = kinds.map(([kind]): RunFile => ({ kind, path: `${out}/${runFileName(kind)}` }));
  const args = [
    "test",
    ...userFlags(options.flags),
    ...(options.tags.length === 0 ? [] : [`-tags=${options.tags.join(",")}`]),
    ...select,
    `-outputdir=${out}`,
    ...kinds.map(([kind, flag]) => `-${flag}=${runFileName(kind)}`),
    `-mutexprofilefraction=${options.mutexFraction}`,
    `-blockprofilerate=${options.blockRate}`,
    // Without it the test binary would be left in the package.
    `-o=${out}/test.bin`,
    packageArgument(target.package),
  ];
  return { args, cwd: target.dir, outputs };
}

/** Flags that would undo ours: those that take a value, and those that do not. */
const valued =
  /^--?(test\.)?(run|bench|benchtime|count|outputdir|o|exec|(mutex|block|cpu|mem)profile|mutexprofilefraction|blockprofilerate|memprofilerate|trace|coverprofile|covermode|coverpkg)(=|$)/;
const plain = /^--?(test\.)?(c|json|race|cover)(=|$)/;

/** The user's own flags, without those that would undo ours. */
function userFlags(flags: readonly string[]): string[] {
  const kept: string[] = [];
  let skip = false;
  for (const flag of flags) {
    // `-run X` in two parts goes as a whole.
    const value = skip && !flag.startsWith("-");
    skip = valued.test(flag) && !flag.includes("=");
    if (!value && !valued.test(flag) && !plain.test(flag)) kept.push(flag);
  }
  return kept;
}

/** Packages of a pattern that have tests: `go list` names them, one by one. */
export function listTestedPackages(pattern: string, tags: readonly string[]): string[] {
  return [
    "list",
    "-e",
    ...(tags.length === 0 ? [] : [`-tags=${tags.join(",")}`]),
    "-f={{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}",
    packageArgument(pattern),
  ];
}

/** Builds a main package with a file added by an overlay. */
export function buildJob(
  dir: string,
  pkg: string,
  overlay: string,
  out: string,
  options: CollectOptions,
): Job & { readonly binary: string } {
  const binary = `${out}/program${out.includes("\\") || /^[A-Za-z]:/.test(out) ? ".exe" : ""}`;
  const args = [
    "build",
    ...(options.tags.length === 0 ? [] : [`-tags=${options.tags.join(",")}`]),
    `-overlay=${overlay}`,
    `-o=${binary}`,
    packageArgument(pkg),
  ];
  return { args, cwd: dir, outputs: [], binary };
}
