import { plainLine, testOutput } from "./lines.ts";
import {
  type CrashGoroutine,
  type Creation,
  type GoroutineName,
  operationOf,
  type RaceAccess,
  type Report,
  type StackFrame,
} from "./report.ts";

const rule = /^={18}$/;
const access =
  /^(Previous )?(?:atomic )?(read|write) at (0x[0-9a-f]+) by (?:(main goroutine)|goroutine (\d+))(?: \[[^\]]*\])?:$/i;
const created = /^(?:Main goroutine|Goroutine (\d+)) \((running|finished)\) created at:$/;
const raceFrame = /^ {2}(\S.*)\(\)$/;
const raceFile = /^ {6}(.+?):(\d+)(?: \+0x[0-9a-f]+)?$/;
const fatal = /^fatal error: (concurrent map .*|small map with no empty slot.*)$/;
const head = /^goroutine (\d+)(?: [^[]*)?\[([^\],]*)(?:, (\d+) minutes)?[^\]]*\]:$/;
const crashFile = /^\t(.+?):(\d+)(?: \+0x[0-9a-f]+)?(?: fp=.*)?$/;
const startedBy = /^created by (.+?)(?: in goroutine (\d+))?$/;

/** More than these in one report say nothing new; a log without end does not fill the memory. */
const maxFrames = 500;
const maxGoroutines = 20_000;

interface RaceDraft {
  readonly kind: "race";
  readonly line: number;
  readonly accesses: (Omit<RaceAccess, "operation" | "frames"> & { readonly frames: StackFrame[] })[];
  readonly creations: (Omit<Creation, "frames"> & { readonly frames: StackFrame[] })[];
}

interface CrashDraft {
  readonly kind: "crash";
  readonly line: number;
  readonly message: string;
  readonly goroutines: Draft<CrashGoroutine>[];
}

type Draft<T> = { -readonly [K in keyof T]: K extends "frames" ? StackFrame[] : T[K] };

/** Reads one stream of lines: races, and the runtime's own reports of concurrent map use. */
class StreamParser {
  readonly #found: Report[];
  #open: RaceDraft | CrashDraft | undefined;
  #frames: StackFrame[] | undefined;
  #name = "";
  /** The file of a `created by` line follows. */
  #starter:
    | { readonly goroutine: Draft<CrashGoroutine>; readonly name: string; readonly by: number | undefined }
    | undefined;

  constructor(found: Report[]) {
    this.#found = found;
  }

