import * as vscode from "vscode";
import type { WatchPoint } from "../../../common/src/dossier.ts";
import { LocksetObserver, parseHit } from "../../../common/src/evidence/debugger/lockset.ts";
import { crashOf } from "../../../common/src/evidence/debugger/stopped.ts";
import type { Finding } from "../../../common/src/finding.ts";
import { identity, logMessage } from "../../../common/src/plan/watch.ts";
import { field, textField, threadsOf } from "../../../common/src/run/debug/threads.ts";
import type { Reports } from "../verify/reports.ts";
import { debugType } from "./adapter.ts";

/** One watched map: its log points in the editor, what passed them, and the stop at the runtime's fatal error. */
export class MapWatch implements vscode.DebugAdapterTrackerFactory, vscode.Disposable {
  readonly #reports: Reports;
  readonly #subscriptions: vscode.Disposable[];
  #finding: Finding | undefined;
  #points: readonly WatchPoint[] = [];
  #breakpoints: vscode.Breakpoint[] = [];
  #observer = new LocksetObserver([]);
  #session: vscode.DebugSession | undefined;

  constructor(reports: Reports) {
    this.#reports = reports;
    this.#subscriptions = [
      vscode.debug.registerDebugAdapterTrackerFactory(debugType, this),
      vscode.debug.onDidTerminateDebugSession((session) => {
        if (session === this.#session) void this.#end();
      }),
    ];
  }

  /** What is seen of maps so far. */
  get maps(): LocksetObserver["maps"] {
    return this.#observer.maps;
  }

  /** The finding's own line. */
  get access(): WatchPoint | undefined {
    return this.#points[0];
  }

  /** Sets the log points and starts a session. False where the editor did not start it. */
  async start(
    finding: Finding,
    points: readonly WatchPoint[],
    folder: vscode.WorkspaceFolder | undefined,
    configuration: vscode.DebugConfiguration,
  ): Promise<boolean> {
    await this.#end();
    this.#finding = finding;
    this.#points = points;
    this.#observer = new LocksetObserver(points);
    this.#set(() => undefined);
    const began = await vscode.debug.startDebugging(folder, configuration);
    if (began) await vscode.commands.executeCommand("setContext", "maprace.watching", true);
    else await this.#end();
    return began;
  }

