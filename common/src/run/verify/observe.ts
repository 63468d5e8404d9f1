import type { WatchPlan } from "../../dossier.ts";
import { LocksetObserver, type MapLockset, parseHit } from "../../evidence/debugger/lockset.ts";
import { crashOf } from "../../evidence/debugger/stopped.ts";
import type { CrashReport } from "../../evidence/reports/report.ts";
import { logMessage } from "../../plan/watch.ts";
import { Cancelled, type Toolbox } from "../collect.ts";
import { DapClient, startAdapter } from "../debug/dap.ts";
import { textField, threadsOf } from "../debug/threads.ts";
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
  let client: DapClient | undefined;
  try {
    const events = new Events();
    const session = await DapClient.open(adapter, (event, body) => events.take(event, body, observer));
    client = session;
    await begin(client, plan, target, events);
    const limit = setTimeout(() => events.over(), options.seconds * 1000);
    tools.signal.addEventListener("abort", events.over, { once: true });
    await events.done;
    clearTimeout(limit);
    tools.signal.removeEventListener("abort", events.over);
    if (tools.signal.aborted) throw new Cancelled();
    const { fatal } = events;
    const crash =
      fatal === "" ? undefined : crashOf(fatal, await threadsOf((command, args) => session.request(command, args)));
    tools.log(`# the debugger saw ${observer.maps.reduce((sum, one) => sum + one.hits, 0)} accesses\n`);
    return {
      unprotected: observer.unknown > 0 ? undefined : observer.unprotected,
      crash: crash === undefined ? undefined : { report: crash, text: `fatal error: ${fatal}` },
    };
  } finally {
    await client?.request("disconnect", { terminateDebuggee: true }).catch(() => undefined);
    client?.close();
    await adapter.stop();
  }
}

/** What the session waits for. */
class Events {
  fatal = "";
  #ready: () => void = () => undefined;
  #end: () => void = () => undefined;
  readonly initialized = new Promise<void>((resolve) => {
    this.#ready = resolve;
  });
  readonly done = new Promise<void>((resolve) => {
    this.#end = resolve;
  });
  readonly over = (): void => this.#end();

  take(event: string, body: unknown, observer: LocksetObserver): void {
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
