import type { WatchPlan } from "../../dossier.ts";
import { LocksetObserver, type MapLockset, parseHit } from "../../evidence/debugger/lockset.ts";
import { crashOf } from "../../evidence/debugger/stopped.ts";
import type { CrashReport } from "../../evidence/reports/report.ts";
import { logMessage } from "../../plan/watch.ts";
import { Cancelled, CollectError, type Toolbox } from "../collect.ts";
import { DapClient, startAdapter } from "../debug/dap.ts";
import { field, textField, threadsOf } from "../debug/threads.ts";
import type { DebugTarget } from "./subjects.ts";

/** What a debugger saw of a finding. */
export interface Observation {
  readonly unprotected: MapLockset | undefined;
  /** The runtime's fatal error, where it happened to stop there. */
  readonly crash: { readonly report: CrashReport; readonly text: string } | undefined;
}

/** Runs a program under Delve with log points at the accesses and at every lock call. Throws `CollectError`, `Cancelled`. */
export async function observeLocks(
  plan: WatchPlan,
  target: DebugTarget,
  options: { readonly delve: string; readonly seconds: number },
  tools: Toolbox,
): Promise<Observation> {
  const adapter = await startAdapter(options.delve, { ...tools, log: () => undefined }, target.cwd);
  const observer = new LocksetObserver(plan.points);
  const events = new Events();
  let client: DapClient | undefined;
  try {
    const session = await DapClient.open(adapter, (event, body) => events.take(event, body, observer));
    client = session;
    await answered(begin(client, plan, target, events), options.seconds);
    const limit = setTimeout(() => events.over(), options.seconds * 1000);
    tools.signal.addEventListener("abort", events.over, { once: true });
    await events.done;
    clearTimeout(limit);
    tools.signal.removeEventListener("abort", events.over);
    if (tools.signal.aborted) throw new Cancelled();
    const { fatal } = events;
    const crash =
      fatal === ""
        ? undefined
        : crashOf(
            fatal,
            await answered(
              threadsOf((command, args) => session.request(command, args)),
              20,
            ),
          );
    tools.log(`# the debugger saw ${observer.maps.reduce((sum, one) => sum + one.hits, 0)} accesses\n`);
    return {
      unprotected: observer.unknown > 0 ? undefined : observer.unprotected,
      crash: crash === undefined ? undefined : { report: crash, text: `fatal error: ${fatal}` },
    };
  } finally {
    // A debugger that is busy does not answer; what it debugs is in a process group of its own.
    if (client !== undefined)
      await answered(client.request("disconnect", { terminateDebuggee: true }), 3).catch(() => undefined);
    client?.close();
    await adapter.stop();
    events.endDebuggee();
  }
}

/** The answer, or a `CollectError` after so many seconds. */
function answered<T>(answer: Promise<T>, seconds: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new CollectError("the debugger did not answer in time")), seconds * 1000);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}

/** What the session waits for. */
class Events {
  fatal = "";
  #debuggee: number | undefined;
  #ready: () => void = () => undefined;
  #end: () => void = () => undefined;
  readonly initialized = new Promise<void>((resolve) => {
    this.#ready = resolve;
  });
  readonly done = new Promise<void>((resolve) => {
    this.#end = resolve;
  });
  readonly over = (): void => this.#end();

  /** Ends the debugged process where the debugger did not. */
  endDebuggee(): void {
    if (this.#debuggee === undefined) return;
    try {
      process.kill(this.#debuggee, "SIGKILL");
    } catch {
      // It has ended.
    }
  }

  take(event: string, body: unknown, observer: LocksetObserver): void {
    const pid = field(body, "systemProcessId");
    if (event === "process" && typeof pid === "number" && pid > 1) this.#debuggee = pid;
    if (event === "terminated" || event === "exited") this.#debuggee = undefined;
    if (event === "initialized") this.#ready();
    else if (event === "terminated" || event === "exited" || event === "closed") {
      this.#ready();
      this.#end();
    } else if (event === "output")
      for (const line of textField(body, "output").split("\n")) {
        const hit = parseHit(line);
        if (hit !== undefined) observer.pass(hit);
      }
    else if (event === "stopped") {
      this.fatal =
        textField(body, "description") === "fatal error" ? textField(body, "text").replace(/^"|"$/g, "") : "";
      this.#end();
    }
  }
}

async function begin(client: DapClient, plan: WatchPlan, target: DebugTarget, events: Events): Promise<void> {
  await client.request("initialize", { adapterID: "maprace", linesStartAt1: true, pathFormat: "path" });
  const { program, args, cwd } = target;
  const launched = client.request("launch", { request: "launch", mode: "exec", program, args, cwd });
  // A launch that fails is told by its own answer; nothing else would come.
  await Promise.race([events.initialized, launched]);
  for (const path of new Set(plan.points.map((point) => point.path))) {
    const breakpoints = plan.points.flatMap((point, index) =>
      point.path === path && point.expression !== "" && !(point.kind === "unlock" && point.deferred)
        ? [{ line: point.line, logMessage: logMessage(point, index) }]
        : [],
    );
    await client.request("setBreakpoints", { source: { path }, breakpoints });
  }
  await client.request("configurationDone", {});
  await launched;
}
