import type { Finding } from "../../common/src/finding.ts";
import type { Entry, EntryKind, Files } from "../../server/src/base/files.ts";
import { dirname, join } from "../../server/src/base/paths.ts";
import { finish } from "../../server/src/base/steps.ts";
import { Analysis } from "../../server/src/engine/analysis.ts";
import { PackageKeys } from "../../server/src/engine/keys.ts";
import { type FactsStore, Recall, takeIn } from "../../server/src/engine/recall.ts";

/** A file tree in memory, `path -> text`. */
export class MemoryFiles implements Files {
  readonly #files = new Map<string, Uint8Array>();

  constructor(files: Readonly<Record<string, string | Uint8Array>>) {
    for (const [path, text] of Object.entries(files)) this.set(path, text);
  }

  set(path: string, text: string | Uint8Array): void {
    this.#files.set(join(path), typeof text === "string" ? new TextEncoder().encode(text) : text);
  }

  delete(path: string): void {
    this.#files.delete(path);
  }

  read(path: string): Uint8Array | undefined {
    return this.#files.get(path);
  }

  list(path: string): readonly Entry[] | undefined {
    const entries = new Map<string, EntryKind>();
    for (const file of this.#files.keys()) {
      if (!file.startsWith(`${path}/`)) continue;
      const rest = file.slice(path.length + 1);
      const slash = rest.indexOf("/");
      entries.set(slash < 0 ? rest : rest.slice(0, slash), slash < 0 ? "file" : "directory");
    }
    return entries.size === 0 ? undefined : [...entries].map(([name, kind]) => ({ name, kind }));
  }

  kind(path: string): EntryKind | undefined {
    if (this.#files.has(path)) return "file";
    for (const file of this.#files.keys()) if (dirname(file).startsWith(path)) return "directory";
    return undefined;
  }

  real(path: string): string | undefined {
    return this.kind(path) === undefined ? undefined : path;
  }
}

const build = { goos: "linux", goarch: "amd64", cgo: true, minor: 26, tags: [] };

/** An analysis of a module in memory, without Go's own sources: the built-in declarations stand for them. */
export function analyse(files: Readonly<Record<string, string>>, root = "/m"): Analysis {
  const memory = new MemoryFiles({ [`${root}/go.mod`]: "module example.com/m\n\ngo 1.24\n", ...files });
  return analyseFiles(memory, root);
}

export function analyseFiles(files: Files, root: string): Analysis {
  const analysis = new Analysis({ files, toolchain: { goroot: "", modcache: "/cache" }, build, tests: true }, root);
  const dirs = analysis.expand(["./..."]);
  for (const dir of dirs) analysis.load(dir);
  for (const dir of dirs) finish(analysis.lowering(dir));
  return analysis;
}

/** Facts kept in memory. */
export class MemoryStore implements FactsStore {
  readonly program = "test";
  readonly #facts = new Map<string, Uint8Array>();
  readonly #modules = new Set<string>();

  /** How often something was found. */
  hits = 0;

  find(key: string): Uint8Array | undefined {
    const known = this.#facts.get(key);
    if (known !== undefined) this.hits++;
    return known;
  }

  keep(key: string, bytes: Uint8Array): void {
    this.#facts.set(key, bytes);
  }

  knows(modules: string): boolean {
    return this.#modules.has(modules);
  }

  note(modules: string): void {
    this.#modules.add(modules);
  }

  tidy(): void {
    // Bounded by the test's own end.
  }
}

/** As `analyseFiles`, with the facts that a store has; what is worked out goes there. Answers how many directories it knew. */
export async function recallFiles(
  files: Files,
  root: string,
  store: MemoryStore,
): Promise<{ analysis: Analysis; recalled: number }> {
  const analysis = new Analysis({ files, toolchain: { goroot: "", modcache: "/cache" }, build, tests: true }, root);
  const dirs = analysis.expand(["./..."]);
  analysis.plan(dirs);
  const { packages } = analysis;
  const what = { files, workspace: analysis.workspace, build, tests: true, sources: new Set(dirs), packages };
  const recall = new Recall(analysis, new PackageKeys({ ...what, program: store.program, library: [] }), store);
  const known = new Map(dirs.map((dir) => [dir, finish(recall.finding(dir))]));
  takeIn(analysis, dirs, { adopted: known, lowered: new Map() }, recall, () => undefined);
  await recall.keep(() => Promise.resolve(true));
  return { analysis, recalled: [...known.values()].filter((one) => one !== undefined).length };
}

/** Findings shown by default, as `RULE:line`. */
export function likely(findings: readonly Finding[]): string[] {
  return findings.filter((one) => one.confidence === "likely").map((one) => `${one.rule}:${one.primary.location.line}`);
}

/** Lines that carry `// want`, as `RULE:line`; a comment without a rule takes the given one. */
export function wanted(source: string, rule = ""): string[] {
  const found: string[] = [];
  for (const [index, line] of source.split("\n").entries()) {
    const match = /\/\/ want((?: MR\d+)*)/.exec(line);
    if (match === null) continue;
    const rules = (match[1] ?? "").trim();
    for (const one of rules === "" ? [rule] : rules.split(" ")) found.push(`${one}:${index + 1}`);
  }
  return found;
}
