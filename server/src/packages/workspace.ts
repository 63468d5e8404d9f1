import type { Files } from "../base/files.ts";
import { dirname, join, within } from "../base/paths.ts";
import { inferRoot } from "./gopath.ts";
import { type ModFile, parseModFile } from "./modfile.ts";
import { Released } from "./released.ts";

/** Something the user should know about the sources; `place` is `path` or `path:line`. */
export interface Problem {
  readonly place: string;
  readonly message: string;
}

/** A module whose sources lie in a directory. */
export interface Module {
  readonly path: string;
  readonly dir: string;
  /** Language version, `1.21`; decides the scope of loop variables. */
  readonly go: string;
}

/** Where Go's own files are; empty where unknown. */
export interface Toolchain {
  readonly goroot: string;
  readonly modcache: string;
}

/**
 * The modules that belong together: one go.mod, or those of a go.work. Answers which directory holds an
 * import path, as the go command would, from files alone.
 */
export class Workspace {
  readonly modules: readonly Module[];
  readonly problems: Problem[] = [];
  readonly toolchain: Toolchain;
  readonly released: Released;
  readonly #files: Files;
  readonly #vendorDirs: readonly string[];
  readonly #vendorRoots = new Map<string, ReadonlySet<string>>();
  readonly #replaced: readonly Module[];
  readonly #required: readonly Module[];
  readonly #resolved = new Map<string, string | undefined>();
  readonly #isStd: boolean;

