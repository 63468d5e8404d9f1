import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeSync } from "node:fs";
import { digest } from "../base/fingerprint.ts";
import { join } from "../base/paths.ts";

/** An earlier server that ended without saying so, and what it was looking at. */
export interface Crash {
  readonly path: string;
  /** Milliseconds since 1970. */
  readonly time: number;
}

/** Records are forgotten after a day. */
const kept = 86_400_000;

/**
 * What a server is looking at, written down before it begins: a process that is killed, or runs out of memory, can say
 * nothing afterwards. The next server for the same folders reads it. One file per process, removed at an orderly end.
 */
export class Journal {
  readonly crashes: readonly Crash[];
  readonly #file: number | undefined;
  readonly #path: string;
  #at = "";

  /** Without a directory, or where it cannot be written, nothing is kept. */
  constructor(dir: string | undefined, folders: readonly string[], now: number) {
    const own = digest(Buffer.from([...folders].sort().join("\0"))).slice(0, 16);
    this.#path = join(dir ?? "", `${own}.${process.pid}.${now.toString(36)}`);
    this.crashes = dir === undefined ? [] : earlier(dir, own, now);
    this.#file = dir === undefined ? undefined : created(dir, this.#path);
  }

  /** A file or directory is about to be looked at; nothing is, where it is empty. */
  working(path: string): void {
    if (path === this.#at || this.#file === undefined) return;
    this.#at = path;
    try {
      writeSync(this.#file, `${path}\n`, 0);
    } catch {
      // A full disk: the next server will not know what this one looked at.
    }
  }

  /** As `working`, for what is read in the course of it. */
  reading(path: string): void {
    if (this.#at !== "") this.working(path);
  }

  /** The server ends as it should. */
  end(): void {
    if (this.#file === undefined) return;
    closeSync(this.#file);
    rmSync(this.#path, { force: true });
  }
}

/** Paths that two servers did not survive, and that are as they were then. */
export function poisonous(crashes: readonly Crash[]): string[] {
  const paths = new Set(crashes.map(({ path }) => path));
  return [...paths].filter((path) => {
    const times = crashes.filter((one) => one.path === path).map(({ time }) => time);
    const changed = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Number.POSITIVE_INFINITY;
    return times.filter((time) => time >= changed).length >= 2;
  });
}

function created(dir: string, path: string): number | undefined {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    return openSync(path, "wx", 0o600);
  } catch {
    return undefined;
  }
}

function earlier(dir: string, own: string, now: number): Crash[] {
  const crashes: Crash[] = [];
  for (const name of names(dir)) {
    const path = join(dir, name);
    try {
      const time = statSync(path).mtimeMs;
      const [folders, pid] = name.split(".");
      if (now - time > kept) rmSync(path, { force: true });
      else if (folders === own && !isAlive(Number(pid))) {
        const [at = ""] = readFileSync(path, "utf8").split("\n");
        if (at === "") rmSync(path, { force: true });
        else crashes.push({ path: at, time });
      }
    } catch {
      // Another server has removed it.
    }
  }
  return crashes;
}

function names(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch {
    return [];
  }
}

function isAlive(pid: number): boolean {
  // Of this process's own number it was an earlier one, as in a container that is started anew.
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
