import type { TraceEvent } from "../event.ts";
import { Ev, TraceError } from "../spec.ts";
import type { Tables } from "../tables.ts";
import {
  assistActive,
  gcActive,
  gcBegin,
  gcEnd,
  onProcessor,
  onThread,
  plain,
  rangeBegin,
  rangeEnd,
  region,
  sweepActive,
  sweepBegin,
  sweepEnd,
  taskBegin,
  taskEnd,
} from "./annotations.ts";
import {
  createSyscall,
  destroySyscall,
  goCreate,
  goStart,
  goStatus,
  goStopExec,
  goSwitch,
  goUnblock,
  syscallBegin,
  syscallEnd,
  syscallEndBlocked,
} from "./goroutines.ts";
import { procStart, procStatus, procSteal, procStop } from "./processors.ts";
import { type Candidate, Turn } from "./turn.ts";

/**
 * Plays the scheduler: an event's turn has come when the state it starts from is there. Time stamps of different
 * threads may be wrong; sequence numbers and states are not. The rules are those of Go's internal/trace.
 */
export class Ordering {
  readonly #turn = new Turn();

  /** The next event whose turn has come. It is valid until the next `advance`. */
  next(): TraceEvent | undefined {
    return this.#turn.next();
  }

  /** Tries an event of a thread. False: not yet. Throws `TraceError` where it can never be. */
  advance(ev: Candidate, id: number, generation: number, tables: Tables): boolean {
    this.#turn.begin(ev, id, generation, tables);
    const handler = handlers[ev.type];
    if (handler === undefined) throw new TraceError(`event ${ev.type} cannot be ordered`, 0);
    if (!handler(this.#turn)) return false;
    this.#turn.commit();
    return true;
  }
}

type Handler = (turn: Turn) => boolean;
const handlers: (Handler | undefined)[] = Array.from({ length: 256 }, () => undefined);

function handle(handler: Handler, ...types: readonly number[]): void {
  for (const type of types) handlers[type] = handler;
}

handle(procStatus, Ev.ProcStatus);
handle(procStart, Ev.ProcStart);
handle(procStop, Ev.ProcStop);
handle(procSteal, Ev.ProcSteal);
handle(goStatus, Ev.GoStatus, Ev.GoStatusStack);
handle(goCreate, Ev.GoCreate, Ev.GoCreateBlocked);
handle(goStopExec, Ev.GoDestroy, Ev.GoStop, Ev.GoBlock);
handle(goStart, Ev.GoStart);
handle(goUnblock, Ev.GoUnblock);
handle(goSwitch, Ev.GoSwitch, Ev.GoSwitchDestroy);
handle(syscallBegin, Ev.GoSyscallBegin);
handle(syscallEnd, Ev.GoSyscallEnd);
handle(syscallEndBlocked, Ev.GoSyscallEndBlocked);
handle(createSyscall, Ev.GoCreateSyscall);
handle(destroySyscall, Ev.GoDestroySyscall);
handle(taskBegin, Ev.UserTaskBegin);
handle(taskEnd, Ev.UserTaskEnd);
handle(region, Ev.UserRegionBegin, Ev.UserRegionEnd);
handle(gcActive, Ev.GCActive);
handle(gcBegin, Ev.GCBegin);
handle(gcEnd, Ev.GCEnd);
handle(plain, Ev.ProcsChange, Ev.GoLabel, Ev.UserLog);
handle(onProcessor, Ev.HeapAlloc, Ev.HeapGoal);
handle(sweepBegin, Ev.GCSweepBegin);
handle(sweepActive, Ev.GCSweepActive);
handle(sweepEnd, Ev.GCSweepEnd);
handle(rangeBegin, Ev.STWBegin, Ev.GCMarkAssistBegin);
handle(assistActive, Ev.GCMarkAssistActive);
handle(rangeEnd, Ev.STWEnd, Ev.GCMarkAssistEnd);
for (let type = Ev.Span; type <= Ev.GoroutineStackFree; type++) handle(onThread, type);