  constructor(files: Files, toolchain: Toolchain, start: string) {
    this.#files = files;
    this.toolchain = toolchain;
    const loaded = this.#load(start);
    this.modules = loaded.map((one) => one.module);
    const works = this.#work(start);
    const vendors = works === undefined ? this.modules.map((one) => one.dir) : [works.dir];
    this.#vendorDirs = vendors.map((dir) => join(dir, "vendor")).filter((dir) => files.kind(dir) === "directory");
    for (const dir of this.#vendorDirs) this.#vendorRoots.set(dir, new Set());
    const replaces = [
      ...(works === undefined ? [] : [{ dir: works.dir, file: works.file }]),
      ...loaded.map((one) => ({ dir: one.module.dir, file: one.file })),
    ];
    this.#replaced = replaces.flatMap(({ dir, file }) => this.#replacements(dir, file));
    const required = new Map<string, string>();
    for (const { file } of loaded)
      for (const [path, version] of file.require) if (newer(version, required.get(path))) required.set(path, version);
    this.#required = [...required].map(([path, version]) => this.#cached(path, version, path)).sort(longestFirst);
    const dependencies = [...this.#replaced, ...this.#required];
    const { modules } = this;
    this.released = new Released(files, { ...toolchain, modules, dependencies, vendorDirs: this.#vendorDirs });
    this.#isStd = this.modules.some((one) => one.path === "std" || one.path === "cmd");
  }

  /** The directory of a package, undefined where it is not to be found. `from` is the importing package's directory. */
  resolve(path: string, from: string): string | undefined {
    const inGoroot = this.toolchain.goroot !== "" && path.includes(".") && within(this.toolchain.goroot, from);
    const local = inGoroot ? this.#vendored(path, from) : undefined;
    if (local !== undefined) return local;
    if (this.#resolved.has(path)) return this.#resolved.get(path);
    const dir = this.#find(path);
    this.#resolved.set(path, dir);
    return dir;
  }

  /** The import path of a directory of this workspace or of Go's own packages, undefined outside. */
  importPath(dir: string): string | undefined {
    const module = this.moduleOf(dir);
    if (module === undefined) {
      const std = join(this.toolchain.goroot, "src");
      return this.toolchain.goroot !== "" && within(std, dir) ? dir.slice(std.length + 1) : undefined;
    }
    const rest = dir === module.dir ? "" : dir.slice(module.dir.length + 1);
    if (module.path === "std") return rest;
    return rest === "" ? module.path : `${module.path}/${rest}`;
  }

  /** Is the package one of the workspace's own? */
  owns(path: string): boolean {
    const dir = this.resolve(path, this.modules[0]?.dir ?? "");
    return dir !== undefined && this.moduleOf(dir) !== undefined && !dir.includes("/vendor/");
  }

  /** The innermost workspace module that holds a directory. */
  moduleOf(dir: string): Module | undefined {
    let best: Module | undefined;
    for (const module of this.modules) {
      if (within(module.dir, dir) && (best === undefined || module.dir.length > best.dir.length)) best = module;
    }
    return best;
  }

  /** Language version at a directory, also of a dependency. */
  languageVersion(dir: string): string {
    return this.moduleOf(dir)?.go ?? "";
  }

  #read(path: string): ModFile | undefined {
    const bytes = this.#files.read(path);
    if (bytes === undefined) return undefined;
    const file = parseModFile(new TextDecoder().decode(bytes));
    for (const error of file.errors) this.problems.push({ place: `${path}:${error.line}`, message: error.message });
    return file;
  }

  #above(start: string, name: string): string | undefined {
    for (let dir = start; ; dir = dirname(dir)) {
      if (this.#files.kind(join(dir, name)) === "file") return dir;
      if (dir === "/" || dirname(dir) === dir) return undefined;
    }
  }

  #work(start: string): { dir: string; file: ModFile } | undefined {
    const dir = this.#above(start, "go.work");
    const file = dir === undefined ? undefined : this.#read(join(dir, "go.work"));
    return dir === undefined || file === undefined || file.use.length === 0 ? undefined : { dir, file };
  }

  #load(start: string): { module: Module; file: ModFile }[] {
    const loaded: { module: Module; file: ModFile }[] = [];
    const add = (dir: string) => {
      const file = this.#read(join(dir, "go.mod"));
      if (file === undefined) return;
      if (file.module === "") this.problems.push({ place: join(dir, "go.mod"), message: "no module line" });
      loaded.push({ module: { path: file.module === "" ? "main" : file.module, dir, go: file.go }, file });
    };
    const work = this.#work(start);
    if (work !== undefined) {
      for (const use of work.file.use) add(use.startsWith("/") ? use : join(work.dir, use));
      if (loaded.some((one) => within(one.module.dir, start) || within(start, one.module.dir))) return loaded;
      loaded.length = 0;
    }
    const root = this.#above(start, "go.mod");
    if (root !== undefined) add(root);
    if (loaded.length === 0) loaded.push({ module: this.#withoutModFile(start), file: parseModFile("") });
    return loaded;
  }

  #withoutModFile(start: string): Module {
    const root = inferRoot(this.#files, start);
    const known =
      root === undefined
        ? "imports of this directory's own packages stay unknown"
        : `${root.dir} is taken for ${root.path}, as its place or its imports say`;
    this.problems.push({ place: start, message: `no go.mod here or above: ${known}` });
    return { path: root?.path ?? "main", dir: root?.dir ?? start, go: "" };
  }

  #replacements(dir: string, file: ModFile): Module[] {
    return file.replace
      .map((entry) => {
        if (entry.targetVersion !== "") return this.#cached(entry.path, entry.targetVersion, entry.target);
        const target = entry.target.startsWith("/") ? entry.target : join(dir, entry.target);
        return { path: entry.path, dir: target, go: "" };
      })
      .sort(longestFirst);
  }

  #cached(path: string, version: string, source: string): Module {
    const escaped = `${source}@${version}`.replace(/[A-Z]/g, (letter) => `!${letter.toLowerCase()}`);
    return { path, dir: join(this.toolchain.modcache, escaped), go: "" };
  }

  #vendored(path: string, from: string): string | undefined {
    const goroot = this.toolchain.goroot;
    const vendor = join(goroot, "src", within(join(goroot, "src/cmd"), from) ? "cmd/vendor" : "vendor", path);
    return this.#files.kind(vendor) === "directory" ? vendor : undefined;
  }

  #find(path: string): string | undefined {
    for (const module of this.modules) {
      if (path === module.path) return module.dir;
      if (module.path === "std" && this.#files.kind(join(module.dir, path)) === "directory")
        return join(module.dir, path);
      if (path.startsWith(`${module.path}/`)) {
        const dir = join(module.dir, path.slice(module.path.length + 1));
        if (this.#files.kind(dir) === "directory") return dir;
      }
    }
    const goroot = this.toolchain.goroot;
    const first = path.slice(0, path.indexOf("/") < 0 ? path.length : path.indexOf("/"));
    if (!first.includes(".") && goroot !== "") {
      const dir = join(goroot, "src", path);
      if (this.#files.kind(dir) === "directory") return dir;
    }
    if (this.#isStd) return undefined;
    for (const vendor of this.#vendorDirs) {
      const dir = join(vendor, path);
      if (this.#files.kind(dir) === "directory") return dir;
    }
    for (const modules of [this.#replaced, this.#required]) {
      for (const module of modules) {
        if (path !== module.path && !path.startsWith(`${module.path}/`)) continue;
        const dir = join(module.dir, path.slice(module.path.length));
        if (this.#files.kind(dir) === "directory") return dir;
      }
    }
    return undefined;
  }
}

function longestFirst(a: Module, b: Module): number {
  return b.path.length - a.path.length;
}

function newer(version: string, known: string | undefined): boolean {
  if (known === undefined) return true;
  const parts = (text: string) =>
    text
      .replace(/^v/, "")
      .split(/[.-]/)
      .map((part) => (/^\d+$/.test(part) ? part.padStart(20, "0") : part))
      .join(".");
  return parts(version) > parts(known);
}
