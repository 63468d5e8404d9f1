import type { Files } from "../base/files.ts";
import type { BuildContext } from "../packages/constraints.ts";
import { importPaths, importsOf } from "../packages/header.ts";
import { type OpenFile, openDirectory, type PackageFiles, packagesOf } from "../packages/load.ts";
import type { Problem, Workspace } from "../packages/workspace.ts";
import type { Room } from "../syntax/room.ts";

/** What was read of a directory, and what is wrong with it. */
export interface ReadDirectory {
  readonly dir: string;
  readonly packages: readonly PackageFiles[];
  readonly problems: readonly Problem[];
  /** Other directories to be read that its files import, its tests among them; none of what is only imported. */
  readonly imports: readonly string[];
  /** Nobody asked for it, but for its declarations: it is imported. */
  readonly imported: boolean;
  /** What it shows is asked for: of what is lowered, and of imports that facts are kept by. */
  readonly shows: boolean;
}

export interface AheadOptions {
  readonly files: Files;
  readonly workspace: Workspace;
  readonly build: BuildContext;
  readonly tests: boolean;
  /** Facts are kept: by what imports show, and theirs in turn, where no release names them. */
  readonly naming?: boolean;
  /** Where trees are made. */
  readonly room?: Room;
}

/** A directory on the way from one that was asked for along imports, and how many of its imports were followed. */
interface Visit extends Pick<ReadDirectory, "dir" | "imported" | "shows"> {
  readonly path: string;
  readonly open: readonly OpenFile[];
  readonly problems: readonly Problem[];
  readonly imports: readonly Imported[];
  followed: number;
}

interface Imported {
  readonly path: string;
  readonly dir: string;
}

/**
 * Reads directories for somebody who lowers them, and the declarations of others that they import: each comes after those
 * that it imports, its tests left aside. What stands above its imports is read first and the rest when its turn comes, so that
 * nobody waits for a large one that is only on the way.
 */
export class ReadingAhead {
  readonly #options: AheadOptions;
  readonly #dirs: ReadonlySet<string>;
  readonly #seen = new Set<string>();
  /** What tests import: read at the end where nothing else led there. */
  readonly #ofTests: Imported[] = [];

  constructor(dirs: Iterable<string>, options: AheadOptions) {
    this.#options = options;
    this.#dirs = new Set(dirs);
  }

  *directories(): Generator<ReadDirectory> {
    for (const dir of this.#dirs) yield* this.#from({ dir, path: this.#options.workspace.importPath(dir) ?? dir });
    for (const one of this.#ofTests) if (this.#shows(one.dir)) yield* this.#from(one);
  }

  *#from(first: Imported): Generator<ReadDirectory> {
    const path: Visit[] = [];
    this.#enter(first, path);
    for (let visit = path.at(-1); visit !== undefined; visit = path.at(-1)) {
      const next = visit.imports[visit.followed++];
      if (next !== undefined) this.#enter(next, path);
      else {
        path.pop();
        yield this.#read(visit);
      }
    }
  }

  /** Is it asked for what the directory shows? */
  #shows(dir: string): boolean {
    const { workspace, naming } = this.#options;
    return this.#dirs.has(dir) || (naming === true && workspace.released.nameOf(dir) === undefined);
  }

  #enter({ dir, path }: Imported, visits: Visit[]): void {
    if (this.#seen.has(dir)) return;
    this.#seen.add(dir);
    const { files, build, tests } = this.#options;
    const problems: Problem[] = [];
    const imported = !this.#dirs.has(dir);
    const shows = this.#shows(dir);
    const open = openDirectory(files, build, dir, tests && !imported, problems);
    const untested = shows ? open.filter(({ test }) => !test) : [];
    const imports = this.#imports(
      untested.flatMap(({ src }) => importsOf(src)),
      dir,
    );
    visits.push({ dir, path, imported, shows, open, problems, imports, followed: 0 });
  }

  #read({ dir, path, imported, shows, open, problems }: Visit): ReadDirectory {
    const { room } = this.#options;
    const packages = packagesOf(open, dir, path, { bodies: !imported, ...(room === undefined ? {} : { room }) });
    const paths = imported ? [] : packages.flatMap(({ files }) => files.flatMap(({ tree }) => importPaths(tree)));
    const own: string[] = [];
    for (const one of this.#imports(paths, dir)) {
      if (this.#dirs.has(one.dir)) own.push(one.dir);
      else if (!this.#seen.has(one.dir)) this.#ofTests.push(one);
    }
    return { dir, packages, problems, imports: own, imported, shows };
  }

  #imports(paths: readonly string[], dir: string): Imported[] {
    return [...new Set(paths)].flatMap((path) => {
      const found = path === "unsafe" || path === "C" ? undefined : this.#options.workspace.resolve(path, dir);
      return found === undefined || found === dir ? [] : [{ path, dir: found }];
    });
  }
}
