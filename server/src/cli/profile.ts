import { formatTime } from "../../../common/src/format.ts";
import { encodeProfile } from "../evidence/pprof/encode.ts";
import { type LineRow, lineTable } from "../evidence/pprof/lines.ts";
import { mergeProfiles } from "../evidence/pprof/merge.ts";
import { type Profile, ProfileError } from "../evidence/pprof/profile.ts";
import { combine, type Top, top } from "../evidence/pprof/top.ts";
import { InputError } from "../host/disk.ts";
import { readProfile, writeProfile } from "../host/profiles.ts";
import type { Output } from "./scan.ts";

export interface ProfileOptions {
  readonly files: readonly string[];
  readonly base: string | undefined;
  readonly json: boolean;
  /** Rows of the text output. */
  readonly count: number;
  /** Regular expression of the functions whose lines are listed. */
  readonly list: string | undefined;
  /** Where the profiles, added up, are written. */
  readonly out: string | undefined;
}

/** `maprace profile`: the tables of one or more profiles, added up, or their difference to a base. */
export function runProfile(options: ProfileOptions, output: Output): number {
  const profiles = options.files.map(readProfile);
  const base = options.base === undefined ? undefined : readProfile(options.base);
  if (options.out !== undefined) return write(merged(profiles, base), options.out, output);
  if (options.list !== undefined) return list(merged(profiles, base), options.list, options.json, output);
  const tops = combine(profiles.map(top), base === undefined ? [] : top(base));
  output.out(options.json ? `${JSON.stringify(tops)}\n` : tops.map((one) => table(one, options.count)).join("\n"));
  return 0;
}

function merged(profiles: readonly Profile[], base: Profile | undefined): Profile {
  try {
    return mergeProfiles(profiles, base === undefined ? [] : [base]);
  } catch (error) {
    if (error instanceof ProfileError) throw new InputError(error.message);
    throw error;
  }
}

function write(profile: Profile, path: string, output: Output): number {
  writeProfile(path, encodeProfile(profile));
  output.err(`maprace: written: ${path}\n`);
  return 0;
}

function list(profile: Profile, pattern: string, json: boolean, output: Output): number {
  let wanted: RegExp;
  try {
    wanted = new RegExp(pattern);
  } catch {
    throw new InputError(`--list: not a regular expression: ${pattern}`);
  }
  const tables = profile.sampleTypes.map(({ type, unit }, column) => ({
    sampleType: type,
    unit,
    rows: lineTable(profile, column, (name) => wanted.test(name)),
  }));
  output.out(json ? `${JSON.stringify(tables)}\n` : tables.map(lines).join("\n"));
  return 0;
}

function lines({ sampleType, unit, rows }: { sampleType: string; unit: string; rows: readonly LineRow[] }): string {
  const out = [`${sampleType}: ${rows.length} lines`, `${"flat".padStart(10)} ${"cum".padStart(10)}`];
  for (const row of rows)
    out.push(
      `${amount(row.flat, unit).padStart(10)} ${amount(row.cum, unit).padStart(10)}  ${row.file}:${row.line} ${row.function}`,
    );
  return `${out.join("\n")}\n`;
}

function table({ sampleType, unit, total, rows }: Top, count: number): string {
  if (rows.length === 0)
    return `${sampleType}: no samples. Was its rate set? SetMutexProfileFraction and SetBlockProfileRate are 0 by default.\n`;
  const out = [
    `${sampleType}: ${amount(total, unit)} in all, ${rows.length} functions`,
    `${"flat".padStart(10)} ${"flat%".padStart(7)} ${"cum".padStart(10)} ${"cum%".padStart(7)}`,
  ];
  for (const row of rows.slice(0, count)) {
    const share = (value: number) => `${((100 * value) / (total || 1)).toFixed(2)}%`.padStart(7);
    out.push(
      `${amount(row.flat, unit).padStart(10)} ${share(row.flat)} ${amount(row.cum, unit).padStart(10)} ${share(row.cum)}  ${row.function}`,
    );
  }
  return `${out.join("\n")}\n`;
}

/** Three significant digits, the unit chosen by size. */
function amount(value: number, unit: string): string {
  if (unit === "nanoseconds") return formatTime(value, "en");
  return Math.abs(value) < 1e6 ? String(value) : value.toExponential(2);
}
