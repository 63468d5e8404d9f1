/** What the compiler says of one expression; lines and columns count from 1. */
export interface EscapeNote {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** `make(map[string]int)`, `map[int]int{...}`, `moved to heap: m` gives `m`. */
  readonly expression: string;
  readonly escapes: boolean;
}

const stays = /^(.+?):(\d+):(\d+): (.+) does not escape$/;
const leaves = /^(.+?):(\d+):(\d+): (.+) escapes to heap(?:[: ].*)?$/;
const moved = /^(.+?):(\d+):(\d+): moved to heap: (\w+)$/;

/** Reads what `go build -gcflags=-m=2` prints, among whatever else is there; the indented reasons are left out. */
export function parseEscapes(text: string): EscapeNote[] {
  const notes = new Map<string, EscapeNote>();
  for (const raw of text.split("\n")) {
    const line = raw.trimEnd();
    const found = stays.exec(line) ?? leaves.exec(line) ?? moved.exec(line);
    if (found === null) continue;
    const [, file = "", at = "0", column = "0", expression = ""] = found;
    const note = { file, line: Number(at), column: Number(column), expression, escapes: !stays.test(line) };
    notes.set(`${file}:${at}:${column}:${expression}`, note);
  }
  return [...notes.values()];
}

/** Reads one file of `-gcflags=-json=0,DIR`: a header line, then a diagnostic per line. Other lines are left out. */
export function parseEscapeJson(text: string): EscapeNote[] {
  const notes: EscapeNote[] = [];
  let file = "";
  for (const line of text.split("\n")) {
    const value = readJson(line);
    if (value === undefined) continue;
    if (typeof value["file"] === "string") file = value["file"];
    const start = startOf(value["range"]);
    const { code, message } = { code: value["code"], message: value["message"] };
    // `escape` notes name what leaves; the others speak of parameters and inlining.
    if (start === undefined || code !== "escape" || typeof message !== "string" || message === "") continue;
    const expression = message.replace(/ escapes to heap$/, "").replace(/^moved to heap: /, "");
    notes.push({ file, ...start, expression, escapes: true });
  }
  return notes;
}

function readJson(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** The compiler's positions count from 1, unlike LSP's. */
function startOf(range: unknown): { line: number; column: number } | undefined {
  if (typeof range !== "object" || range === null || !("start" in range)) return undefined;
  const { start } = range;
  if (typeof start !== "object" || start === null || !("line" in start) || !("character" in start)) return undefined;
  const { line, character } = start;
  return typeof line === "number" && typeof character === "number" ? { line, column: character } : undefined;
}
