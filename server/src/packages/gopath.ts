import type { Files } from "../base/files.ts";
import { basename, dirname, join } from "../base/paths.ts";

/** Directories looked at for imports; a repository's first levels tell its name many times over. */
const most = 300;
const skipped = new Set(["vendor", "testdata", "node_modules", "Godeps", "third_party"]);

/**
 * The directory that source without a go.mod is rooted at, and the import path it has there: code written for
 * GOPATH. The path is read off the place below a `src` directory, an import comment, or what the files import:
 * `x.org/a/b/c` where `c` is a directory here speaks for `x.org/a/b`. Undefined where nothing tells.
 */
export function inferRoot(files: Files, start: string): { dir: string; path: string } | undefined {
  const placed = /^(.*\/src)\/([^/]+\.[^/]+\/.+)$/.exec(start);
  const dir = repository(files, start) ?? start;
  if (placed?.[1] !== undefined && dir.startsWith(`${placed[1]}/`))
    return { dir, path: dir.slice(placed[1].length + 1) };
  const votes = new Map<string, number>();
  for (const at of directories(files, dir)) {
    const rest = at === dir ? "" : at.slice(dir.length);
    for (const source of sources(files, at)) count(files, dir, rest, source, votes);
  }
  const [best] = [...votes].sort(([a, one], [b, two]) => two - one || a.length - b.length || (a < b ? -1 : 1));
  return best === undefined ? undefined : { dir, path: best[0] };
}

/** The innermost directory at or above that is under version control or keeps its dependencies. */
function repository(files: Files, start: string): string | undefined {
  for (let dir = start; ; dir = dirname(dir)) {
    if (files.kind(join(dir, ".git")) !== undefined || files.kind(join(dir, "vendor")) === "directory") return dir;
    if (dirname(dir) === dir) return undefined;
  }
}

/** A directory and those below it, nearest first. */
function directories(files: Files, root: string): readonly string[] {
  const found = [root];
  for (let next = 0; next < found.length && found.length < most; next++) {
    for (const { name, kind } of files.list(found[next] ?? root) ?? []) {
      if (kind === "directory" && !skipped.has(name) && !/^[._]/.test(name))
        found.push(join(found[next] ?? root, name));
    }
  }
  return found.slice(0, most);
}

/** Package clauses and imports of the Go files of a directory, as text. */
function sources(files: Files, dir: string): string[] {
  const texts: string[] = [];
  for (const { name, kind } of files.list(dir) ?? []) {
    if (kind !== "file" || !name.endsWith(".go")) continue;
    const bytes = files.read(join(dir, name));
    if (bytes !== undefined) texts.push(new TextDecoder().decode(bytes.subarray(0, 1 << 13)));
  }
  return texts;
}

function count(files: Files, root: string, rest: string, source: string, votes: Map<string, number>): void {
  const vote = (path: string, weight: number) => votes.set(path, (votes.get(path) ?? 0) + weight);
  const comment = /^package \w+\s*\/[/*]\s*import\s+"([^"]+)"/m.exec(source)?.[1];
  if (comment?.endsWith(rest) === true) vote(comment.slice(0, comment.length - rest.length), 10);
  for (const [, path = ""] of source.matchAll(
    /^\s*(?:import\s+)?(?:[\w.]+\s+)?"([\w.~/-]+\.[\w.~/-]*\/[\w.~/-]+)"/gm,
  )) {
    const host = path.slice(0, path.indexOf("/"));
    if (!host.includes(".")) continue;
    for (let at = path.lastIndexOf("/"); at > host.length; at = path.lastIndexOf("/", at - 1)) {
      const name = basename(path.slice(0, at));
      // The directory's own name at the end of the path makes a chance hit of `util` the weaker one.
      if (files.kind(join(root, path.slice(at + 1))) === "directory")
        vote(path.slice(0, at), name === basename(root) ? 2 : 1);
    }
  }
}
