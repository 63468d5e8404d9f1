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
  const require = new Map<string, string>();
  const replace: Replacement[] = [];
  const use: string[] = [];
  const errors: ModError[] = [];
  let module = "";
  let go = "";
  let toolchain = "";
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
    const bad = (message: string) => errors.push({ line: index + 1, message });
    switch (verb) {
      case "module":
        if (words[0] === undefined) bad("module path missing");
        else module = words[0];
        break;
      case "go":
        go = /^(\d+\.\d+)/.exec(words[0] ?? "")?.[1] ?? "";
        if (go === "") bad(`invalid go version "${words[0] ?? ""}"`);
        break;
      case "toolchain":
        toolchain = words[0] ?? "";
        break;
      case "require":
        if (words[0] === undefined || words[1] === undefined) bad("require needs a path and a version");
        else require.set(words[0], words[1]);
        break;
      case "replace": {
        const entry = replacement(words);
        if (entry === undefined) bad("replace needs OLD => NEW");
        else replace.push(entry);
        break;
      }
      case "use":
        if (words[0] !== undefined) use.push(words[0]);
        break;
      case "exclude":
      case "retract":
      case "godebug":
      case "tool":
      case "ignore":
        break;
      default:
        bad(`unknown directive "${verb}"`);
    }
  }
  if (block !== "") errors.push({ line: lines.length, message: `${block} ( is not closed` });
  return { module, go, toolchain, require, replace, use, errors };
}

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
