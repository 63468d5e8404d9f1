import type { EditedFiles } from "../base/overlay.ts";
import { dirname, join } from "../base/paths.ts";

/** Files without those that an earlier server did not survive. Who looks on is told of each file before it is read. */
export class Quarantine implements EditedFiles {
  readonly #below: EditedFiles;
  readonly #reading: (path: string) => void;
  readonly #hidden: Set<string>;

  constructor(below: EditedFiles, hidden: Iterable<string>, reading: (path: string) => void) {
    this.#below = below;
    this.#hidden = new Set(hidden);
    this.#reading = reading;
  }

  /** Files and directories that are left out. */
  get hidden(): readonly string[] {
    return [...this.#hidden];
  }

  get opened(): Iterable<string> {
    return this.#below.opened;
  }

  /** A file has changed: it is let in again, and so is its directory. Answers whether it was left out. */
  lift(path: string): boolean {
    return [path, dirname(path)].filter((one) => this.#hidden.delete(one)).length > 0;
  }

  read(path: string): Uint8Array | undefined {
    if (this.#isHidden(path)) return undefined;
    this.#reading(path);
    return this.#below.read(path);
  }

  list(path: string) {
    if (this.#hidden.has(path)) return [];
    const entries = this.#below.list(path);
    return this.#hidden.size === 0 ? entries : entries?.filter(({ name }) => !this.#hidden.has(join(path, name)));
  }

  kind(path: string) {
    return this.#isHidden(path) ? undefined : this.#below.kind(path);
  }

  real(path: string) {
    return this.#below.real(path);
  }

  #isHidden(path: string): boolean {
    return this.#hidden.has(path) || (path.endsWith(".go") && this.#hidden.has(dirname(path)));
  }
}
