import { decodeProfile, ProfileError } from "../evidence/pprof/decode.ts";
import { combine, type Top, top } from "../evidence/pprof/top.ts";
import { disk } from "../host/disk.ts";
import { inflate } from "../host/profiles.ts";
import type { Output } from "./scan.ts";

export interface ProfileOptions {
  readonly files: readonly string[];
  readonly base: string | undefined;
  readonly json: boolean;
  /** Rows of the text output. */
  readonly count: number;
}

/** `maprace profile`: the tables of one or more profiles, added up, or their difference to a base. */
export function runProfile(options: ProfileOptions, output: Output): number {
  try {
    const tops = combine(options.files.map(read), options.base === undefined ? [] : read(options.base));
    output.out(options.json ? `${JSON.stringify(tops)}\n` : tops.map((one) => table(one, options.count)).join("\n"));
    return 0;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    output.err(`maprace: ${error.message}\n`);
    return 2;
  }
}

/** The user's to fix: a file that is missing or no profile. */
class InputError extends Error {}

function read(path: string): Top[] {
  const bytes = disk.read(path);
  if (bytes === undefined) throw new InputError(`${path}: cannot be read`);
  try {
    return top(decodeProfile(inflate(bytes)));
  } catch (error) {
    if (error instanceof ProfileError) throw new InputError(`${path}: ${error.message}`);
    throw error;
  }
}

function table({ sampleType, unit, total, rows }: Top, count: number): string {
  if (rows.length === 0)
    return `${sampleType}: no samples. Was its rate set? SetMutexProfileFraction and SetBlockProfileRate are 0 by default.\n`;
  const lines = [
    `${sampleType}: ${amount(total, unit)} in all, ${rows.length} functions`,
    `${"flat".padStart(10)} ${"flat%".padStart(7)} ${"cum".padStart(10)} ${"cum%".padStart(7)}`,
  ];
  for (const row of rows.slice(0, count)) {
    const share = (value: number) => `${((100 * value) / (total || 1)).toFixed(2)}%`.padStart(7);
    lines.push(
      `${amount(row.flat, unit).padStart(10)} ${share(row.flat)} ${amount(row.cum, unit).padStart(10)} ${share(row.cum)}  ${row.function}`,
    );
  }
  return `${lines.join("\n")}\n`;
}

const steps = [
  ["ns", 1e3],
  ["us", 1e3],
  ["ms", 1e3],
  ["s", 60],
  ["min", Number.POSITIVE_INFINITY],
] as const;

/** Three significant digits, the unit chosen by size. */
function amount(value: number, unit: string): string {
  if (unit !== "nanoseconds") return Math.abs(value) < 1e6 ? String(value) : value.toExponential(2);
  let rest = value;
  for (const [name, size] of steps) {
    if (Math.abs(rest) < size) return `${Number(rest.toPrecision(3))} ${name}`;
    rest /= size;
  }
  return `${rest} min`;
}
