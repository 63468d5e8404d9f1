import { randomBytes } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { readVerdicts, type Verdict, withVerdict } from "../verdicts/verdict.ts";

/** Kept verdicts in one JSON file. */
export class VerdictStore {
  readonly path: string;
  #writing: Promise<unknown> = Promise.resolve();

  constructor(path: string) {
    this.path = path;
  }

  /** What is kept; nothing where the file is missing. Throws where it is there and is no list of verdicts. */
  async read(): Promise<Verdict[]> {
    const text = await readFile(this.path, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      throw error;
    });
    if (text === undefined) return [];
    try {
      return readVerdicts(JSON.parse(text));
    } catch (error) {
      throw new Error(`${this.path}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  }

  /** Adds verdicts; each takes the place of an older one on the same finding. */
  add(verdicts: readonly Verdict[]): Promise<Verdict[]> {
    return this.#change((kept) => verdicts.reduce(withVerdict, kept));
  }

  remove(fingerprint: string): Promise<Verdict[]> {
    return this.#change((kept) => kept.filter((one) => one.fingerprint !== fingerprint));
  }

  /** One change after another; the file is there as a whole or not at all. */
  #change(change: (kept: Verdict[]) => Verdict[]): Promise<Verdict[]> {
    const next = this.#writing.then(async () => {
      const verdicts = change(await this.read());
      await mkdir(dirname(this.path), { recursive: true });
      const temporary = `${this.path}.${randomBytes(4).toString("hex")}.tmp`;
      try {
        await writeFile(temporary, `${JSON.stringify({ version: 1, verdicts }, undefined, 2)}\n`);
        await rename(temporary, this.path);
      } finally {
        await rm(temporary, { force: true });
      }
      return verdicts;
    });
    this.#writing = next.catch(() => undefined);
    return next;
  }
}
