import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import fc from "fast-check";
import { readConfiguration } from "../../common/src/settings.ts";
import { OverlayFiles } from "../../server/src/base/overlay.ts";
import { Session } from "../../server/src/engine/session.ts";
import { readCases } from "../harness/archive.ts";
import { MemoryFiles, MemoryStore } from "../harness/memory.ts";
import { long, seed } from "../harness/random.ts";
import { root } from "../harness/tools.ts";

const build = { goos: "linux", goarch: "amd64", cgo: true, minor: 26, tags: [] };

/** The sample, and one package for each shape of sharing: some 150 directories. */
function project(): Record<string, string> {
  const texts: Record<string, string> = { "/m/go.mod": readFileSync(join(root, "sample/go.mod"), "utf8") };
  for (const entry of readdirSync(join(root, "sample"), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith(".go")) continue;
    const path = join(entry.parentPath, entry.name);
    texts[`/m${path.slice(join(root, "sample").length)}`] = readFileSync(path, "utf8");
  }
  for (const kind of ["loud", "quiet"])
    for (const { name, source } of readCases(join(root, "test/fixtures/shapes", kind)))
      texts[`/m/shapes/${name}/${name}.go`] = source;
  return texts;
}

function sessionOf(files: OverlayFiles, store?: MemoryStore): { session: Session; shown: () => number } {
  let shown = 0;
  const session = new Session(
    "/m",
    files,
    { goroot: "", modcache: "/cache" },
    build,
    { ...readConfiguration({}), delay: 1, minConfidence: "possible" },
    { findings: () => shown++, problem: () => undefined },
    store,
  );
  return { session, shown: () => shown };
}

const scan = (session: Session) =>
  session.scan(
    () => undefined,
    () => false,
  );

const step = fc.record({
  file: fc.nat(),
  kind: fc.constantFrom("line", "line", "delete", "copy", "switch", "pause", "rescan"),
  at: fc.nat(),
});

for (const kept of [false, true])
  test(`however edits, switched branches and scans overlap, in the end the findings are those of a fresh scan${kept ? ", also where it starts with what was kept" : ""}`, async () => {
    const original = project();
    const paths = Object.keys(original)
      .filter((path) => path.endsWith(".go"))
      .sort();
    const store = kept ? new MemoryStore() : undefined;
    if (store !== undefined) {
      const before = sessionOf(new OverlayFiles(new MemoryFiles(original)), store).session;
      await scan(before);
      await before.kept();
      before.dispose();
    }
    const run = async (steps: readonly { file: number; kind: string; at: number }[]) => {
      const texts: Record<string, string> = { ...original };
      const memory = new MemoryFiles(texts);
      const { session, shown } = sessionOf(new OverlayFiles(memory), store);
      await scan(session);
      const set = (path: string, text: string | undefined) => {
        if (text === undefined) Reflect.deleteProperty(texts, path);
        else texts[path] = text;
        if (text === undefined) memory.delete(path);
        else memory.set(path, text);
        session.changed(path);
      };
      const without = (text: string, at: number) => {
        const lines = text.split("\n");
        return lines.toSpliced(at % lines.length, 1).join("\n");
      };
      for (const { file, kind, at } of steps) {
        const path = paths[file % paths.length] ?? "";
        const text = texts[path] ?? original[path] ?? "";
        if (kind === "line") set(path, without(text, at));
        else if (kind === "delete") set(path, undefined);
        else if (kind === "copy") set(path.replace("/m/", `/m/copy${at % 2}/`), text);
        else if (kind === "switch")
          for (const one of paths.slice(file % 40, (file % 40) + 60))
            set(one, texts[one] === original[one] ? without(original[one] ?? "", at) : original[one]);
        else if (kind === "pause") await pause(at % 12);
        else void scan(session);
        if (at % 3 === 0) void session.flush();
      }
      await session.flush();
      await session.scanned();
      assert.ok(shown() > 0);
      const { session: fresh } = sessionOf(new OverlayFiles(new MemoryFiles(texts)));
      await scan(fresh);
      assert.deepEqual(session.findings, fresh.findings);
      session.dispose();
      fresh.dispose();
    };
    await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), run), {
      numRuns: long ? 120 : 12,
      seed,
    });
  });
