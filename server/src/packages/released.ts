import type { Files } from "../base/files.ts";
import { digest } from "../base/fingerprint.ts";
import { dirname, join, within } from "../base/paths.ts";

interface Place {
  readonly path: string;
  readonly dir: string;
}

/** What released code is told apart from: the modules of a workspace, and what their go.mod files name. */
export interface Surroundings {
  readonly goroot: string;
  readonly modcache: string;
  readonly modules: readonly Place[];
  /** Replaced and required modules, wherever they lie. */
  readonly dependencies: readonly Place[];
  readonly vendorDirs: readonly string[];
}

/**
 * Code that stays the same as long as its name does: a released toolchain, and modules of the module cache, which the go
 * command never changes either. Neither has to be read to tell whether it is still what it was.
 */
export class Released {
  readonly #files: Files;
  readonly #around: Surroundings;
  /** What the toolchain is; undefined where it is under work. */
  readonly #toolchain: string | undefined;
  #resolution: string | undefined;
  #closed: boolean | undefined;

  constructor(files: Files, around: Surroundings) {
    this.#files = files;
    this.#around = around;
    const { goroot, modules } = around;
    const version = goroot === "" ? undefined : files.read(join(goroot, "VERSION"));
    const worked = goroot !== "" && modules.some(({ dir }) => within(goroot, dir));
    this.#toolchain = version === undefined || worked ? undefined : new TextDecoder().decode(version);
  }

  /** Does the file or directory stay the same? */
  holds(path: string): boolean {
    const { goroot, modcache, modules } = this.#around;
    if (this.#toolchain !== undefined && within(join(goroot, "src"), path)) return true;
    return modcache !== "" && within(modcache, path) && !modules.some(({ dir }) => within(dir, path));
  }

  /** As `holds`, but for directories that are looked at themselves: they are compared all the same. */
  beside(looked: Iterable<string>): (path: string) => boolean {
    const own = new Set(looked);
    return (path) => this.holds(path) && !own.has(path) && !own.has(dirname(path));
  }

  /** Names the contents of a directory and of all that it imports; undefined where either may change. */
  nameOf(dir: string): string | undefined {
    if (!this.holds(dir)) return undefined;
    const { goroot, modcache } = this.#around;
    if (this.#toolchain !== undefined && within(goroot, dir)) return `${this.#toolchain}${dir.slice(goroot.length)}`;
    this.#closed ??= this.#isClosed();
    return this.#closed ? `${this.#resolved()}${dir.slice(modcache.length)}` : undefined;
  }

  /** Which versions imports lead to, and which of them are there. */
  #resolved(): string {
    if (this.#resolution === undefined) {
      const { modcache, modules, dependencies, vendorDirs } = this.#around;
      // Without the workspace's own place: what was kept holds in any copy of it.
      const place = (dir: string) => (within(modcache, dir) ? dir.slice(modcache.length) : "");
      const there = dependencies.map(({ path, dir }) => [path, place(dir), this.#files.kind(dir) ?? ""]);
      const own = modules.map(({ path }) => path);
      this.#resolution = digest(Buffer.from(JSON.stringify([this.#toolchain ?? "", own, there, vendorDirs.length])));
    }
    return this.#resolution;
  }

  /** Does no released module import one that is under work? */
  #isClosed(): boolean {
    const { modcache, modules, dependencies } = this.#around;
    const local = [...modules, ...dependencies.filter(({ dir }) => !within(modcache, dir))].map(({ path }) => path);
    // What has no dot in its first element cannot be published.
    const names = local.filter((path) => path.split("/", 1)[0]?.includes(".")).map((path) => Buffer.from(path));
    if (names.length === 0) return true;
    return dependencies.every(({ dir }) => !within(modcache, dir) || !this.#mentions(dir, names));
  }

  #mentions(dir: string, names: readonly Buffer[]): boolean {
    const mod = this.#files.read(join(dir, "go.mod"));
    if (mod !== undefined) return includes(mod, names);
    // From before there were modules: what it needs, its files alone say.
    for (const { name, kind } of this.#files.list(dir) ?? []) {
      const path = join(dir, name);
      if (kind === "directory" ? this.#mentions(path, names) : name.endsWith(".go") && this.#says(path, names))
        return true;
    }
    return false;
  }

  #says(path: string, names: readonly Buffer[]): boolean {
    const bytes = this.#files.read(path);
    return bytes !== undefined && includes(bytes, names);
  }
}

function includes(bytes: Uint8Array, names: readonly Buffer[]): boolean {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return names.some((name) => text.includes(name));
}
