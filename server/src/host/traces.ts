import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { TraceReader } from "../evidence/trace/reader.ts";
import { TraceError } from "../evidence/trace/spec.ts";
import { type AnalyseOptions, analyse } from "../evidence/trace/waits/analyse.ts";
import type { TraceModel } from "../evidence/trace/waits/model.ts";
import { InputError } from "./disk.ts";

/** Reads and analyses an execution trace, one generation in memory at a time. Throws `InputError`. */
export function readTrace(path: string, options: AnalyseOptions = {}): TraceModel {
  const file = open(path);
  try {
    return analyse(
      new TraceReader({ read: (into, offset) => readSync(file, into, offset, into.length - offset, null) }),
      options,
    );
  } catch (error) {
    if (error instanceof TraceError) throw new InputError(`${path}: ${error.message}`);
    throw error;
  } finally {
    closeSync(file);
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
