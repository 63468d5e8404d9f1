/** The wire format of Go's execution traces, version 2 (runtime/trace of Go 1.22 to 1.26). */

/** Event types by number, in the order of the format. */
export const Ev = {
  EventBatch: 1,
  Stacks: 2,
  Stack: 3,
  Strings: 4,
  String: 5,
  CPUSamples: 6,
  CPUSample: 7,
  Frequency: 8,
  ProcsChange: 9,
  ProcStart: 10,
  ProcStop: 11,
  ProcSteal: 12,
  ProcStatus: 13,
  GoCreate: 14,
  GoCreateSyscall: 15,
  GoStart: 16,
  GoDestroy: 17,
  GoDestroySyscall: 18,
  GoStop: 19,
  GoBlock: 20,
  GoUnblock: 21,
  GoSyscallBegin: 22,
  GoSyscallEnd: 23,
  GoSyscallEndBlocked: 24,
  GoStatus: 25,
  STWBegin: 26,
  STWEnd: 27,
  GCActive: 28,
  GCBegin: 29,
  GCEnd: 30,
  GCSweepActive: 31,
  GCSweepBegin: 32,
  GCSweepEnd: 33,
  GCMarkAssistActive: 34,
  GCMarkAssistBegin: 35,
  GCMarkAssistEnd: 36,
  HeapAlloc: 37,
  HeapGoal: 38,
  GoLabel: 39,
  UserTaskBegin: 40,
  UserTaskEnd: 41,
  UserRegionBegin: 42,
  UserRegionEnd: 43,
  UserLog: 44,
  GoSwitch: 45,
  GoSwitchDestroy: 46,
  GoCreateBlocked: 47,
  GoStatusStack: 48,
  ExperimentalBatch: 49,
  Sync: 50,
  ClockSnapshot: 51,
  EndOfGeneration: 52,
  /** Allocation events of the experiment AllocFree. */
  Span: 128,
  SpanAlloc: 129,
  SpanFree: 130,
  HeapObject: 131,
  HeapObjectAlloc: 132,
  HeapObjectFree: 133,
  GoroutineStack: 134,
  GoroutineStackAlloc: 135,
  GoroutineStackFree: 136,
  /** Not on the wire: the border between generations. */
  Boundary: 255,
} as const;

export const maxBatch = 64 << 10;
export const maxFrames = 128;
export const maxString = 1 << 10;
/** What is beyond is no event of the wire. */
export const typeCount = 137;

/** Arguments without the time stamp, by event type; -1 for what is no event of a thread. */
export const argCount = new Int8Array(256).fill(-1);
/** Positions of stack ids among the arguments, -1 for none; the first is the stack of the event itself. */
export const stackArg = new Int8Array(256).fill(-1);
export const otherStackArg = new Int8Array(256).fill(-1);
export const stringArg = new Int8Array(256).fill(-1);
export const otherStringArg = new Int8Array(256).fill(-1);

function define(type: number, args: number, stacks: readonly number[] = [], strings: readonly number[] = []): void {
  argCount[type] = args;
  stackArg[type] = stacks[0] ?? -1;
  otherStackArg[type] = stacks[1] ?? -1;
  stringArg[type] = strings[0] ?? -1;
  otherStringArg[type] = strings[1] ?? -1;
}

stackArg[Ev.CPUSample] = 0;
define(Ev.ProcsChange, 2, [1]);
define(Ev.ProcStart, 2);
define(Ev.ProcStop, 0);
define(Ev.ProcSteal, 3);
define(Ev.ProcStatus, 2);
define(Ev.GoCreate, 3, [2, 1]);
define(Ev.GoCreateSyscall, 1);
define(Ev.GoStart, 2);
define(Ev.GoDestroy, 0);
define(Ev.GoDestroySyscall, 0);
define(Ev.GoStop, 2, [1], [0]);
define(Ev.GoBlock, 2, [1], [0]);
define(Ev.GoUnblock, 3, [2]);
define(Ev.GoSyscallBegin, 2, [1]);
define(Ev.GoSyscallEnd, 0);
define(Ev.GoSyscallEndBlocked, 0);
define(Ev.GoStatus, 3);
define(Ev.STWBegin, 2, [1], [0]);
define(Ev.STWEnd, 0);
define(Ev.GCActive, 1);
define(Ev.GCBegin, 2, [1]);
define(Ev.GCEnd, 1);
define(Ev.GCSweepActive, 1);
define(Ev.GCSweepBegin, 1, [0]);
define(Ev.GCSweepEnd, 2);
define(Ev.GCMarkAssistActive, 1);
define(Ev.GCMarkAssistBegin, 1, [0]);
define(Ev.GCMarkAssistEnd, 0);
define(Ev.HeapAlloc, 1);
define(Ev.HeapGoal, 1);
define(Ev.GoLabel, 1, [], [0]);
define(Ev.UserTaskBegin, 4, [3], [2]);
define(Ev.UserTaskEnd, 2, [1]);
define(Ev.UserRegionBegin, 3, [2], [1]);
define(Ev.UserRegionEnd, 3, [2], [1]);
define(Ev.UserLog, 4, [3], [1, 2]);
define(Ev.GoSwitch, 2);
define(Ev.GoSwitchDestroy, 2);
define(Ev.GoCreateBlocked, 3, [2, 1]);
define(Ev.GoStatusStack, 4, [3]);
define(Ev.ClockSnapshot, 3);
define(Ev.Span, 3);
define(Ev.SpanAlloc, 3);
define(Ev.SpanFree, 1);
define(Ev.HeapObject, 2);
define(Ev.HeapObjectAlloc, 2);
define(Ev.HeapObjectFree, 1);
define(Ev.GoroutineStack, 2);
define(Ev.GoroutineStackAlloc, 2);
define(Ev.GoroutineStackFree, 1);

/** States of goroutines on the wire. */
export const GoStatus = { Runnable: 1, Running: 2, Syscall: 3, Waiting: 4 } as const;
/** States of processors (Ps) on the wire. */
export const ProcStatus = { Running: 1, Idle: 2, Syscall: 3, SyscallAbandoned: 4 } as const;

/** States as told to readers. */
export const GoState = { Undetermined: 0, NotExist: 1, Runnable: 2, Running: 3, Waiting: 4, Syscall: 5 } as const;
export const ProcState = { Undetermined: 0, NotExist: 1, Running: 2, Idle: 3 } as const;

/** Wire status -> state; 0 is what Go's reader makes of the invalid status 0. */
export const goStates: readonly number[] = [0, GoState.Runnable, GoState.Running, GoState.Syscall, GoState.Waiting];
export const procStates: readonly number[] = [0, ProcState.Running, ProcState.Idle, ProcState.Running, ProcState.Idle];

/** A trace that cannot be read, with the byte offset where that was noticed. */
export class TraceError extends Error {
  override readonly name = "TraceError";
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(`${message} (byte ${offset})`);
    this.offset = offset;
  }
}
