import type { Entry } from "../base/files.ts";
import { digest } from "../base/fingerprint.ts";
import { basename, join } from "../base/paths.ts";
import { entriesOf, type Witness } from "../base/witness.ts";
import { type BuildContext, nameMatches } from "../packages/constraints.ts";
import { goNames, type PackageFiles } from "../packages/load.ts";
import { aboutFile, shownBy } from "./about.ts";

/** What keys need to know of a directory. It follows from the contents of its files, and to parse them takes longer than to read them. */
export interface Head {
  /** Import paths of its packages. */
  readonly paths: readonly string[];
  readonly files: readonly HeadFile[];
  /** Digest of what its first package shows to others. */
  readonly shown: string;
  /** Some file does not parse, or is left out for a reason that is said at each scan. */
  readonly errors: boolean;
}

interface HeadFile {
  readonly name: string;
  readonly hash: string;
  readonly imports: readonly string[];
  /** It belongs to what others import. */
  readonly shown: boolean;
}

/** The head of a directory that was read. */
export function headOf(loaded: readonly PackageFiles[], problems: number): Head {
  const [first] = loaded;
  const files = loaded.flatMap((pkg) =>
    pkg.files.map((file): HeadFile => {
      const { hash, imports } = aboutFile(file);
      return { name: basename(file.path), hash, imports, shown: pkg === first && !file.test };
    }),
  );
  return {
    paths: loaded.map(({ path }) => path),
    files,
    shown: first === undefined ? "" : shownBy(first),
    errors: problems > 0 || loaded.some((pkg) => pkg.files.some(({ tree }) => tree.errors.length > 0)),
  };
}

/** Heads that are kept beside those of the scan at hand, the newest ones: who scans one package after all others comes back to them. */
const others = 2000;

/** Heads of directories by all that they follow from, as of earlier scans. */
export class Heads {
  readonly #files: Witness;
  readonly #build: BuildContext;
  readonly #before: ReadonlyMap<string, Head>;
  readonly #used = new Map<string, Head>();

  /** `bytes`: what `bytes()` answered then. */
  constructor(files: Witness, build: BuildContext, bytes: Uint8Array | undefined) {
    this.#files = files;
    this.#build = build;
    this.#before = bytes === undefined ? new Map() : read(bytes);
  }

  /** Reads the files of a directory; undefined where that tells nothing new. */
  find(dir: string, path: string, tests: boolean): Head | undefined {
    if (this.#before.size === 0) return undefined;
    const key = this.#key(dir, path, tests, (file) => this.#files.read(file));
    const head = key === undefined ? undefined : this.#before.get(key);
    if (key !== undefined && head !== undefined) this.#used.set(key, head);
    return head;
  }

  /** Keeps the head of a directory whose files were read. */
  note(dir: string, path: string, tests: boolean, head: Head): void {
    const key = this.#key(dir, path, tests, () => undefined);
    if (key !== undefined) this.#used.set(key, head);
  }

  /** All that is to be kept, undefined where nothing is new. */
  bytes(): Uint8Array | undefined {
    if ([...this.#used.keys()].every((key) => this.#before.has(key))) return undefined;
    const unused = [...this.#before].filter(([key]) => !this.#used.has(key)).slice(-others);
    return Buffer.from(JSON.stringify([...unused, ...this.#used]));
  }

  /** As they were listed for whoever read the directory first. */
  #entries(dir: string): readonly Entry[] {
    const known = this.#files.answer("list", dir);
    return known === undefined ? (this.#files.list(dir) ?? []) : entriesOf(known);
  }

  /** Undefined where some file cannot be read, or nobody read it. */
  #key(dir: string, path: string, tests: boolean, readFile: (path: string) => void): string | undefined {
    const parts: string[] = [path, `${tests}`, JSON.stringify(this.#build)];
    for (const { name, kind } of goNames(this.#entries(dir), tests)) {
      if (!nameMatches(name, this.#build)) continue;
      const file = join(dir, name);
      readFile(file);
      const hash = kind === "file" ? this.#files.answer("read", file) : undefined;
      if (hash === undefined || hash === "") return undefined;
      parts.push(name, hash);
    }
    return digest(Buffer.from(parts.join("\0")));
  }
}

/** What cannot be read is as if it was not there. */
function read(bytes: Uint8Array): Map<string, Head> {
  try {
    const all: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return Array.isArray(all) && all.every(isEntry) ? new Map(all) : new Map();
  } catch {
    return new Map();
  }
}

function isEntry(value: unknown): value is [string, Head] {
  if (!Array.isArray(value) || typeof value[0] !== "string") return false;
  const head: unknown = value[1];
  if (typeof head !== "object" || head === null || !("paths" in head) || !("files" in head)) return false;
  return Array.isArray(head.paths) && Array.isArray(head.files) && "shown" in head && "errors" in head;
}
