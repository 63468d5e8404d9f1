import type { Files } from "../base/files.ts";
import { basename, dirname, join, within } from "../base/paths.ts";
import { parseFrameName } from "../knowledge/frames.ts";
import type { Workspace } from "../packages/workspace.ts";

/** A path prefix of the place where the program was built, and its place here. */
export interface PathMapping {
  readonly from: string;
  readonly to: string;
}

/** `from=to` */
export function readPathMapping(text: string): PathMapping | undefined {
  const at = text.indexOf("=");
  if (at < 1) return undefined;
  return { from: slashed(text.slice(0, at)).replace(/\/$/, ""), to: slashed(text.slice(at + 1)).replace(/\/$/, "") };
}

/**
 * From a profile's frame to the source file: as the path says, by path mappings, or by import path through the
 * workspace's modules, vendor, replace, the module cache and GOROOT. Nothing outside of these is answered.
 */
export class SourceResolver {
  readonly #files: Files;
  readonly #workspaces: readonly Workspace[];
  readonly #mappings: readonly PathMapping[];
  readonly #known = new Map<string, string | undefined>();

  constructor(files: Files, workspaces: readonly Workspace[], mappings: readonly PathMapping[]) {
    this.#files = files;
    this.#workspaces = workspaces;
    this.#mappings = mappings;
  }

  resolve(functionName: string, file: string): string | undefined {
    const { pkg } = parseFrameName(functionName);
    const key = `${pkg}\u0000${file}`;
    if (this.#known.has(key)) return this.#known.get(key);
    const found = this.#find(pkg, slashed(file));
    this.#known.set(key, found);
    return found;
  }

  #find(pkg: string, file: string): string | undefined {
    if (!file.endsWith(".go")) return undefined;
    for (const { from, to } of this.#mappings) {
      if (within(from, file)) return this.#source(join(to, file.slice(from.length)));
    }
    const absolute = /^(\/|[A-Za-z]:\/)/.test(file);
    if (absolute) {
      const path = join(file);
      if (this.#inside(path) && this.#source(path) !== undefined) return path;
    }
    return this.#byImportPath(pkg, file, absolute) ?? this.#bySuffix(file);
  }

  /** The package's directory by its import path; a trimmed path is one with the file's name. */
  #byImportPath(pkg: string, file: string, absolute: boolean): string | undefined {
    const trimmed = absolute
      ? undefined
      : dirname(`/${file}`)
          .slice(1)
          .replace(/@[^/]*/, "");
    const candidates = [pkg, pkg.replace(/_test$/, ""), trimmed].filter(
      (path) => path !== undefined && path !== "" && path !== "main",
    );
    for (const workspace of this.#workspaces) {
      const from = workspace.modules[0]?.dir ?? "/";
      for (const path of candidates) {
        const dir = workspace.resolve(path ?? "", from);
        const source = dir === undefined ? undefined : this.#source(join(dir, basename(file)));
        if (source !== undefined) return source;
      }
    }
    return undefined;
  }

  /** `/app/cmd/x/main.go` of a container is `cmd/x/main.go` of a module, if that is there; the longest match wins. */
  #bySuffix(file: string): string | undefined {
    const parts = file.split("/").filter((part) => part !== "");
    for (let from = 1; from < parts.length; from++) {
      const rest = parts.slice(from).join("/");
      for (const workspace of this.#workspaces) {
        for (const { dir } of workspace.modules) {
          const source = this.#source(join(dir, rest));
          if (source !== undefined) return source;
        }
      }
    }
    return undefined;
  }

  #source(path: string): string | undefined {
    return this.#inside(path) && this.#files.kind(path) === "file" ? path : undefined;
  }

  /** Below a module, the module cache or GOROOT. */
  #inside(path: string): boolean {
    return this.#workspaces.some(
      ({ modules, toolchain }) =>
        modules.some(({ dir }) => within(dir, path)) ||
        (toolchain.goroot !== "" && within(join(toolchain.goroot, "src"), path)) ||
        within(toolchain.modcache, path),
    );
  }
}

function slashed(path: string): string {
  return path.replaceAll("\\", "/");
}
