import type { Entry, Files } from "../base/files.ts";
import { basename, join } from "../base/paths.ts";
import { parse } from "../syntax/parser.ts";
import type { Room } from "../syntax/room.ts";
import type { Tree } from "../syntax/tree.ts";
import { type BuildContext, buildLine, expressionHolds, nameMatches } from "./constraints.ts";
import type { Problem } from "./workspace.ts";

/** A parsed file of a package. */
export interface GoFile {
  readonly path: string;
  readonly tree: Tree;
  readonly test: boolean;
  /** Carries the `// Code generated ... DO NOT EDIT.` line. */
  readonly generated: boolean;
}

/** The files of one directory that build together: the package with its in-package tests, or its external tests. */
export interface PackageFiles {
  /** Import path; external tests end in `_test`. */
  readonly path: string;
  readonly dir: string;
  readonly name: string;
  readonly files: readonly GoFile[];
}

/** Files above this are not read: no person edits them, and one would stall every scan. */
export const maxFileBytes = 64 << 20;

export interface TreeOptions {
  readonly bodies: boolean;
  /** A file as it was read before: its tree is taken where the text is the same. */
  readonly known?: (path: string) => GoFile | undefined;
  /** Where trees are made. */
  readonly room?: Room;
}

export interface LoadOptions extends TreeOptions {
  readonly tests: boolean;
}

/** A file that is part of the build, read and not parsed yet. */
export interface OpenFile extends Pick<GoFile, "path" | "test" | "generated"> {
  readonly src: Uint8Array;
}

/** Reads the packages of one directory: itself and its external tests. Problems are appended to `problems`. */
export function loadDirectory(
  files: Files,
  context: BuildContext,
  dir: string,
  path: string,
  options: LoadOptions,
  problems: Problem[],
): PackageFiles[] {
  return packagesOf(openDirectory(files, context, dir, options.tests, problems), dir, path, options);
}

/** Reads the files of one directory's packages. Problems are appended to `problems`. */
export function openDirectory(
  files: Files,
  context: BuildContext,
  dir: string,
  tests: boolean,
  problems: Problem[],
): OpenFile[] {
  return goNames(files.list(dir) ?? [], tests).flatMap(({ name, kind }) => {
    const path = join(dir, name);
    if (!nameMatches(name, context) || (kind !== "file" && !isRegular(files, path, problems))) return [];
    return openFile(files, context, path, isTest(name), problems) ?? [];
  });
}

/** Parses the packages of one directory. */
export function packagesOf(open: readonly OpenFile[], dir: string, path: string, options: TreeOptions): PackageFiles[] {
  const byName = new Map<string, GoFile[]>();
  for (const one of open) {
    const file = parsed(one, options);
    const packageName = file.tree.name(file.tree.child(file.tree.root));
    const group = byName.get(packageName);
    if (group === undefined) byName.set(packageName, [file]);
    else group.push(file);
  }
  return group(byName, dir, path);
}

/** What the first file of a directory that is part of the build calls its package. */
export function packageClause(files: Files, context: BuildContext, dir: string): string | undefined {
  for (const { name, kind } of goNames(files.list(dir) ?? [], false)) {
    if (kind !== "file" || !nameMatches(name, context)) continue;
    const src = files.read(join(dir, name));
    if (src === undefined) continue;
    const line = buildLine(headerOf(src));
    if (line === undefined || expressionHolds(line, context))
      return /^package\s+([\p{L}\p{N}_]+)/mu.exec(utf8.decode(src.subarray(0, headBytes)))?.[1];
  }
  return undefined;
}

/** Entries of a directory that may be files of its packages. */
export function goNames(entries: readonly Entry[], tests: boolean): readonly Entry[] {
  return entries.filter(({ name }) => name.endsWith(".go") && !/^[_.]/.test(name) && (tests || !isTest(name)));
}

function isTest(name: string): boolean {
  return name.endsWith("_test.go");
}

function isRegular(files: Files, path: string, problems: Problem[]): boolean {
  const kind = files.kind(path);
  if (kind === "file") return true;
  problems.push({ place: path, message: kind === undefined ? "cannot be read" : "is not a regular file, left out" });
  return false;
}

/** One file, undefined where it is no part of the build or cannot be read. */
export function openFile(
  files: Files,
  context: BuildContext,
  path: string,
  test: boolean,
  problems: Problem[],
): OpenFile | undefined {
  const src = files.read(path);
  if (src === undefined) {
    problems.push({ place: path, message: "cannot be read" });
    return undefined;
  }
  if (src.length > maxFileBytes) {
    problems.push({ place: path, message: `is larger than ${maxFileBytes >> 20} MB, left out` });
    return undefined;
  }
  const header = headerOf(src);
  const line = buildLine(header);
  if (line !== undefined && !expressionHolds(line, context)) return undefined;
  return { path, src, test, generated: /^\/\/ Code generated .* DO NOT EDIT\.\r?$/m.test(header) };
}

/** A file that was read. */
export function parsed({ path, src, test, generated }: OpenFile, options: TreeOptions): GoFile {
  const known = options.known?.(path);
  if (known !== undefined && Buffer.compare(known.tree.src, src) === 0) return known;
  return { path, tree: parse(src, options), test, generated };
}

const utf8 = new TextDecoder();
const headBytes = 1 << 13;

/** Everything before the package clause. */
function headerOf(src: Uint8Array): string {
  const text = utf8.decode(src.subarray(0, headBytes));
  const at = text.search(/^package\s/m);
  return at < 0 ? text : text.slice(0, at);
}

function group(byName: Map<string, GoFile[]>, dir: string, path: string): PackageFiles[] {
  let name = "";
  let most = 0;
  for (const [candidate, members] of byName) {
    const external = candidate.endsWith("_test") && members.every((file) => file.test);
    const count = members.filter((file) => !file.test).length + (external ? 0 : 0.5);
    if (!external && (count > most || (count === most && candidate === basename(dir)))) {
      name = candidate;
      most = count;
    }
  }
  const packages: PackageFiles[] = [];
  for (const [candidate, members] of byName) {
    if (candidate === name) packages.unshift({ path, dir, name, files: members });
    else if (members.every((file) => file.test))
      packages.push({ path: `${path}_test`, dir, name: candidate, files: members });
  }
  return packages;
}
