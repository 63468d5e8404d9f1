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
