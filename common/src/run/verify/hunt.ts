import { mkdir, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Match, matchOf } from "../../evidence/reports/join.ts";
import { parseReports, ReportParser } from "../../evidence/reports/parse.ts";
import { isMapRace, type Report } from "../../evidence/reports/report.ts";
import type { Finding } from "../../finding.ts";
import { Cancelled, commandLine, type Toolbox } from "../collect.ts";
import { type Outcome, runProcess } from "../process.ts";

/** One execution under watch. */
export interface Execution {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  /** The exit code of a race is the detector's; without it only the runtime's fatal errors speak. */
  readonly race: boolean;
  /** How many runs of the tests or the program it stands for. */
  readonly runs: number;
  /** Seconds after which the process group is ended. */
  readonly seconds: number;
  readonly onStart?: (pid: number) => void;
}

/** A report that shows the two accesses of the finding. */
export interface Proof {
  readonly match: Match;
  readonly report: Report;
  readonly command: string;
  /** The report's own text. */
  readonly text: string;
}

/** How often the detector's files are looked at while a process runs. */
const interval = 150;
/** A log without end fills neither memory nor time. */
const maxLog = 8 << 20;

/** Runs processes until one of them shows the finding's accesses colliding. */
export class Hunt {
  readonly #finding: Finding;
  readonly #dir: string;
  readonly #tools: Toolbox;
  /** Races of maps at other lines. */
  readonly strangers = new Map<string, Report>();
  proof: Proof | undefined;
  executions = 0;
  /** Of the tests or programs, in all executions. */
  runs = 0;

  constructor(finding: Finding, dir: string, tools: Toolbox) {
    this.#finding = finding;
    this.#dir = dir;
    this.#tools = tools;
  }

  /** Ends the process as soon as a report shows the finding. Throws `Cancelled`. */
  async execute(execution: Execution): Promise<Outcome> {
    const { program, args, cwd, race, seconds, onStart } = execution;
    const logs = join(this.#dir, `run-${this.executions++}`);
    this.runs += execution.runs;
    await mkdir(logs, { recursive: true });
    const command = commandLine(program, { args, cwd, outputs: [] });
    const env: NodeJS.ProcessEnv = { ...this.#tools.env, ...execution.env, GOTRACEBACK: "all" };
    if (race) env["GORACE"] = `atexit_sleep_ms=0 history_size=7 log_path=${join(logs, "race")}`;
    this.#tools.log(`$ ${command}\n`);
    const found = new AbortController();
    const parser = new ReportParser();
    let printed = "";
    const running = runProcess({
      program,
      args,
      cwd,
      env,
      signal: AbortSignal.any([this.#tools.signal, found.signal]),
      timeout: Math.max(1, seconds) * 1000,
      onOutput: (text) => {
        parser.push(text);
        if (printed.length < maxLog) printed += text;
      },
      ...(onStart === undefined ? {} : { onStart }),
    });
    const sizes = new Map<string, number>();
    const look = async () => {
      if (race && (await this.#readLogs(logs, sizes, command))) found.abort();
    };
    const timer = setInterval(() => void look(), interval);
    const outcome = await running;
    clearInterval(timer);
    if (this.#tools.signal.aborted) throw new Cancelled();
    await look();
    for (const report of parser.end()) this.judge(report, command, printed);
    return outcome;
  }

  /** Reads what the detector wrote since the last time. */
  async #readLogs(dir: string, sizes: Map<string, number>, command: string): Promise<boolean> {
    for (const name of await readdir(dir).catch(() => [])) {
      const path = join(dir, name);
      const { size } = await stat(path).catch(() => ({ size: 0 }));
      if (size === (sizes.get(name) ?? 0)) continue;
      sizes.set(name, size);
      const text = size > maxLog ? "" : await readFile(path, "utf8").catch(() => "");
      for (const report of parseReports(text)) this.judge(report, command, text);
    }
    return this.proof !== undefined;
  }

  /** Is this the finding? `text` is what the report was read from. */
  judge(report: Report, command: string, text: string): void {
    if (this.proof !== undefined) return;
    const match = matchOf(report, [this.#finding]);
    if (match !== undefined && match.how !== "site") {
      this.proof = { match, report, command, text: excerpt(text, report, match) };
      return;
    }
    if (report.kind === "crash" || isMapRace(report)) this.strangers.set(lines(report), report);
  }
}

/** The report's lines out of the log; of a crash the two goroutines alone. */
function excerpt(text: string, report: Report, { second }: Match): string {
  const all = text.split("\n").slice(Math.max(0, report.line - (report.kind === "race" ? 2 : 1)));
  if (report.kind === "race") {
    const end = all.findIndex((one, index) => index > 1 && /^={18}\r?$/.test(one));
    return all.slice(0, end < 0 ? 400 : end + 1).join("\n");
  }
  const [noticed, ...others] = report.goroutines;
  const other = others.find(({ frames }) => frames === second);
  const wanted = [noticed, other].flatMap((one) => (one === undefined ? [] : [`goroutine ${one.id} `]));
  const blocks = all.join("\n").split("\n\n");
  const kept = blocks.filter((block) => wanted.some((head) => block.startsWith(head)));
  return [all[0] ?? "", ...kept.slice(0, 2)].join("\n\n");
}

/** Tells reports apart by the lines they name. */
function lines(report: Report): string {
  const stacks = report.kind === "race" ? report.accesses : report.goroutines.slice(0, 1);
  return stacks
    .map(({ frames }) => frames.map(({ file, line }) => `${file}:${line}`).join(" "))
    .sort()
    .join("|");
}
