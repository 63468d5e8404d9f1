import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writevSync,
} from "node:fs";
import { homedir } from "node:os";
import { gunzipSync, gzipSync } from "node:zlib";
import type { Files } from "../base/files.ts";
import { digest } from "../base/fingerprint.ts";
import { basename, join } from "../base/paths.ts";
import { holds, type Observation, type Witness } from "../base/witness.ts";
import type { FactsStore } from "../engine/recall.ts";
import { programVersion } from "./program.ts";

/** Entries are removed, those unused for longest first, until they take less than this. */
const maxBytes = 256 << 20;
/** Results of scans, facts of packages, modules of which there are facts, and heads of a workspace's directories. */
const suffixes = { results: ".scan", facts: ".facts", modules: ".modules", heads: ".heads" } as const;
const digestLength = 64;

/** Where results are kept: `MAPRACE_CACHE`, else below the user's cache directory; undefined where it is `off`. */
export function cacheDirectory(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const own = env["MAPRACE_CACHE"];
  if (own === "off") return undefined;
  if (own !== undefined && own !== "") return own;
  if (process.platform === "win32") return env["LocalAppData"] && join(env["LocalAppData"], "maprace");
  if (process.platform === "darwin") return join(homedir(), "Library/Caches/maprace");
  return join(env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "maprace");
}

/** Where facts of packages are kept for the editor and `maprace scan` alike; undefined where nothing is to be kept. */
export function factsStore(env: Readonly<Record<string, string | undefined>>) {
  const dir = cacheDirectory(env);
  return dir === undefined ? undefined : Object.assign(new Cache(dir), { program: programVersion() });
}

/**
 * Results with all that was read for them: one holds as long as every file and directory still says the same, by content.
 * Facts of packages by keys that name all that they follow from.
 * What cannot be read, is damaged or cannot be written is as if it was not there. Entries are whole files that are renamed
 * into place, so any number of processes may share a directory.
 */
export class Cache implements FactsStore {
  readonly #dir: string;
  /** The directory is there. */
  #made = false;

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** The result of a scan. Nothing that is read of `files` is kept. */
  recall(key: string, files: Files): unknown {
    const body = this.#read(this.#path(key, "results"));
    if (body === undefined) return undefined;
    try {
      const entry: unknown = JSON.parse(gunzipSync(body).toString());
      return isEntry(entry) && holds(files, entry.observations) ? entry.value : undefined;
    } catch {
      return undefined;
    }
  }

  remember(key: string, witness: Witness, value: unknown): void {
    const text = JSON.stringify({ observations: witness.observations, value });
    if (!witness.torn) this.#store(this.#path(key, "results"), gzipSync(text, { level: 1 }));
  }

  /** Facts of packages. */
  find(key: string): Uint8Array | undefined {
    return this.#read(this.#path(key, "facts"));
  }

  /** Facts are small, and there are many of them: packing them would take longer than all else that is done to keep them. */
  keep(key: string, bytes: Uint8Array): void {
    this.#store(this.#path(key, "facts"), bytes);
  }

  /** Heads of the directories of a workspace. */
  findHeads(workspace: string): Uint8Array | undefined {
    return this.#read(this.#path(workspace, "heads"));
  }

  keepHeads(workspace: string, bytes: Uint8Array): void {
    this.#store(this.#path(workspace, "heads"), bytes);
  }

  knows(modules: string): boolean {
    return this.#read(this.#path(modules, "modules")) !== undefined;
  }

  note(modules: string): void {
    this.#store(this.#path(modules, "modules"), new Uint8Array(0));
  }

  #read(path: string): Buffer | undefined {
    try {
      const bytes = readFileSync(path);
      const body = bytes.subarray(digestLength);
      if (sumOf(path, body) !== bytes.subarray(0, digestLength).toString()) return undefined;
      const now = new Date();
      utimesSync(path, now, now);
      return body;
    } catch {
      return undefined;
    }
  }

  #store(path: string, body: Uint8Array): void {
    const temporary = `${path}.${process.pid}`;
    try {
      if (!this.#made) mkdirSync(this.#dir, { recursive: true, mode: 0o700 });
      this.#made = true;
      const file = openSync(temporary, "w", 0o600);
      try {
        writeAll(file, [Buffer.from(sumOf(path, body)), body]);
      } finally {
        closeSync(file);
      }
      renameSync(temporary, path);
    } catch {
      remove(temporary);
      // Somebody may have removed the directory.
      this.#made = false;
    }
  }

  #path(key: string, kind: keyof typeof suffixes): string {
    return join(this.#dir, digest(Buffer.from(key)) + suffixes[kind]);
  }

  /** Removes what is beyond the bound, what was not used for longest first. To be called when something was kept. */
  tidy(): void {
    try {
      this.#evict();
    } catch {
      // Another process tidies, too, or nothing could be kept.
    }
  }

  #evict(): void {
    const entries = readdirSync(this.#dir)
      .filter((name) => Object.values(suffixes).some((suffix) => name.includes(suffix)))
      .flatMap((name) => {
        const path = join(this.#dir, name);
        const stat = statSync(path, { throwIfNoEntry: false });
        return stat === undefined ? [] : [{ path, used: stat.mtimeMs, size: stat.size }];
      })
      .sort((a, b) => b.used - a.used);
    let size = 0;
    for (const entry of entries) {
      size += entry.size;
      if (size > maxBytes) remove(entry.path);
    }
  }
}

/** There are many of them: each call counts. */
function writeAll(file: number, parts: readonly Uint8Array[]): void {
  const all = parts.reduce((sum, { length }) => sum + length, 0);
  if (writevSync(file, parts) !== all) throw new Error("the device is full");
}

/** An entry under another's name is as good as damaged. */
function sumOf(path: string, body: Uint8Array): string {
  return digest(Buffer.from(basename(path)), body);
}

function remove(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Nobody reads it: its name or its directory is not that of an entry.
  }
}

function isEntry(value: unknown): value is { observations: Observation[]; value: unknown } {
  if (typeof value !== "object" || value === null || !("observations" in value) || !("value" in value)) return false;
  return (
    Array.isArray(value.observations) &&
    value.observations.every(
      (one) =>
        Array.isArray(one) &&
        ["read", "list", "kind", "real"].includes(String(one[0])) &&
        one.length === 3 &&
        one.every((part) => typeof part === "string"),
    )
  );
}
