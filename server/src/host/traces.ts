import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { ByteSource } from "../evidence/trace/bytes.ts";
import { TraceReader } from "../evidence/trace/reader.ts";
import { TraceError } from "../evidence/trace/spec.ts";
import { type AnalyseOptions, analyse } from "../evidence/trace/waits/analyse.ts";
import type { TraceModel } from "../evidence/trace/waits/model.ts";
import { InputError } from "./disk.ts";

/** Reads and analyses an execution trace, one generation in memory at a time. Throws `InputError`. */
export function readTrace(path: string, options: AnalyseOptions = {}): TraceModel {
  const file = new TraceFile(path);
  try {
    return file.guarded(() => analyse(new TraceReader(file), options));
  } finally {
    file.close();
  }
}

/** An open trace. Throws `InputError`. */
export class TraceFile {
  readonly path: string;
  readonly size: number;
  readonly #file: number;

  constructor(path: string) {
    this.path = path;
    this.#file = open(path);
    this.size = fstatSync(this.#file).size;
  }

  read(into: Uint8Array, offset: number): number {
    return readSync(this.#file, into, offset, into.length - offset, null);
  }

  /** The bytes from a point on, whatever else is read. */
  from(offset: number): ByteSource {
    let position = offset;
    return {
      read: (into, at) => {
        const count = readSync(this.#file, into, at, into.length - at, position);
        position += count;
        return count;
      },
    };
  }

  /** Runs what reads the trace; its errors name the file. */
  guarded<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      if (error instanceof TraceError) throw new InputError(`${this.path}: ${error.message}`);
      throw error;
    }
  }

  close(): void {
    closeSync(this.#file);
  }
}

/** By its first bytes; a file that cannot be read is none. */
export function isTrace(path: string): boolean {
  const head = Buffer.alloc(13);
  try {
    const file = openSync(path, "r");
    try {
      readSync(file, head, 0, head.length, 0);
    } finally {
      closeSync(file);
    }
  } catch {
    return false;
  }
  return /^go 1\.\d\d trace/.test(head.toString("latin1"));
}

function open(path: string): number {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch {
    throw new InputError(`${path}: cannot be read`);
  }
  if (fstatSync(file).isFile()) return file;
  closeSync(file);
  throw new InputError(`${path}: not a file`);
}
