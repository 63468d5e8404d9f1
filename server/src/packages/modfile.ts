/** A line of go.mod or go.work that could not be read. */
export interface ModError {
  readonly line: number;
  readonly message: string;
}

export interface Replacement {
  readonly path: string;
  /** Empty: every version. */
  readonly version: string;
  readonly target: string;
  /** Empty: `target` is a directory. */
  readonly targetVersion: string;
}

/** What the analysis needs of a go.mod or go.work file. */
export interface ModFile {
  readonly module: string;
  /** Language version, "1.21" for `go 1.21.3`; empty without a go line. */
  readonly go: string;
  readonly toolchain: string;
  readonly require: ReadonlyMap<string, string>;
  readonly replace: readonly Replacement[];
  readonly use: readonly string[];
  readonly errors: readonly ModError[];
}

/** Reads go.mod and go.work alike. Never throws; what it cannot read is listed in `errors` (lines from 1). */
export function parseModFile(text: string): ModFile {
  const draft = new Draft();
  let block = "";
  const lines = text.split("\n");
  for (const [index, raw] of lines.entries()) {
    const words = tokens(raw);
    if (words.length === 0) continue;
    if (block !== "" && words[0] === ")") {
      block = "";
      continue;
    }
    const verb = block === "" ? (words.shift() ?? "") : block;
    if (block === "" && words[0] === "(" && words.length === 1) {
      block = verb;
      continue;
    }
    const problem = draft.directive(verb, words);
    if (problem !== undefined) draft.errors.push({ line: index + 1, message: problem });
  }
  if (block !== "") draft.errors.push({ line: lines.length, message: `${block} ( is not closed` });
  return draft;
}

class Draft implements ModFile {
  module = "";
  go = "";
  toolchain = "";
  readonly require = new Map<string, string>();
  readonly replace: Replacement[] = [];
  readonly use: string[] = [];
  readonly errors: ModError[] = [];

  /** Takes one directive; answers what is wrong with it. */
  directive(verb: string, words: readonly string[]): string | undefined {
    const [first, second] = words;
    switch (verb) {
      case "module":
        if (first === undefined) return "module path missing";
        this.module = first;
        return undefined;
      case "go":
        this.go = /^(\d+\.\d+)/.exec(first ?? "")?.[1] ?? "";
        return this.go === "" ? `invalid go version "${first ?? ""}"` : undefined;
      case "toolchain":
        this.toolchain = first ?? "";
        return undefined;
      case "require":
        if (first === undefined || second === undefined) return "require needs a path and a version";
        this.require.set(first, second);
        return undefined;
      case "replace": {
        const entry = replacement(words);
        if (entry === undefined) return "replace needs OLD => NEW";
        this.replace.push(entry);
        return undefined;
      }
      case "use":
        if (first !== undefined) this.use.push(first);
        return undefined;
      default:
        return ignored.has(verb) ? undefined : `unknown directive "${verb}"`;
    }
  }
}

const ignored = new Set(["exclude", "retract", "godebug", "tool", "ignore"]);

function tokens(line: string): string[] {
  const words: string[] = [];
  for (const match of line.matchAll(/"((?:[^"\\]|\\.)*)"|`([^`]*)`|(\/\/.*)|([^\s"`]+)/g)) {
    if (match[3] !== undefined) break;
    const word = match[1] ?? match[2] ?? match[4] ?? "";
    if (word.startsWith("//")) break;
    words.push(word);
  }
  return words;
}

function replacement(words: readonly string[]): Replacement | undefined {
  const arrow = words.indexOf("=>");
  const target = words[arrow + 1];
  const path = words[0];
  if (arrow < 1 || arrow > 2 || target === undefined || path === undefined) return undefined;
  return { path, version: arrow === 2 ? (words[1] ?? "") : "", target, targetVersion: words[arrow + 2] ?? "" };
}
