import type { LockSite } from "../../summaries/guards.ts";
import type { HotLine } from "./combine.ts";

/** A lock of the sources. */
export interface NamedLock {
  readonly key: string;
  readonly name: string;
}

/** What the static side knows of a file's locks. */
export interface LockSource {
  sites(path: string): readonly LockSite[];
  /** Line (from 1) of a byte offset. */
  line(path: string, offset: number): number;
}

/** The lock a measured line takes or lets go, from the source; undefined where that is not plain. */
export function lockAt(source: LockSource, path: string, line: number, operation: string): NamedLock | undefined {
  const sites = source.sites(path);
  const wanted = operation.endsWith("Unlock") ? "unlock" : "lock";
  const here = sites.filter((site) => source.line(path, site.start) === line);
  const direct = only(here.filter((site) => site.op === wanted)) ?? only(here);
  if (direct !== undefined) return direct;
  if (wanted !== "unlock") return undefined;
  // A deferred unlock is counted at the return or the closing brace: the innermost function that defers one.
  const around = sites.filter(
    (site) =>
      site.deferred &&
      source.line(path, site.functionStart) <= line &&
      line <= source.line(path, Math.max(site.functionStart, site.functionEnd - 1)),
  );
  const innermost = Math.max(...around.map((site) => site.functionStart));
  return only(around.filter((site) => site.functionStart === innermost));
}

function only(sites: readonly LockSite[]): NamedLock | undefined {
  const [first, ...rest] = sites;
  if (first === undefined || rest.some((site) => site.key !== first.key)) return undefined;
  return { key: first.key, name: first.name };
}

/** What stands for a lock that has no name in the sources: its kind and the function. */
export function anonymousLock({ stats, placed }: HotLine): NamedLock {
  const kind = stats.operation.replace(/\.(R?Lock|R?Unlock|TryLock|\w+)$/, "") || "lock";
  const holder = placed.anchor?.function || stats.function.slice(stats.function.lastIndexOf("/") + 1);
  const name = `${kind} in ${holder}`;
  return { key: `${kind}\u0000${placed.path ?? stats.file}\u0000${holder}`, name };
}
