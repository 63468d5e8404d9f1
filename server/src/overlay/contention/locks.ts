import type { LockSite } from "../../summaries/guards.ts";
import type { HotLine } from "./combine.ts";

/** A lock of the sources. */
export interface NamedLock {
  readonly key: string;
  readonly name: string;
}

/** A file's lock and unlock calls, by the lines they stand on. */
export class FileLocks {
  readonly #byLine = new Map<number, LockSite[]>();
  /** Deferred ones with the first and last line of their function. */
  readonly #deferred: readonly { readonly site: LockSite; readonly from: number; readonly to: number }[];

  /** `line`: of a byte offset, from 1. */
  constructor(sites: readonly LockSite[], line: (offset: number) => number) {
    for (const site of sites) {
      const at = line(site.start);
      const known = this.#byLine.get(at);
      if (known === undefined) this.#byLine.set(at, [site]);
      else known.push(site);
    }
    this.#deferred = sites
      .filter((site) => site.deferred)
      .map((site) => ({
        site,
        from: line(site.functionStart),
        to: line(Math.max(site.functionStart, site.functionEnd - 1)),
      }));
  }

  at(line: number): readonly LockSite[] {
    return this.#byLine.get(line) ?? [];
  }

  /** Deferred calls of the innermost function around a line that defers some. */
  deferredAround(line: number): readonly LockSite[] {
    const around = this.#deferred.filter(({ from, to }) => from <= line && line <= to).map(({ site }) => site);
    const innermost = Math.max(...around.map((site) => site.functionStart));
    return around.filter((site) => site.functionStart === innermost);
  }
}

/** The lock a measured line takes or lets go, from the source; undefined where that is not plain. */
export function lockAt(locks: FileLocks, line: number, operation: string): NamedLock | undefined {
  const wanted = operation.endsWith("Unlock") ? "unlock" : "lock";
  const here = locks.at(line);
  const direct = only(here.filter((site) => site.op === wanted)) ?? only(here);
  if (direct !== undefined || wanted !== "unlock") return direct;
  // A deferred unlock is counted at the return or the closing brace.
  return only(locks.deferredAround(line));
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
