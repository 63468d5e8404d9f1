import type { DebugThread } from "../../evidence/debugger/stopped.ts";

/** A request to a debug adapter. */
type Ask = (command: string, args: object) => PromiseLike<unknown>;

/** Goroutines and frames that are asked for at most. */
const maxThreads = 200;
const maxFrames = 40;

/** The stacks of all goroutines of a stopped program. */
export async function threadsOf(ask: Ask): Promise<DebugThread[]> {
  const threads: DebugThread[] = [];
  for (const thread of listField(await ask("threads", {}), "threads").slice(0, maxThreads)) {
    const id = numberField(thread, "id");
    const frames = await stackOf(ask, id).catch(() => []);
    threads.push({ id, name: textField(thread, "name"), frames });
  }
  return threads;
}

async function stackOf(ask: Ask, threadId: number): Promise<DebugThread["frames"]> {
  const answer = await ask("stackTrace", { threadId, startFrame: 0, levels: maxFrames });
  return listField(answer, "stackFrames").map((frame) => ({
    function: textField(frame, "name"),
    file: textField(field(frame, "source"), "path"),
    line: numberField(frame, "line"),
  }));
}

/** A member of an adapter's answer; undefined where there is none. */
export function field(body: unknown, name: string): unknown {
  if (typeof body !== "object" || body === null) return undefined;
  return Object.entries(body).find(([key]) => key === name)?.[1];
}

export function textField(body: unknown, name: string): string {
  const found = field(body, name);
  return typeof found === "string" ? found : "";
}

function numberField(body: unknown, name: string): number {
  const found = field(body, name);
  return typeof found === "number" ? found : 0;
}

function listField(body: unknown, name: string): readonly unknown[] {
  const found = field(body, name);
  return Array.isArray(found) ? found : [];
}
