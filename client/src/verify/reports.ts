import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import { type Match, matchOf } from "../../../common/src/evidence/reports/join.ts";
import { ReportParser } from "../../../common/src/evidence/reports/parse.ts";
import { isMapRace, type Report, type StackFrame, siteOf } from "../../../common/src/evidence/reports/report.ts";
import type { Finding } from "../../../common/src/finding.ts";
import { resolveFrame } from "../../../common/src/protocol.ts";
import { cutLog, subjectOf, type Verdict } from "../../../common/src/verdicts/verdict.ts";
import type { Verdicts } from "./verdicts.ts";

/** A stack as it is walked: what it is of, and its frames with the places they have here. */
export interface ShownStack {
  readonly title: string;
  readonly frames: readonly ShownFrame[];
}

export interface ShownFrame {
  readonly frame: StackFrame;
  /** Undefined where the file is not in this workspace, the module cache or GOROOT. */
  readonly path: string | undefined;
}

/** A report with its stacks, and the finding at the same lines. */
export interface ShownReport {
  readonly report: Report;
  readonly source: string;
  readonly title: string;
  readonly ofMap: boolean;
  readonly match: Match | undefined;
  readonly stacks: readonly ShownStack[];
}

/** Where reports came from, for the verdicts that follow from them. */
export interface Origin {
  readonly label: string;
  readonly command: string;
  readonly toolchain: string;
  readonly seconds: number;
}

/** More reports than these of one log are counted, not listed. */
const maxReports = 200;
/** Goroutines of a dump that are listed beside the one that noticed. */
const maxGoroutines = 20;

/** Race reports and crash logs that were imported or came from a run: listed, marked, and joined with findings. */
export class Reports implements vscode.Disposable {
  readonly #client: LanguageClient;
  readonly #verdicts: Verdicts;
  readonly #findings: () => readonly Finding[];
  readonly #marks = vscode.languages.createDiagnosticCollection("maprace-reports");
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly onDidChange = this.#changed.event;
  #reports: readonly ShownReport[] = [];
  /** Paths of the files of the log that is read: most frames are of few functions. */
  readonly #paths = new Map<string, Promise<string | undefined>>();

  constructor(client: LanguageClient, verdicts: Verdicts, findings: () => readonly Finding[]) {
    this.#client = client;
    this.#verdicts = verdicts;
    this.#findings = findings;
  }

  get reports(): readonly ShownReport[] {
    return this.#reports;
  }

  /** Reads a log; answers its reports. The findings they bear out get their verdicts. */
  async add(text: string, origin: Origin): Promise<readonly ShownReport[]> {
    const parser = new ReportParser();
    parser.push(text);
    return this.addReports(parser.end().slice(0, maxReports), text, origin);
  }

