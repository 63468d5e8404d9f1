import { availableParallelism } from "node:os";
import type { Names } from "../base/interner.ts";
import { type Observation, Witness } from "../base/witness.ts";
import { type About, lookedAt, shownBy, tell } from "../engine/about.ts";
import { type ReadDirectory, ReadingAhead } from "../engine/ahead.ts";
import type { BuildContext } from "../packages/constraints.ts";
import type { GoFile, PackageFiles } from "../packages/load.ts";
import { type Toolchain, Workspace } from "../packages/workspace.ts";
import { SharedRoom } from "../syntax/room.ts";
import { atoms } from "../syntax/token.ts";
import { Kind, stride, Tree } from "../syntax/tree.ts";
import { stepAside } from "./compiling.ts";
import { diskInto } from "./disk.ts";
import { serveThread, Thread } from "./thread.ts";

const role = "read";
/** Bytes of sources in an answer: enough that handing it over is a small part of the work; less at first, as that is waited for. */
const portion = { first: 32 << 10, most: 512 << 10 };
/** Answers that may be there before they are needed, so that neither side waits for the other. */
const ahead = 8;

interface Setup {
  readonly toolchain: Toolchain;
  readonly build: BuildContext;
  readonly tests: boolean;
  /** Facts are kept. */
  readonly naming: boolean;
  readonly cwd: string;
  readonly dirs: readonly string[];
}

interface Request {
  /** With the first request; each is for one more answer. */
  readonly setup: Setup | undefined;
}

/** What a tree is made of, in memory that both threads share. */
type PackedTree = Pick<Tree, "src" | "data" | "root" | "comments" | "errors">;
type PackedFile = Omit<GoFile, "tree"> & { readonly tree: PackedTree };
type PackedPackage = Omit<PackageFiles, "files"> & {
  readonly files: readonly PackedFile[];
  /** Where it shows something that is asked for. */
  readonly about: { readonly shown: string; readonly files: readonly About[] } | undefined;
};
type PackedDirectory = Omit<ReadDirectory, "packages"> & { readonly packages: readonly PackedPackage[] };

interface Answer {
  /** None when all were read. */
  readonly directories: readonly PackedDirectory[];
  /** Those that no answer before had. */
  readonly names: Names;
  readonly observations: readonly Observation[];
}

/** Is there a processor for it? */
export function mayReadAhead(): boolean {
  return availableParallelism() > 1;
}

/**
 * Reads directories in a thread of its own, in the order of {@link ReadingAhead}: parsing needs little of this program, so
 * the two threads hardly compile or look at anything twice. It takes a while to start, and starts when this is made.
 */
export class AheadReader {
  readonly #thread = new Thread<Request, Answer>(role, "reader.js");

  constructor() {
    this.#thread.start();
  }

  /** To be asked once. What was read of the file system is added to `witness`. */
  async *read(setup: Setup, witness: Witness): AsyncGenerator<ReadDirectory> {
    const asked: Promise<Answer>[] = [];
    const ask = (first: Setup | undefined) => {
      const answer = this.#thread.ask({ setup: first });
      // Who leaves early ends the thread and waits for no answer.
      answer.catch(() => undefined);
      asked.push(answer);
    };
    const atomsThere = new KnownAtoms();
    try {
      for (let index = 0; index < ahead; index++) ask(index === 0 ? setup : undefined);
      for (;;) {
        // A thread that died has read ahead as far as it did: the rest is read by who needs it.
        const { directories, names, observations } = (await asked.shift()?.catch(() => nothing)) ?? nothing;
        if (directories.length === 0) return;
        ask(undefined);
        const known = atomsThere.add(atoms.adopt(names));
        for (const one of observations) witness.note(one);
        for (const one of directories) yield unpack(one, known);
      }
    } finally {
      this.dispose();
    }
  }

  /** Nothing is to be read, or no more. */
  dispose(): void {
    this.#thread.dispose();
  }
}

const empty = new Int32Array(0);
const nothing: Answer = {
  directories: [],
  names: { bytes: new Uint8Array(0), ends: empty, hashes: empty },
  observations: [],
};

