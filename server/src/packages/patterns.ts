import type { Files } from "../base/files.ts";
import { join } from "../base/paths.ts";
import type { Problem, Workspace } from "./workspace.ts";

/** The directories that package patterns name (`./...`, `./dir`, `dir/...`, import paths, `std`, `cmd`), sorted. */
export function expand(
  files: Files,
  workspace: Workspace,
  cwd: string,
  patterns: readonly string[],
  problems: Problem[],
): string[] {
  const found = new Set<string>();
  const own = new Set(workspace.modules.map((module) => module.dir));
  for (const pattern of patterns) {
    const tree = pattern.endsWith("...");
    const base = tree ? pattern.slice(0, -3).replace(/\/$/, "") : pattern.replace(/(.)\/$/, "$1");
    const reserved = toolchainPart(files, workspace, cwd, pattern);
    const root = reserved ?? directory(files, workspace, cwd, base);
    if (root === undefined) {
      problems.push({ place: pattern, message: "matches no package" });
      continue;
    }
    const before = found.size;
    if (tree || reserved !== undefined) walk(files, root, own, found);
    else if (hasGo(files, root)) found.add(root);
    if (found.size === before && !found.has(root)) problems.push({ place: pattern, message: "no Go files" });
  }
  return [...found].sort();
}

/** What the go command calls `std` and `cmd`, where the user's own directories are not called so. */
function toolchainPart(files: Files, { toolchain }: Workspace, cwd: string, name: string): string | undefined {
  if ((name !== "std" && name !== "cmd") || toolchain.goroot === "") return undefined;
  const dir = join(toolchain.goroot, name === "std" ? "src" : "src/cmd");
  const local = join(cwd, name);
  return local !== dir && files.kind(local) === "directory" ? undefined : dir;
}

function directory(files: Files, workspace: Workspace, cwd: string, base: string): string | undefined {
  let dir: string | undefined;
  if (base.startsWith("/")) dir = join(base);
  else if (base === "" || base === "." || base.startsWith("./") || base === ".." || base.startsWith("../"))
    dir = join(cwd, base);
  else if (files.kind(join(cwd, base)) === "directory") dir = join(cwd, base);
  else dir = workspace.resolve(base, cwd);
  return dir !== undefined && files.kind(dir) === "directory" ? dir : undefined;
}

function hasGo(files: Files, dir: string): boolean {
  return (files.list(dir) ?? []).some((entry) => entry.name.endsWith(".go"));
}

/** Below `root`: no testdata, vendor, hidden or underscore directories, no modules but those of the go.work, no directory links. */
function walk(files: Files, root: string, own: ReadonlySet<string>, found: Set<string>): void {
  const queue = [root];
  for (let dir = queue.pop(); dir !== undefined; dir = queue.pop()) {
    let go = false;
    for (const entry of files.list(dir) ?? []) {
      if (entry.kind === "directory") {
        const name = entry.name;
        if (name === "testdata" || name === "vendor" || name === "node_modules" || /^[._]/.test(name)) continue;
        const below = join(dir, name);
        if (own.has(below) || files.kind(join(below, "go.mod")) === undefined) queue.push(below);
      } else if (entry.name.endsWith(".go")) {
        go = true;
      }
    }
    if (go) found.add(dir);
  }
}
