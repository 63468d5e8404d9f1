import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { readCases } from "../harness/archive.ts";
import { analyseFiles, MemoryFiles } from "../harness/memory.ts";
import { long, seed } from "../harness/random.ts";
import { root } from "../harness/tools.ts";

function project(dir: string): Record<string, string> {
  const files: Record<string, string> = {};
  for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/\.go$|go\.mod$/.test(entry.name)) continue;
    const path = join(entry.parentPath, entry.name);
    files[`/m${path.slice(dir.length)}`] = readFileSync(path, "utf8");
  }
  return files;
}

/** One edit: lines of a file removed, doubled, swapped, or typed over. */
const edit = fc.record({
  file: fc.nat(),
  line: fc.nat(),
  kind: fc.constantFrom("remove", "double", "swap", "type", "newline", "go", "comment", "delete", "create"),
});

function apply(text: string, { line, kind }: { line: number; kind: string }): string {
  const lines = text.split("\n");
  const at = line % lines.length;
  const here = lines[at] ?? "";
  if (kind === "remove") lines.splice(at, 1);
  else if (kind === "double") lines.splice(at, 0, here);
  else if (kind === "swap") lines.splice(at, 2, lines[at + 1] ?? "", here);
  else if (kind === "type") lines[at] = `${here}x`;
  else if (kind === "newline") lines.splice(at, 0, "");
  else if (kind === "go") lines[at] = here.replace(/^(\s+)(\S.*[^{])$/, "$1go func() { $2 }()");
  else lines[at] = `// ${here}`;
  return lines.join("\n");
}

/** Makes an edit, or removes a file, or copies one into a directory of its own; answers the path of what changed. */
function change(path: string, texts: Record<string, string>, one: { line: number; kind: string }): string {
  if (one.kind === "delete") {
    Reflect.deleteProperty(texts, path);
    return path;
  }
  const text = texts[path] ?? "package lost\n";
  const to = one.kind === "create" ? `${dirname(path)}/made${one.line % 3}/${basename(path)}` : path;
  texts[to] = one.kind === "create" ? text : apply(text, one);
  return to;
}

/** The shapes of sharing, one package each, without Go's own sources around them. */
function shapes(): Record<string, string> {
  const cases = ["loud", "quiet"].flatMap((kind) => readCases(join(root, "test/fixtures/shapes", kind)));
  const files = cases.map(({ name, source }) => [`/m/${name}/${name}.go`, source] as const);
  return { ...Object.fromEntries(files), "/m/go.mod": "module example.com/shapes\n\ngo 1.24\n" };
}

for (const [name, original, runs] of [
  ["sample", project(join(root, "sample")), long ? 5000 : 150],
  ["test/cases/small", project(join(root, "test/cases/small")), long ? 2000 : 60],
  ["shapes", shapes(), long ? 300 : 40],
] as const) {
  test(`after any edits the findings are those of a fresh scan: ${name}`, () => {
    const paths = Object.keys(original)
      .filter((path) => path.endsWith(".go"))
      .sort();
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 6 }), (edits) => {
        const texts = { ...original };
        const files = new MemoryFiles(texts);
        const analysis = analyseFiles(files, "/m");
        analysis.findings();
        for (const one of edits) {
          const path = change(paths[one.file % paths.length] ?? "", texts, one);
          const text = texts[path];
          if (text === undefined) files.delete(path);
          else files.set(path, text);
          analysis.update(path);
          const fresh = analyseFiles(new MemoryFiles(texts), "/m");
          assert.deepEqual(analysis.findings(), fresh.findings());
        }
      }),
      { numRuns: runs, seed },
    );
  });
}
