import type { CrashReport, StackFrame } from "../reports/report.ts";

/** A goroutine as a debugger lists it; Delve names it `* [Go 5] main.main.func2 (Thread 15136)`. */
export interface DebugThread {
  readonly id: number;
  readonly name: string;
  readonly frames: readonly StackFrame[];
}

/** The report of a program that stopped at the runtime's fatal error: who noticed comes first. */
export function crashOf(message: string, threads: readonly DebugThread[]): CrashReport {
  const noticed = (thread: DebugThread) => thread.name.startsWith("* ");
  return {
    kind: "crash",
    line: 1,
    message,
    goroutines: [...threads]
      .sort((a, b) => Number(noticed(b)) - Number(noticed(a)))
      .map(({ id, name, frames }) => ({
        id: Number(/\[Go (\d+)\]/.exec(name)?.[1] ?? id),
        state: name.startsWith("* ") ? "running" : "stopped",
        minutes: 0,
        frames,
        creation: undefined,
      })),
  };
}
