import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** One package of an archive of Go cases: sections `-- name.go --` in text files. */
export interface Case {
  readonly name: string;
  readonly source: string;
}

/** All cases of the text files of a directory. */
export function readCases(dir: string): Case[] {
  return readdirSync(dir)
    .filter((file) => file.endsWith(".txt"))
    .sort()
    .flatMap((file) => {
      const parts = readFileSync(join(dir, file), "utf8").split(/^-- (\S+)\.go --\n/m);
      return Array.from({ length: (parts.length - 1) / 2 }, (_, index) => ({
        name: parts[1 + 2 * index] ?? "",
        source: parts[2 + 2 * index] ?? "",
      }));
    });
}

/** Writes a module with one package for each case, named as the case. */
export function writeModule(root: string, cases: readonly Case[]): void {
  mkdirSync(root, { recursive: true });
  writeFileSync(join(root, "go.mod"), "module example.com/shapes\n\ngo 1.24\n");
  for (const { name, source } of cases) {
    mkdirSync(join(root, name), { recursive: true });
    writeFileSync(join(root, name, source.includes('"testing"') ? "x_test.go" : "x.go"), source);
  }
}

/** Numbers, from 1, of the lines with a `// want` comment. */
export function wantedLines(source: string): number[] {
  return source.split("\n").flatMap((line, index) => (/\/\/ want\b/.test(line) ? [index + 1] : []));
}
