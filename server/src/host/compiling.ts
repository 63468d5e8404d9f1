import { readdirSync } from "node:fs";
import { constants, getPriority, setPriority } from "node:os";
import { setFlagsFromString } from "node:v8";

/** How much less than this thread those that help it are worth: on a machine that others use, too, half as much again starves them. */
const niceness = 5;

/**
 * Has the runtime compile less: a scan is over before much of what it optimizes pays. Functions get baseline code at
 * once, and fewer of those that they call are made part of them. On two cores that takes 3 to 9 % off a scan.
 */
export function compileLess(): void {
  // These are known to Node 20, 22 and 24; one that is not is said so on standard error, and nothing else comes of it.
  setFlagsFromString("--always-sparkplug");
  setFlagsFromString("--max-inlined-bytecode-size-cumulative=300");
  // Registers are given out in one pass, as for very large functions; later runtimes have a compiler of their own for that.
  if (process.versions.v8.startsWith("11.")) setFlagsFromString("--turbo-force-mid-tier-regalloc");
}

/**
 * Has it compile less still, for a process that ends with its scan: what runs half as often again comes to be optimized, and its
 * loops are left as they are. On two cores that takes a twentieth off what all processors do, and 2 % off a scan.
 */
export function compileForOnce(): void {
  // Later runtimes count in another way, and what loops cost there was not measured.
  if (!process.versions.v8.startsWith("11.")) return;
  setFlagsFromString("--no-turbo-loop-peeling");
  setFlagsFromString("--interrupt-budget=200000");
}

/**
 * Has the runtime collect garbage less often: what a scan keeps it keeps to the end, so of each old generation that was
 * marked nothing was garbage. For a process that ends with its scan; a server would grow by it.
 */
export function collectLess(): void {
  setFlagsFromString("--heap-growing-percent=1000");
}

/**
 * Lets this thread go before those that compile and collect garbage for it. With four of them and one that reads on two
 * cores it waited for a core for a sixth of a scan. Linux alone has priorities of threads.
 */
export function goFirst(): void {
  if (process.platform !== "linux") return;
  for (const thread of helpers()) stepAside(thread);
}

/** A thread, by default this one, leaves the processors to others where there are too few of them. */
export function stepAside(thread = 0): void {
  if (process.platform !== "linux") return;
  try {
    setPriority(thread, Math.min(constants.priority.PRIORITY_LOW, getPriority(process.pid) + niceness));
  } catch {
    // It has ended. Without all this a scan is slower, and the same.
  }
}

/** Threads of this process but for the main one. */
function helpers(): readonly number[] {
  try {
    return readdirSync("/proc/self/task")
      .map(Number)
      .filter((thread) => thread !== process.pid);
  } catch {
    return [];
  }
}
