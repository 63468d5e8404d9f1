import { availableParallelism } from "node:os";
import type { Files } from "../base/files.ts";
import { finish } from "../base/steps.ts";
import { type Observation, Witness } from "../base/witness.ts";
import { Analysis, type AnalysisOptions } from "../engine/analysis.ts";
import { packingFacts } from "../engine/recall.ts";
import type { Problem } from "../packages/workspace.ts";
import { disk } from "./disk.ts";
import { serveThread, Thread } from "./thread.ts";

const role = "summarize";
/** Below this many files a thread costs more than it saves. */
const worthwhile = 400;
/** How often each thread asks for more: often enough that none works for long when the others are done. */
const rounds = 12;

/** What is looked at, and how; `sources` are the directories of the whole scan. */
type Setup = Omit<AnalysisOptions, "files" | "apart"> & { readonly cwd: string; readonly sources: readonly string[] };

interface Request {
  /** With the first request. */
  readonly setup: Setup | undefined;
  readonly dirs: readonly string[];
}

/** What came of one directory. */
export interface Summarized {
  readonly dir: string;
  readonly facts: Uint8Array;
  /** Not all of it could be lowered. */
  readonly flawed: boolean;
}

interface Answer {
  readonly summarized: readonly Summarized[];
  readonly problems: readonly Problem[];
  readonly observations: readonly Observation[];
}

/** As many threads as pay: with fewer than four processors, what each has to find out for itself costs more than it saves. */
export function defaultJobs(): number {
  const processors = availableParallelism();
  return processors < 4 ? 1 : Math.min(4, processors);
}

/** Are these so many files that threads get through them sooner? */
export function areMany(dirs: readonly string[], files: Files): boolean {
  let count = 0;
  for (const dir of dirs) {
    for (const { name } of files.list(dir) ?? []) if (name.endsWith(".go")) count++;
    if (count >= worthwhile) return true;
  }
  return false;
}

/** Works out the facts of directories in `jobs` threads; what they read and find wrong is added to `witness` and `problems`. */
export async function summarize(
  dirs: readonly string[],
  setup: Setup,
  jobs: number,
  witness: Witness,
  problems: Problem[],
  done: (summarized: Summarized) => void,
): Promise<void> {
  // Neighbours import the same packages, so one thread takes some of them in a row.
  const size = Math.max(1, Math.ceil(dirs.length / (jobs * rounds)));
  let next = 0;
  const work = async () => {
    const thread = new Thread<Request, Answer>(role);
    try {
      for (let first = true; next < dirs.length; first = false) {
        const share = dirs.slice(next, next + size);
        next += size;
        const answer = await thread.ask({ setup: first ? setup : undefined, dirs: share });
        problems.push(...answer.problems);
        for (const one of answer.observations) witness.note(one);
        for (const one of answer.summarized) done(one);
      }
    } finally {
      thread.dispose();
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
}

/** In such a thread: answers from now on, and says true. */
export function serveAsSummarizer(): boolean {
  return serveThread(role, () => {
    let analysis: Analysis | undefined;
    let files = new Witness(disk);
    return ({ setup, dirs }: Request): Answer => {
      if (setup !== undefined) {
        files = new Witness(disk);
        analysis = new Analysis({ ...setup, files }, setup.cwd);
        files.trust(analysis.workspace.released.beside(setup.sources));
        analysis.problems.length = 0;
        analysis.plan(setup.sources);
      }
      const made = analysis;
      if (made === undefined) throw new Error("asked for facts before it was told of what");
      return {
        summarized: dirs.map((dir) => summarizeOne(made, dir)),
        problems: made.problems.splice(0),
        observations: files.take(),
      };
    };
  });
}

function summarizeOne(analysis: Analysis, dir: string): Summarized {
  analysis.load(dir);
  const facts = finish(packingFacts(analysis, dir, analysis.summarize(dir)));
  return { dir, facts, flawed: analysis.isFlawed(dir) };
}
