import type { Directive } from "../checks/suppression.ts";
import { FactsError } from "../summaries/bytes/columns.ts";
import { column, TableReader, TableWriter } from "../summaries/bytes/table.ts";
import { UnitReader, UnitWriter } from "../summaries/bytes/units.ts";
import type { PackageFacts } from "../summaries/effects.ts";
import type { Place } from "../summaries/place.ts";

/** What is known of a package without its sources: all that findings follow from. */
export interface PackageSummary {
  readonly facts: PackageFacts;
  readonly files: readonly FileSummary[];
}

export interface FileSummary {
  readonly path: string;
  /** Tells whether the file is still the one that was summarised. */
  readonly hash: string;
  /** Tells whether it still declares the same. */
  readonly declared: string;
  readonly bytes: number;
  readonly generated: boolean;
  readonly imports: readonly string[];
  readonly directives: readonly Directive[];
  /** Maps and the locks that comments declare for them. */
  readonly guards: readonly (readonly [map: string, lock: string])[];
}

const [fileColumn, pathColumn, digestColumn] = [column("file"), column("path"), column("digest")];
const [numberColumn, countColumn] = [column("number"), column("count")];

/** Bytes of packages, in steps; paths below `dir` are written so that they hold in any copy of it. */
export function* writingFacts(packages: readonly PackageSummary[], dir: string): Generator<void, Uint8Array> {
  const rename = (one: string) => (one.startsWith(`${dir}/`) ? `\u0000${one.slice(dir.length)}` : one);
  const table = new TableWriter();
  const units = new UnitWriter(table);
  table.number(fileColumn, packages.length);
  for (const { facts, files } of packages) {
    yield* units.package(facts);
    table.number(fileColumn, files.length);
    for (const file of files) writeFile(file, table);
  }
  return table.finish(rename);
}

/** The packages again, in steps. Throws {@link FactsError} where the bytes are no packages. */
export function* readingFacts(
  bytes: Uint8Array,
  dir: string,
  globals: Map<string, Place>,
): Generator<void, readonly PackageSummary[]> {
  const rename = (one: string) => (one.startsWith("\u0000") ? dir + one.slice(1) : one);
  try {
    const table = new TableReader(bytes, rename);
    const units = new UnitReader(table, globals);
    const packages: PackageSummary[] = [];
    for (let left = table.number(fileColumn); left > 0; left--) {
      const facts = yield* units.package();
      packages.push({ facts, files: table.list(fileColumn, () => readFile(table)) });
    }
    return packages;
  } catch (error) {
    // Damaged bytes may nest what refers to each other without end.
    if (error instanceof RangeError) throw new FactsError("it is nested too deeply");
    throw error;
  }
}

function writeFile(file: FileSummary, table: TableWriter): void {
  table.text(file.path, pathColumn);
  writeDigest(file.hash, table);
  writeDigest(file.declared, table);
  table.number(numberColumn, file.bytes * 2 + (file.generated ? 1 : 0));
  table.number(countColumn, file.imports.length);
  for (const path of file.imports) table.text(path);
  table.number(countColumn, file.directives.length);
  for (const one of file.directives) writeDirective(one, table);
  table.number(countColumn, file.guards.length);
  for (const pair of file.guards) for (const one of pair) table.text(one);
}

function readFile(table: TableReader): FileSummary {
  const path = table.text(pathColumn);
  const [hash, declared] = [readDigest(table), readDigest(table)];
  const size = table.number(numberColumn);
  return {
    path,
    hash,
    declared,
    bytes: Math.floor(size / 2),
    generated: size % 2 === 1,
    imports: table.list(countColumn, () => table.text()),
    directives: table.list(countColumn, () => readDirective(table)),
    guards: table.list(countColumn, () => [table.text(), table.text()] as const),
  };
}

function writeDirective({ target, line, rules, reason, text, reasoned }: Directive, table: TableWriter): void {
  table.number(numberColumn, target);
  table.number(numberColumn, line * 2 + (reasoned ? 1 : 0));
  table.number(countColumn, rules.length);
  for (const rule of rules) table.text(rule);
  table.text(reason);
  table.text(text);
}

function readDirective(table: TableReader): Directive {
  const target = table.number(numberColumn);
  const line = table.number(numberColumn);
  return {
    target,
    line: Math.floor(line / 2),
    rules: table.list(countColumn, () => table.text()),
    reason: table.text(),
    text: table.text(),
    reasoned: line % 2 === 1,
  };
}

/** Hexadecimal digits, which nothing packs: seven are a number of four bytes. */
const digits = 7;

function writeDigest(hash: string, table: TableWriter): void {
  table.number(countColumn, hash.length);
  for (let at = 0; at < hash.length; at += digits)
    table.number(digestColumn, Number.parseInt(hash.slice(at, at + digits), 16));
}

function readDigest(table: TableReader): string {
  const length = table.number(countColumn);
  let hash = "";
  while (hash.length < length)
    hash += table
      .number(digestColumn)
      .toString(16)
      .padStart(Math.min(digits, length - hash.length), "0");
  return hash;
}
