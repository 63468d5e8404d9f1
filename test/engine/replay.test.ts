import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import type { Finding } from "../../common/src/finding.ts";
import type { Analysis } from "../../server/src/engine/analysis.ts";
import { readCases } from "../harness/archive.ts";
import { analyseFiles, MemoryFiles } from "../harness/memory.ts";
import { long, seed } from "../harness/random.ts";
import { root } from "../harness/tools.ts";

/** Every shape of sharing, twice, each in a package of its own. */
function shapes(): Record<string, string> {
  const texts: Record<string, string> = { "/m/go.mod": "module example.com/shapes\n\ngo 1.24\n" };
  for (const kind of ["loud", "quiet"])
    for (const { name, source } of readCases(join(root, "test/fixtures/shapes", kind)))
      for (const copy of ["a", "b"]) texts[`/m/${copy}/${name}/${name}.go`] = source;
  return texts;
}

/** A line removed, another one copied there, two exchanged, or a line as it is half typed. */
function edited(text: string, { kind, at, from }: { kind: string; at: number; from: number }): string {
  const lines = text.split("\n");
  const copied = lines[from % lines.length] ?? "";
  if (kind === "exchange") {
    const here = lines[at % lines.length] ?? "";
    return lines
      .with(at % lines.length, copied)
      .with(from % lines.length, here)
      .join("\n");
  }
  const put = kind === "remove" ? [] : [kind === "copy" ? copied : kind];
  return lines.toSpliced(at % lines.length, kind === "remove" ? 1 : 0, ...put).join("\n");
}

/** Settles as a server does that is interrupted by the next edit: some steps of it. */
function settlePartly(analysis: Analysis, steps: number): void {
  const settling = analysis.settling();
  for (let left = steps; left > 0 && settling.next().done !== true; left--);
}

const edit = fc.record({
  file: fc.nat(),
  kind: fc.constantFrom("remove", "copy", "\tcount :=", "\t// done"),
  at: fc.nat(),
  from: fc.nat(),
  /** Settling between this edit and the next one, in steps; mostly none. */
  steps: fc.oneof({ weight: 30, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(400) }),
});

const batch = fc.record({
  edits: fc.array(edit, { minLength: 1, maxLength: 120, size: "max" }),
  whole: fc.boolean(),
  /** Settling between the edits and taking them back: undefined stands for all of it. */
  steps: fc.option(fc.nat(400), { nil: undefined }),
});

test("however often settling is interrupted, edits that are taken back leave the findings as they were", () => {
  const original = shapes();
  const paths = Object.keys(original).filter((path) => path.endsWith(".go"));
  fc.assert(
    fc.property(fc.array(batch, { minLength: 6, maxLength: 12, size: "max" }), (batches) => {
      const files = new MemoryFiles(original);
      const analysis = analyseFiles(files, "/m");
      const before = analysis.findings();
      for (const { edits, whole, steps } of batches) {
        const set = (path: string, text: string) => {
          files.set(path, text);
          if (whole) analysis.updateDirectory(dirname(path));
          else analysis.update(path);
        };
        for (const one of edits) {
          const path = paths[one.file % paths.length] ?? "";
          set(path, edited(original[path] ?? "", one));
          settlePartly(analysis, one.steps);
        }
        if (steps === undefined) analysis.findings();
        else settlePartly(analysis, steps);
        for (const one of edits) {
          const path = paths[one.file % paths.length] ?? "";
          set(path, original[path] ?? "");
          settlePartly(analysis, one.steps);
        }
        assert.deepEqual(analysis.findings(), before);
      }
    }),
    // Making a thousand edits fewer takes minutes; the finding that differs tells which shape it is.
    { numRuns: long ? 40 : 8, seed, endOnFailure: true },
  );
});

/** Texts with one line less; in long runs also with one twice, and with one half typed, at each place. */
function* withOneEdit(text: string): Generator<string, void> {
  const lines = text.split("\n");
  for (const [at, line] of lines.entries()) {
    if (/^\s*(\/\/.*)?$/.test(line)) continue;
    yield lines.toSpliced(at, 1).join("\n");
    if (!long) continue;
    yield lines.toSpliced(at, 0, line).join("\n");
    yield lines.toSpliced(at, 0, "\tcount :=").join("\n");
  }
}

test("any line of any shape that is removed and put back leads to the findings of a fresh scan", () => {
  for (const [path, source] of Object.entries(shapes())) {
    if (!path.startsWith("/m/a/")) continue;
    const files = new MemoryFiles({ "/m/go.mod": "module example.com/shapes\n\ngo 1.24\n", [path]: source });
    const analysis = analyseFiles(files, "/m");
    const before = analysis.findings();
    for (const text of withOneEdit(source)) {
      files.set(path, text);
      analysis.update(path);
      assert.deepEqual(analysis.findings(), analyseFiles(files, "/m").findings(), text);
      files.set(path, source);
      analysis.update(path);
      assert.deepEqual(analysis.findings(), before, text);
    }
  }
});

const step = fc.record({
  kind: fc.constantFrom("remove", "remove", "copy", "copy", "exchange", "\tcount :=", "restore"),
  at: fc.nat(),
  from: fc.nat(),
});

test("edits of one shape, one after the other, lead to the findings of a fresh scan", () => {
  const sources = Object.entries(shapes()).filter(([path]) => path.startsWith("/m/a/"));
  fc.assert(
    fc.property(fc.nat(), fc.array(step, { minLength: 1, maxLength: 10, size: "max" }), (which, steps) => {
      const [path, source] = sources[which % sources.length] ?? ["", ""];
      const files = new MemoryFiles({ "/m/go.mod": "module example.com/shapes\n\ngo 1.24\n", [path]: source });
      const analysis = analyseFiles(files, "/m");
      analysis.findings();
      let text = source;
      for (const one of steps) {
        text = one.kind === "restore" ? source : edited(text, one);
        files.set(path, text);
        analysis.update(path);
        assert.deepEqual(analysis.findings(), analyseFiles(files, "/m").findings(), text);
      }
    }),
    { numRuns: long ? 8_000 : 600, seed },
  );
});

/** Lines that end in `// becomes: text` say what an edit makes of them; an empty text removes the line. */
function becoming(source: string): string {
  return source
    .split("\n")
    .flatMap((line) => {
      const [, text] = /\/\/ becomes:(.*)$/.exec(line) ?? [];
      return text === undefined ? [line] : text.trim() === "" ? [] : [text.slice(1)];
    })
    .join("\n");
}

for (const { name, source } of readCases(join(root, "test/fixtures/edits")))
  test(`an edit leads to the findings of a fresh scan, and so does taking it back: ${name}`, () => {
    const path = "/m/p/p.go";
    const files = new MemoryFiles({ "/m/go.mod": "module example.com/p\n\ngo 1.24\n", [path]: source });
    const analysis = analyseFiles(files, "/m");
    const before = analysis.findings();
    const after = becoming(source);
    for (const text of [after, source, after, source]) {
      files.set(path, text);
      analysis.update(path);
      const fresh = analyseFiles(files, "/m").findings();
      assert.deepEqual(analysis.findings(), fresh);
      assert.equal(told(fresh) === told(before), text === source, "the edit changes nothing");
    }
  });

function told(findings: readonly Finding[]): string {
  return findings.map(({ primary, confidence }) => `${primary.location.line} ${confidence}`).join("\n");
}