/** The atoms of this thread for those of the other one, in order: more come with each answer. */
class KnownAtoms {
  #atoms = new Int32Array(1 << 12);
  #count = 1;

  add(more: Int32Array): Int32Array {
    const count = this.#count + more.length;
    if (count > this.#atoms.length) {
      const grown = new Int32Array(Math.max(count, 2 * this.#atoms.length));
      grown.set(this.#atoms);
      this.#atoms = grown;
    }
    this.#atoms.set(more, this.#count);
    this.#count = count;
    return this.#atoms.subarray(0, count);
  }
}

function unpack(from: PackedDirectory, known: Int32Array): ReadDirectory {
  // Written out, so that files and packages have the shape of those that this thread reads itself.
  const packages = from.packages.map(({ path, dir, name, files: packed, about }): PackageFiles => {
    const files = packed.map(({ path, tree, test, generated }): GoFile => {
      return { path, tree: unpackTree(tree, known), test, generated };
    });
    const pkg = { path, dir, name, files };
    if (about !== undefined) tell(pkg, about.shown, about.files);
    return pkg;
  });
  const { dir, problems, imports, imported, shows } = from;
  return { dir, packages, problems, imports, imported, shows };
}

/** The tree again, its names as atoms of this thread: `known` are those of the other thread's, in order. */
function unpackTree({ src, data, root, comments, errors }: PackedTree, known: Int32Array): Tree {
  for (let at = stride; at < data.length; at += stride)
    if (((data[at] as number) & 0xff) === Kind.Ident) data[at + 3] = known[data[at + 3] as number] ?? 0;
  return new Tree(src, data, root, comments, errors);
}

/** In such a thread: answers from now on, and says true. */
export function serveAsReader(): boolean {
  return serveThread(role, () => {
    let reader: Reader | undefined;
    return ({ setup }: Request): Answer => {
      if (setup !== undefined) reader = new Reader(setup);
      return reader?.answer() ?? nothing;
    };
  });
}

/** The other end: reads as much as makes one answer. */
class Reader {
  readonly #room = new SharedRoom();
  readonly #files = new Witness(diskInto((bytes) => this.#room.bytes(bytes)));
  readonly #directories: Iterator<ReadDirectory>;
  #named = 1;
  #portion = portion.first;

  constructor({ toolchain, build, tests, naming, cwd, dirs }: Setup) {
    const workspace = new Workspace(this.#files, toolchain, cwd);
    this.#files.trust(workspace.released.beside(dirs));
    const how = { files: this.#files, workspace, build, tests, naming, room: this.#room };
    this.#directories = new ReadingAhead(dirs, how).directories();
  }

  answer(): Answer {
    const directories: PackedDirectory[] = [];
    let bytes = 0;
    while (bytes < this.#portion) {
      const next = this.#directories.next();
      if (next.done === true) break;
      directories.push(packed(next.value, this.#room));
      for (const { files } of next.value.packages) for (const { tree } of files) bytes += tree.src.length;
    }
    // At first it is waited for.
    if (this.#portion < portion.most && 2 * this.#portion >= portion.most) stepAside();
    this.#portion = Math.min(2 * this.#portion, portion.most);
    const names = atoms.since(this.#named);
    this.#named = atoms.size;
    return { directories, names, observations: this.#files.take() };
  }
}

/** A directory without the arrays of its trees, with what is told of them: that is looked for where time is left. */
function packed(
  { dir, packages: read, problems, imports, imported, shows }: ReadDirectory,
  room: SharedRoom,
): PackedDirectory {
  const packages = read.map((pkg): PackedPackage => {
    const { path, dir, name } = pkg;
    const about = shows ? { shown: shownBy(pkg), files: pkg.files.map(lookedAt) } : undefined;
    const files = pkg.files.map(({ path, tree, test, generated }): PackedFile => {
      return { path, tree: packedTree(tree, room), test, generated };
    });
    return { path, dir, name, files, about };
  });
  return { dir, packages, problems, imports, imported, shows };
}

/** Its text and its nodes are there already. */
function packedTree({ src, data, root, comments, errors }: Tree, room: SharedRoom): PackedTree {
  return { src, data, root, comments: room.integers(comments), errors };
}