  /** Log points with a condition each, undefined for none. At `stop` the program stops instead: one line has one of them. */
  #set(condition: (point: WatchPoint) => string | undefined, stop?: WatchPoint): void {
    vscode.debug.removeBreakpoints(this.#breakpoints);
    this.#breakpoints = this.#points.flatMap((point, index) => {
      if (point.expression === "" || (point.kind === "unlock" && point.deferred)) return [];
      const at = new vscode.Location(vscode.Uri.file(point.path), new vscode.Position(point.line - 1, 0));
      const message = point === stop ? undefined : logMessage(point, index);
      return [new vscode.SourceBreakpoint(at, true, condition(point), undefined, message)];
    });
    vscode.debug.addBreakpoints(this.#breakpoints);
  }

  /** Logs one map's accesses only. */
  onlyMap(map: string): void {
    this.#set((point) => (point.kind === "access" ? `${identity(point)} == ${map}` : undefined));
  }

  /** Logs one goroutine only. */
  onlyGoroutine(goroutine: number): void {
    this.#set(() => `runtime.curg.goid == ${goroutine}`);
  }

  /** Stops where the runtime works on a key of any map: `key` in the syntax of Go. */
  stopAtKey(functionName: string, key: string): void {
    const stop = new vscode.FunctionBreakpoint(functionName, true, `key == ${key}`);
    this.#breakpoints.push(stop);
    vscode.debug.addBreakpoints([stop]);
  }

  /** From the next access on, stops at each write of that map's header, if the debugger can watch memory. */
  stopAtWrites(): void {
    const [access] = this.#points;
    if (access === undefined) return;
    this.#set(() => undefined, access);
    this.#watchAt = access;
  }

  /** Waits for a stop to set the watch on the map's header. */
  #watchAt: WatchPoint | undefined;

  createDebugAdapterTracker(session: vscode.DebugSession): vscode.DebugAdapterTracker {
    this.#session = session;
    return {
      onDidSendMessage: (message: unknown) => {
        const [event, body] = [textField(message, "event"), field(message, "body")];
        if (event === "output") for (const line of textField(body, "output").split("\n")) this.#output(line);
        if (event === "stopped") void this.#stopped(session, body);
      },
    };
  }

  #output(line: string): void {
    const hit = parseHit(line);
    if (hit !== undefined) this.#observer.pass(hit);
  }

  async #stopped(session: vscode.DebugSession, body: unknown): Promise<void> {
    if (textField(body, "description") === "fatal error")
      return this.#fatal(session, textField(body, "text").replaceAll('"', ""));
    const access = this.#watchAt;
    if (access === undefined || textField(body, "reason") !== "breakpoint") return;
    this.#watchAt = undefined;
    this.#set(() => undefined);
    try {
      await watchHeader(session, access, field(body, "threadId"));
      await shownStopped(session);
      await vscode.commands.executeCommand("workbench.action.debug.continue");
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      void vscode.window.showWarningMessage(vscode.l10n.t("This debugger cannot watch the map's memory: {0}", text));
    }
  }

  /** The runtime saw two goroutines in one map: both are shown. */
  async #fatal(session: vscode.DebugSession, message: string): Promise<void> {
    const threads = await threadsOf((command, args) => session.customRequest(command, args));
    const report = crashOf(message, threads);
    const text = [
      `fatal error: ${message}`,
      ...report.goroutines.map(({ id, state, frames }) =>
        [`goroutine ${id} [${state}]:`, ...frames.map((one) => `${one.function}()\n\t${one.file}:${one.line}`)].join(
          "\n",
        ),
      ),
    ].join("\n\n");
    const origin = { label: session.name, command: session.name, toolchain: "", seconds: 0 };
    const [shown] = await this.#reports.addReports([report], text, origin);
    const both = shown?.match !== undefined && shown.match.how !== "site";
    const said = both
      ? vscode.l10n.t("{0}: both accesses of {1} are shown in Race Reports.", message, this.#finding?.map ?? "")
      : vscode.l10n.t("{0}: the goroutines are shown in Race Reports.", message);
    void vscode.window.showWarningMessage(said);
    await vscode.commands.executeCommand("maprace.reports.focus");
  }

  async #end(): Promise<void> {
    vscode.debug.removeBreakpoints(this.#breakpoints);
    this.#breakpoints = [];
    this.#session = undefined;
    this.#watchAt = undefined;
    await vscode.commands.executeCommand("setContext", "maprace.watching", false);
  }

  dispose(): void {
    void this.#end();
    for (const one of this.#subscriptions) one.dispose();
  }
}

/** The editor hears of a stop after its trackers do, and continues nothing that it holds for running. */
async function shownStopped(session: vscode.DebugSession): Promise<void> {
  for (let left = 100; left > 0; left--) {
    const item = vscode.debug.activeStackItem;
    if (item instanceof vscode.DebugStackFrame && item.session.id === session.id) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A data breakpoint on the byte that the runtime toggles while it writes to the map. */
async function watchHeader(session: vscode.DebugSession, access: WatchPoint, threadId: unknown): Promise<void> {
  const stack: unknown = await session.customRequest("stackTrace", { threadId, startFrame: 0, levels: 1 });
  const frames = field(stack, "stackFrames");
  const frameId: unknown = Array.isArray(frames) ? field(frames[0], "id") : undefined;
  const name = `(*(*"internal/runtime/maps.Map")(${identity(access)})).writing`;
  const info: unknown = await session.customRequest("dataBreakpointInfo", { name, frameId });
  const dataId = textField(info, "dataId");
  if (dataId === "") throw new Error(textField(info, "description"));
  const set: unknown = await session.customRequest("setDataBreakpoints", {
    breakpoints: [{ dataId, accessType: "write" }],
  });
  const list = field(set, "breakpoints");
  const [first]: readonly unknown[] = Array.isArray(list) ? list : [];
  if (field(first, "verified") !== true) throw new Error(textField(first, "message"));
}
