/** One line of `GODEBUG=schedtrace=N`. */
export interface SchedSample {
  /** Milliseconds since the program's start. */
  readonly time: number;
  readonly gomaxprocs: number;
  readonly idleprocs: number;
  readonly threads: number;
  readonly spinning: number;
  readonly idlethreads: number;
  /** Goroutines that wait in the global queue. */
  readonly queue: number;
  /** Of each P; with `scheddetail=1` from its own line. */
  readonly local: readonly number[];
}

const head = /^SCHED (\d+)ms: (.*)$/;
const detail = /^ {2}P(\d+): .*\brunqsize=(\d+)/;

/** Reads scheduler traces out of a log; other lines are left out. */
export function parseSchedTrace(text: string): SchedSample[] {
  const samples: (Omit<SchedSample, "local"> & { readonly local: number[] })[] = [];
  for (const raw of text.split("\n")) {
    const line = raw.trimEnd();
    const found = head.exec(line);
    const own = detail.exec(line);
    const last = samples[samples.length - 1];
    if (found !== null) {
      const [, time = "0", rest = ""] = found;
      const number = (name: string) => Number(new RegExp(`\\b${name}=(\\d+)`).exec(rest)?.[1] ?? 0);
      const queues = /\[ ([\d ]*)\]/.exec(rest)?.[1]?.trim() ?? "";
      samples.push({
        time: Number(time),
        gomaxprocs: number("gomaxprocs"),
        idleprocs: number("idleprocs"),
        threads: number("threads"),
        spinning: number("spinningthreads"),
        idlethreads: number("idlethreads"),
        queue: number("runqueue"),
        local: queues === "" ? [] : queues.split(/\s+/).map(Number),
      });
    } else if (own !== null && last !== undefined && last.local.length === Number(own[1]) && last.local.length < 4096) {
      last.local.push(Number(own[2]));
    }
  }
  return samples;
}
