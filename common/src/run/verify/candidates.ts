import type { Finding } from "../../finding.ts";
import { type BuildFlags, type Candidate, describePackage, listImporters, readCandidate } from "../../plan/verify.ts";
import { runJob, type Toolbox } from "../collect.ts";

/** Importers that are tried at most: each one is built. */
const maxImporters = 6;

/** The packages that a finding's accesses, goroutine starts and calls stand in, nearest first. */
export async function packagesOf(finding: Finding, flags: BuildFlags, tools: Toolbox): Promise<Candidate[]> {
  const sides = [finding.primary, finding.other];
  const places = [
    ...sides.map(({ location }) => location),
    ...sides
      .flatMap(({ start, path }) => [...(start === undefined ? [] : [start]), ...path])
      .map((one) => one.location),
  ];
  const found: Candidate[] = [];
  for (const dir of new Set(places.map(({ path }) => path.slice(0, path.lastIndexOf("/"))))) {
    const { code, stdout } = await quiet(describePackage(flags), dir, tools);
    const candidate = code === 0 ? readCandidate(stdout.trimEnd()) : undefined;
    const own = sides.some(({ location }) => location.path.startsWith(`${dir}/`));
    // A path may lead through dependencies and Go itself: their tests are not the user's.
    if (candidate !== undefined && (own || !candidate.foreign)) found.push({ ...candidate, dir });
  }
  return found;
}

/** Packages of the module that import one of `packages` and could run: those with tests, and programs. */
export async function importersOf(
  packages: readonly Candidate[],
  flags: BuildFlags,
  tools: Toolbox,
): Promise<Candidate[]> {
  const [first] = packages;
  if (first === undefined) return [];
  const { stdout: module } = await quiet(["list", "-m", "-f={{.Dir}}"], first.dir, tools);
  const root = module.trim().split("\n")[0] ?? "";
  if (root === "") return [];
  const { code, stdout } = await quiet(listImporters(flags), root, tools);
  if (code !== 0) return [];
  const names = new Set(packages.map((one) => one.importPath));
  return stdout
    .split("\n")
    .flatMap((line) => readCandidate(line) ?? [])
    .filter((one) => (one.main || one.tests) && !names.has(one.importPath))
    .filter((one) => one.imports.some((path) => names.has(path)))
    .sort((a, b) => Number(a.main) - Number(b.main))
    .slice(0, maxImporters);
}

/** `go list` says nothing that is worth a line in the log. */
function quiet(args: readonly string[], cwd: string, tools: Toolbox) {
  return runJob({ args, cwd, outputs: [] }, { ...tools, log: () => undefined });
}