  line(text: string, number: number): void {
    if (text === "WARNING: DATA RACE") {
      this.end();
      this.#open = { kind: "race", line: number, accesses: [], creations: [] };
    } else if (fatal.test(text)) {
      this.end();
      this.#open = { kind: "crash", line: number, message: fatal.exec(text)?.[1] ?? "", goroutines: [] };
    } else if (this.#open?.kind === "race") this.#race(this.#open, text);
    else if (this.#open?.kind === "crash") this.#crash(this.#open, text);
  }

  /** Nothing follows. */
  end(cut = true): void {
    const open = this.#open;
    this.#open = undefined;
    this.#frames = undefined;
    this.#name = "";
    this.#starter = undefined;
    if (open === undefined) return;
    if (open.kind === "crash") return void this.#found.push(open);
    const accesses = open.accesses.map((one) => ({ ...one, operation: operationOf(one.frames) }));
    this.#found.push({ ...open, accesses, cut });
  }

  #race(open: RaceDraft, text: string): void {
    if (rule.test(text)) return this.end(false);
    const found = access.exec(text);
    if (found !== null) {
      const [, previous, kind = "", address = "", main, number] = found;
      const goroutine: GoroutineName = main === undefined ? Number(number) : "main";
      this.#frames = [];
      const read = kind.toLowerCase() === "read";
      open.accesses.push({
        kind: read ? "read" : "write",
        previous: previous !== undefined,
        address,
        goroutine,
        frames: this.#frames,
      });
      return;
    }
    const creation = created.exec(text);
    if (creation !== null) {
      this.#frames = [];
      const goroutine = creation[1] === undefined ? "main" : Number(creation[1]);
      open.creations.push({ goroutine, finished: creation[2] === "finished", frames: this.#frames });
      return;
    }
    const name = raceFrame.exec(text)?.[1];
    if (name !== undefined) this.#name = name;
    else this.#place(raceFile.exec(text));
  }

  #crash(open: CrashDraft, text: string): void {
    const start = head.exec(text);
    if (start !== null) {
      this.#starter = undefined;
      this.#name = "";
      if (open.goroutines.length >= maxGoroutines) return;
      this.#frames = [];
      const [, id, state = "", minutes = "0"] = start;
      open.goroutines.push({
        id: Number(id),
        state,
        minutes: Number(minutes),
        frames: this.#frames,
        creation: undefined,
      });
      return;
    }
    const starter = startedBy.exec(text);
    const goroutine = open.goroutines[open.goroutines.length - 1];
    if (starter !== null && goroutine !== undefined) {
      const by = starter[2] === undefined ? undefined : Number(starter[2]);
      this.#starter = { goroutine, name: starter[1] ?? "", by };
      return;
    }
    const file = crashFile.exec(text);
    if (file !== null) return this.#place(file);
    // What is printed behind the last stack is no part of it.
    if (/^(FAIL|exit status|rax|r0 )/.test(text)) return this.end(false);
    const bracket = text.endsWith(")") ? argumentsAt(text) : -1;
    this.#name = bracket > 0 ? text.slice(0, bracket) : "";
  }

  #place(at: RegExpExecArray | null): void {
    if (at === null) return;
    const [, file = "", line = "0"] = at;
    if (this.#starter !== undefined) {
      const { goroutine, name, by } = this.#starter;
      goroutine.creation = { frame: { function: name, file, line: Number(line) }, by };
      this.#starter = undefined;
    } else if (this.#name !== "" && this.#frames !== undefined && this.#frames.length < maxFrames) {
      this.#frames.push({ function: this.#name, file, line: Number(line) });
    }
    this.#name = "";
  }
}

/** Where the arguments of `main.(*T).M({0x1, 0x2}, 0x3)` begin: brackets of the last group are counted. */
function argumentsAt(text: string): number {
  let depth = 0;
  for (let at = text.length - 1; at >= 0; at--) {
    const one = text[at];
    if (one === ")") depth++;
    else if (one === "(" && --depth === 0) return at;
  }
  return -1;
}

/**
 * Reads logs as they come, in pieces of any size: race reports and fatal errors of the runtime, among whatever else a
 * log holds. Output of `go test -json` is sorted by test first.
 */
export class ReportParser {
  readonly #reports: Report[] = [];
  readonly #streams = new Map<string, { readonly parser: StreamParser; rest: string }>();
  readonly #plain = new StreamParser(this.#reports);
  #rest = "";
  #number = 0;

  push(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#line(line);
  }

  /** The reports of everything that was read, in order of their lines. */
  end(): readonly Report[] {
    if (this.#rest !== "") this.#line(this.#rest);
    this.#rest = "";
    for (const { parser, rest } of this.#streams.values()) {
      if (rest !== "") parser.line(plainLine(rest), this.#number);
      parser.end();
    }
    this.#plain.end();
    return this.#reports.sort((a, b) => a.line - b.line);
  }

  #line(raw: string): void {
    this.#number++;
    const event = testOutput(raw);
    if (event === undefined) return this.#plain.line(plainLine(raw), this.#number);
    const stream = this.#streams.get(event.stream) ?? { parser: new StreamParser(this.#reports), rest: "" };
    this.#streams.set(event.stream, stream);
    const lines = (stream.rest + event.text).split("\n");
    stream.rest = lines.pop() ?? "";
    for (const line of lines) stream.parser.line(plainLine(line), this.#number);
  }
}

export function parseReports(text: string): readonly Report[] {
  const parser = new ReportParser();
  parser.push(text);
  return parser.end();
}
