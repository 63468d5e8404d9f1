import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { type RunRecord, readRunRecord } from "../runs.ts";

const recordName = "run.json";

/** Kept runs: one directory each, below one directory of the product's own. */
export class RunStore {
  readonly #dir: string;

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** A new, empty directory for one run. */
  async create(): Promise<{ id: string; dir: string }> {
    const stamp = new Date().toISOString().replace(/[-:]/g, "").replace(/\..*$/, "");
    const id = `${stamp}-${randomBytes(3).toString("hex")}`;
    const dir = join(this.#dir, id);
    await mkdir(dir, { recursive: true, mode: 0o700 });
    return { id, dir };
  }

  /** Writes a file of a run so that it is there as a whole or not at all. */
  async write(id: string, name: string, content: string | Uint8Array): Promise<string> {
    const path = join(this.#dir, id, name);
    const temporary = `${path}.${randomBytes(4).toString("hex")}.tmp`;
    await writeFile(temporary, content, { mode: 0o600 });
    await rename(temporary, path);
    return path;
  }

  /** Keeps a run; its files, wherever they are, become part of it. */
  async save(record: RunRecord): Promise<RunRecord> {
    const files = await Promise.all(
      record.files.map(async ({ kind, path }, index) => ({ kind, path: await this.#adopt(record.id, path, index) })),
    );
    // Names alone are stored: a record that somebody else wrote can name no file outside of its directory.
    const stored = { ...record, files: files.map(({ kind, path }) => ({ kind, path: basename(path) })) };
    await this.write(record.id, recordName, JSON.stringify(stored));
    return { ...record, files };
  }

  async #adopt(id: string, path: string, index: number): Promise<string> {
    const own = join(this.#dir, id, basename(path));
    if (own === path) return path;
    return this.write(id, `${index}-${basename(path)}`, await readFile(path));
  }

  dir(id: string): string {
    return join(this.#dir, id);
  }

  /** Kept runs, the newest first; what cannot be read is left out. */
  async list(): Promise<RunRecord[]> {
    const names = await readdir(this.#dir).catch(() => []);
    const records = await Promise.all(names.map((name) => this.#read(name)));
    return records.filter((record) => record !== undefined).sort((a, b) => b.time - a.time);
  }

  async #read(name: string): Promise<RunRecord | undefined> {
    try {
      const record = readRunRecord(JSON.parse(await readFile(join(this.#dir, name, recordName), "utf8")));
      if (record?.id !== name) return undefined;
      const files = record.files.map(({ kind, path }) => ({ kind, path: join(this.#dir, name, basename(path)) }));
      return { ...record, files };
    } catch {
      return undefined;
    }
  }

  async remove(id: string): Promise<void> {
    await rm(join(this.#dir, id), { recursive: true, force: true });
  }

  /** Removes the oldest beyond `keep`, and directories that never became a run. */
  async prune(keep: number): Promise<void> {
    const records = await this.list();
    for (const { id } of records.slice(keep)) await this.remove(id);
    const known = new Set(records.map(({ id }) => id));
    const dayAgo = Date.now() - 86_400_000;
    for (const name of await readdir(this.#dir).catch(() => [])) {
      const made = Date.parse(name.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d).*$/, "$1-$2-$3T$4:$5:$6Z"));
      if (!known.has(name) && made < dayAgo) await this.remove(name);
    }
  }
}