  /** Takes reports in; `text` is what they were read from. */
  async addReports(reports: readonly Report[], text: string, origin: Origin): Promise<readonly ShownReport[]> {
    const findings = this.#findings();
    this.#paths.clear();
    const added = await Promise.all(reports.map((report) => this.#show(report, origin, findings)));
    this.#reports = [...added, ...this.#reports].slice(0, maxReports);
    for (const { match, report } of added)
      if (match !== undefined && match.how !== "site")
        await this.#verdicts.add(match.finding, verdictOf(match, report, text, origin));
    this.#mark();
    await vscode.commands.executeCommand("setContext", "maprace.hasReports", this.#reports.length > 0);
    this.#changed.fire(undefined);
    return added;
  }

  async clear(): Promise<void> {
    this.#reports = [];
    this.#marks.clear();
    await vscode.commands.executeCommand("setContext", "maprace.hasReports", false);
    this.#changed.fire(undefined);
  }

  async #show(report: Report, { label }: Origin, findings: readonly Finding[]): Promise<ShownReport> {
    const stacks = await Promise.all(
      stacksOf(report).map(async ({ title, frames }) => ({
        title,
        frames: await Promise.all(frames.map((frame) => this.#place(frame))),
      })),
    );
    const match = matchOf(report, findings);
    const ofMap = report.kind === "crash" || isMapRace(report) || match !== undefined;
    return { report, source: label, title: titleOf(report), ofMap, match, stacks };
  }

  async #place(frame: StackFrame): Promise<ShownFrame> {
    const key = `${frame.function} ${frame.file}`;
    const asked =
      this.#paths.get(key) ??
      this.#client
        .sendRequest<{ path: string } | null>(resolveFrame.method, frame)
        .then((found) => found?.path)
        .catch(() => undefined);
    this.#paths.set(key, asked);
    return { frame, path: await asked };
  }

  /** Races of maps without a finding at their lines are marked by themselves. */
  #mark(): void {
    const marks = new Map<string, vscode.Diagnostic[]>();
    for (const { report, match, ofMap, stacks, title } of this.#reports) {
      if (match !== undefined || !ofMap) continue;
      const [first, ...rest] = stacks.map(placeOf);
      if (first === undefined) continue;
      const message =
        report.kind === "race"
          ? vscode.l10n.t("{0}, seen by the race detector.", title)
          : vscode.l10n.t("The program ended here: {0}.", report.message);
      const mark = new vscode.Diagnostic(lineRange(first.line), message, vscode.DiagnosticSeverity.Error);
      mark.source = "maprace";
      mark.code = report.kind;
      mark.relatedInformation = rest
        .slice(0, 3)
        .flatMap((at, index) =>
          at === undefined
            ? []
            : [
                new vscode.DiagnosticRelatedInformation(
                  new vscode.Location(vscode.Uri.file(at.path), lineRange(at.line)),
                  stacks[index + 1]?.title ?? "",
                ),
              ],
        );
      marks.set(first.path, [...(marks.get(first.path) ?? []), mark]);
    }
    this.#marks.clear();
    for (const [path, list] of marks) this.#marks.set(vscode.Uri.file(path), list);
  }

  dispose(): void {
    this.#marks.dispose();
    this.#changed.dispose();
  }
}

function verdictOf(match: Match, report: Report, text: string, origin: Origin): Verdict {
  const { command, toolchain, seconds, label } = origin;
  const what = report.kind === "race" ? "the race detector" : `the runtime ("${report.message}")`;
  const where = match.how === "sites" ? "at the lines of both accesses" : "in calls made at the lines of the accesses";
  return {
    ...subjectOf(match.finding),
    outcome: "confirmed",
    evidence: `${what} saw the collision ${where}, in ${label}`,
    toolchain,
    command,
    runs: 1,
    seconds,
    time: Date.now(),
    log: cutLog(
      text
        .split("\n")
        .slice(Math.max(0, report.line - 2), report.line + 120)
        .join("\n"),
    ),
  };
}

/** The place of a stack's access: its innermost frame that is not the runtime's own, if that is here. */
export function placeOf({ frames }: ShownStack): { readonly path: string; readonly line: number } | undefined {
  const site = siteOf(frames.map(({ frame }) => frame));
  const shown = frames.find(({ frame }) => frame === site);
  return shown?.path === undefined ? undefined : { path: shown.path, line: shown.frame.line };
}

function lineRange(line: number): vscode.Range {
  return new vscode.Range(line - 1, 0, line - 1, 1000);
}

function titleOf(report: Report): string {
  if (report.kind === "crash") return report.message;
  const [a, b] = report.accesses.map(({ operation, kind }) => (operation === undefined ? kind : `map ${operation}`));
  return b === undefined
    ? vscode.l10n.t("data race: {0}", a ?? "")
    : vscode.l10n.t("data race: {0} and {1}", a ?? "", b);
}

function stacksOf(report: Report): { readonly title: string; readonly frames: readonly StackFrame[] }[] {
  if (report.kind === "crash")
    return report.goroutines
      .slice(0, maxGoroutines)
      .flatMap(({ id, state, frames, creation }) => [
        { title: vscode.l10n.t("goroutine {0} [{1}]", id, state), frames },
        ...(creation === undefined
          ? []
          : [{ title: vscode.l10n.t("goroutine {0} started by", id), frames: [creation.frame] }]),
      ]);
  return [
    ...report.accesses.map(({ operation, kind, goroutine, frames }) => ({
      title: vscode.l10n.t("{0} by goroutine {1}", operation === undefined ? kind : `map ${operation}`, goroutine),
      frames,
    })),
    ...report.creations.map(({ goroutine, frames }) => ({
      title: vscode.l10n.t("goroutine {0} started by", goroutine),
      frames,
    })),
  ];
}
