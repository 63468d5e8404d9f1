import { join } from "../base/paths.ts";
import { finish } from "../base/steps.ts";
import { Analysis } from "../engine/analysis.ts";
import { type PackageSummary, readingFacts, writingFacts } from "../engine/facts.ts";
import { disk } from "../host/disk.ts";
import { loadFacts, saveFacts } from "../host/facts.ts";
import { buildContext, findToolchain } from "../host/toolchain.ts";
import { inertFunctions, withoutInert } from "../summaries/inert.ts";
import { type Output, outcomeOf, present, printProblems, readLibrary, type ScanOptions } from "./scan.ts";

export interface SummarizeOptions {
  readonly dir: string;
  readonly patterns: readonly string[];
  readonly file: string;
  readonly tags: readonly string[];
  readonly tests: boolean;
  readonly library: string | undefined;
  readonly quiet: boolean;
}

function analysisIn(cwd: string, { tags, tests, library }: Pick<SummarizeOptions, "tags" | "tests" | "library">) {
  const toolchain = findToolchain(disk, process.env);
  const build = buildContext(disk, toolchain, process.env, tags);
  return new Analysis({ files: disk, toolchain, build, tests, apart: true, once: true, ...readLibrary(library) }, cwd);
}

/** `maprace summarize`: writes what findings follow from, for the packages named. 0, or 2 where there is nothing. */
export async function runSummarize(options: SummarizeOptions, output: Output): Promise<number> {
  const cwd = join(options.dir);
  const analysis = analysisIn(cwd, options);
  const dirs = analysis.expand(options.patterns);
  for (const dir of dirs) analysis.load(dir);
  const summaries = dirs.flatMap((dir) => analysis.summarize(dir));
  printProblems(analysis.problems, output, options.quiet);
  if (summaries.length === 0) {
    output.err("maprace: nothing to summarize: no Go files matched\n");
    return 2;
  }
  try {
    await saveFacts(options.file, finish(writingFacts(linkable(summaries), cwd)));
  } catch (error) {
    output.err(`maprace: ${options.file}: ${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  }
  return 0;
}

/** So many hexadecimal digits tell a file that has changed since from one that has not. */
const telling = 7;

/** What findings follow from, and no more: nothing is edited where facts are linked. */
function linkable(summaries: readonly PackageSummary[]): PackageSummary[] {
  const inert = inertFunctions(summaries.map(({ facts }) => facts));
  return summaries.map(({ facts, files }) => ({
    facts: withoutInert(facts, inert),
    files: files.map((one) => ({ ...one, hash: one.hash.slice(0, telling), declared: "", imports: [] })),
  }));
}

/** `maprace link`: findings of all packages whose facts are given, as one scan of them would tell. */
export function runLink(files: readonly string[], options: ScanOptions, output: Output): number {
  const began = performance.now();
  const cwd = join(options.dir);
  const analysis = analysisIn(cwd, options);
  for (const file of files) {
    try {
      analysis.adopt(finish(readingFacts(loadFacts(file), cwd, analysis.globals)));
    } catch (error) {
      output.err(`maprace: ${file}: ${error instanceof Error ? error.message : String(error)}\n`);
      return 2;
    }
  }
  return present(outcomeOf(analysis, began, cwd), cwd, options, output);
}
