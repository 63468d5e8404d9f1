import { dirname } from "../base/paths.ts";
import type { PackageSummary } from "./facts.ts";

/** How the sources of a directory differ from those that its facts were worked out from. */
export type Difference = "none" | "bodies" | "declarations";

/** Packages whose facts were worked out elsewhere, by directory, as long as nobody asks for their sources. */
export class Adopted {
  readonly #dirs = new Map<string, PackageSummary[]>();

  /** Answers the directory. */
  add(summary: PackageSummary): string | undefined {
    const [first] = summary.files;
    if (first === undefined) return undefined;
    const dir = dirname(first.path);
    const known = this.#dirs.get(dir);
    if (known === undefined) this.#dirs.set(dir, [summary]);
    else known.push(summary);
    return dir;
  }

  get directories(): Iterable<string> {
    return this.#dirs.keys();
  }

  has(dir: string): boolean {
    return this.#dirs.has(dir);
  }

  /** Import paths of a directory's packages. */
  packages(dir: string): string[] {
    return (this.#dirs.get(dir) ?? []).map(({ facts }) => facts.path);
  }

  files(dir: string): string[] {
    return (this.#dirs.get(dir) ?? []).flatMap(({ files }) => files.map(({ path }) => path));
  }

  /** Gives a directory up: its sources are read from now on. */
  take(dir: string): readonly PackageSummary[] | undefined {
    const known = this.#dirs.get(dir);
    this.#dirs.delete(dir);
    return known;
  }
}

export function difference(then: readonly PackageSummary[], now: readonly Omit<PackageSummary, "facts">[]): Difference {
  const told = (all: readonly Omit<PackageSummary, "facts">[], of: "hash" | "declared") =>
    String(all.flatMap(({ files }, index) => files.map((file) => `${index} ${file.path} ${file[of]}`)));
  if (told(then, "declared") !== told(now, "declared")) return "declarations";
  return told(then, "hash") === told(now, "hash") ? "none" : "bodies";
}
