import { availableParallelism } from "node:os";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import type { Files } from "../base/files.ts";
import { join } from "../base/paths.ts";
import { type BuildContext, nameMatches } from "../packages/constraints.ts";
import { type GoFile, loadFile } from "../packages/load.ts";
import type { Problem } from "../packages/workspace.ts";
import { atoms } from "../syntax/token.ts";
import { type ParseError, Tree } from "../syntax/tree.ts";
import { disk } from "./disk.ts";
import { type Observation, Witness } from "./witness.ts";

/** Below this many files a thread costs more than it saves. */
const worthwhile = 400;
const batch = 100;

/** What a worker sends back of one file; the arrays change hands without a copy. */
interface Parsed {
  readonly path: string;
  readonly file:
    | {
        readonly src: Uint8Array;
        readonly data: Int32Array;
        readonly root: number;
        readonly comments: Int32Array;
        readonly errors: readonly ParseError[];
        readonly test: boolean;
        readonly generated: boolean;
      }
    | undefined;
}

interface Answer {
  readonly parsed: readonly Parsed[];
  /** Names that are new since the last answer, in order of their atoms. */
  readonly names: readonly string[];
  readonly problems: readonly Problem[];
  readonly observations: readonly Observation[];
}

interface Task {
  readonly paths: readonly string[];
  readonly build: BuildContext;
}

/** As many threads as there are processors to spare. */
export function defaultJobs(): number {
  return Math.max(1, Math.min(4, availableParallelism()));
}

/** What parsing ahead adds to. */
interface Ahead {
  readonly ready: Map<string, GoFile | undefined>;
  readonly problems: Problem[];
  readonly witness: Witness;
}

/** Parses the Go files of the directories in `jobs` threads, where that is worth it. */
export async function parseAhead(
  dirs: readonly string[],
  build: BuildContext,
  tests: boolean,
  jobs: number,
  ahead: Ahead,
): Promise<void> {
  const paths = dirs.flatMap((dir) =>
    (disk.list(dir) ?? [])
      .map((entry) => entry.name)
      .filter((name) => name.endsWith(".go") && !/^[._]/.test(name) && (tests || !name.endsWith("_test.go")))
      .map((name) => join(dir, name)),
  );
  if (jobs < 2 || paths.length < worthwhile) return;
  const shares = Array.from({ length: jobs }, (_, job) =>
    paths.filter((_path, index) => Math.floor(index / batch) % jobs === job),
  );
  await Promise.all(shares.map((share) => runWorker({ paths: share, build }, ahead)));
}

function runWorker(task: Task, { ready, problems, witness }: Ahead): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(__filename, { workerData: { maprace: task } });
    let map = new Int32Array(1 << 12);
    let known = 1;
    worker.on("message", ({ parsed, names, problems: remarks, observations }: Answer) => {
      if (known + names.length > map.length) {
        const grown = new Int32Array(2 * (known + names.length));
        grown.set(map);
        map = grown;
      }
      for (const name of names) map[known++] = atoms.intern(name);
      for (const one of parsed) ready.set(one.path, adopt(one, map));
      problems.push(...remarks);
      for (const one of observations) witness.note(one);
    });
    worker.once("error", reject);
    worker.once("exit", (code) => (code === 0 ? resolve() : reject(new Error(`a parser thread ended with ${code}`))));
  });
}

function adopt({ path, file }: Parsed, map: Int32Array): GoFile | undefined {
  if (file === undefined) return undefined;
  const tree = new Tree(file.src, file.data, file.root, file.comments, file.errors);
  tree.adopt(map);
  return { path, tree, test: file.test, generated: file.generated };
}

/** In a worker thread: does its share and answers true. */
export function serveAsWorker(): boolean {
  const task = (workerData as { maprace?: Task } | null)?.maprace;
  if (isMainThread || task === undefined || parentPort === null) return false;
  let sent = 1;
  for (let at = 0; at < task.paths.length; at += batch) {
    const problems: Problem[] = [];
    const transfer: ArrayBuffer[] = [];
    const files = new Witness(disk);
    const parsed = task.paths
      .slice(at, at + batch)
      .map((path) => parseOne(files, path, task.build, problems, transfer));
    const names: string[] = [];
    for (; sent < atoms.size; sent++) names.push(atoms.text(sent));
    parentPort.postMessage({ parsed, names, problems, observations: files.observations } satisfies Answer, transfer);
  }
  return true;
}

function parseOne(
  files: Files,
  path: string,
  build: BuildContext,
  problems: Problem[],
  transfer: ArrayBuffer[],
): Parsed {
  const name = path.slice(path.lastIndexOf("/") + 1);
  if (!nameMatches(name, build)) return { path, file: undefined };
  const file = loadFile(files, build, path, name.endsWith("_test.go"), true, problems);
  if (file === undefined) return { path, file: undefined };
  const { tree } = file;
  // Small files share a pooled buffer that cannot change hands.
  const src = Uint8Array.from(tree.src);
  for (const part of [src, tree.data, tree.comments])
    if (part.buffer instanceof ArrayBuffer) transfer.push(part.buffer);
  return {
    path,
    file: {
      src,
      data: tree.data,
      root: tree.root,
      comments: tree.comments,
      errors: tree.errors,
      test: file.test,
      generated: file.generated,
    },
  };
}
