import type { TraceEvent } from "../../server/src/evidence/trace/event.ts";
import {
  Ev,
  GoState,
  goStates,
  ProcState,
  ProcStatus,
  procStates,
  stackArg,
} from "../../server/src/evidence/trace/spec.ts";

/** An event in the words of `go tool trace -d=parsed`. `n`: the count of boundaries so far. */
export function parsedText(event: TraceEvent, origin: number): string {
  const { type, m, p, g } = event;
  const head = `M=${m} P=${p} G=${g} ${kind(type)} Time=${BigInt(origin) + BigInt(event.time)}`;
  return `${head}${details(event)}${transitionStack(event)}${stack("Stack", "", ownStack(event), event)}\n`;
}

const names: Readonly<Record<number, string>> = {
  [Ev.Boundary]: "Sync",
  [Ev.CPUSample]: "StackSample",
  [Ev.ProcsChange]: "Metric",
  [Ev.HeapAlloc]: "Metric",
  [Ev.HeapGoal]: "Metric",
  [Ev.GoLabel]: "Label",
  [Ev.STWBegin]: "RangeBegin",
  [Ev.GCBegin]: "RangeBegin",
  [Ev.GCSweepBegin]: "RangeBegin",
  [Ev.GCMarkAssistBegin]: "RangeBegin",
  [Ev.GCActive]: "RangeActive",
  [Ev.GCSweepActive]: "RangeActive",
  [Ev.GCMarkAssistActive]: "RangeActive",
  [Ev.STWEnd]: "RangeEnd",
  [Ev.GCEnd]: "RangeEnd",
  [Ev.GCSweepEnd]: "RangeEnd",
  [Ev.GCMarkAssistEnd]: "RangeEnd",
  [Ev.UserTaskBegin]: "TaskBegin",
  [Ev.UserTaskEnd]: "TaskEnd",
  [Ev.UserRegionBegin]: "RegionBegin",
  [Ev.UserRegionEnd]: "RegionEnd",
  [Ev.UserLog]: "Log",
};

function kind(type: number): string {
  return names[type] ?? (type >= Ev.Span ? "Experimental" : "StateTransition");
}

const goNames = ["Undetermined", "NotExist", "Runnable", "Running", "Waiting", "Syscall"];
const procNames = ["Undetermined", "NotExist", "Running", "Idle"];
const metrics: Readonly<Record<number, string>> = {
  [Ev.ProcsChange]: "/sched/gomaxprocs:threads",
  [Ev.HeapAlloc]: "/memory/classes/heap/objects:bytes",
  [Ev.HeapGoal]: "/gc/heap/goal:bytes",
};
const taskId = (id: number) => (id === -1 ? "18446744073709551615" : String(id));

const controls = new Map("a b t n v f r".split(" ").map((letter, index) => [index + 7, `\\${letter}`] as const));

/** As strconv.Quote writes text that is ASCII but for bytes that are no text: these are U+FFFD here, and in `goText`. */
function quoted(text: string): string {
  const inner = text.replace(/[\p{Cc}"\\]/gu, (letter) => {
    const code = letter.charCodeAt(0);
    if (letter === '"' || letter === "\\") return `\\${letter}`;
    return controls.get(code) ?? `\\x${code.toString(16).padStart(2, "0")}`;
  });
  return `"${inner}"`;
}

/** What Go printed, with the bytes that are no text as our decoder has them. */
export function goText(printed: string): string {
  return printed.replace(/\\x[89a-f][0-9a-f]/g, "\ufffd");
}

function details(event: TraceEvent): string {
  const { type, a0, a1, tables } = event;
  const string = (id: number) => quoted(tables?.string(id) ?? "");
  const metric = metrics[type];
  if (metric !== undefined) return ` Name="${metric}" Value=Value{Uint64(${a0})}`;
  if (type === Ev.Boundary) return boundary(event);
  if (type === Ev.CPUSample) return "";
  if (type === Ev.GoLabel) return ` Label=${string(a0)} Resource=Goroutine(${event.g})`;
  if (type >= Ev.STWBegin && type <= Ev.GCMarkAssistEnd) return range(event);
  if (type === Ev.UserTaskBegin) return ` ID=${a0} Parent=${taskId(a1)} Type=${string(event.a2)}`;
  if (type === Ev.UserTaskEnd) return ` ID=${a0} Parent=${taskId(event.before)} Type=${quoted(event.name)}`;
  if (type === Ev.UserRegionBegin || type === Ev.UserRegionEnd) return ` Task=${a0} Type=${string(a1)}`;
  if (type === Ev.UserLog) return ` Task=${a0} Category=${string(a1)} Message=${string(event.a2)}`;
  if (type >= Ev.Span) return experimental(event);
  return transition(event);
}

function boundary({ a0, tables }: TraceEvent): string {
  const snapshot = tables?.snapshot;
  if (tables === undefined || snapshot === undefined) return ` N=${a0}`;
  const seconds = new Date(snapshot.seconds * 1000).toISOString().slice(0, 19);
  const fraction =
    snapshot.nanoseconds === 0 ? "" : `.${String(snapshot.nanoseconds).padStart(9, "0").replace(/0+$/, "")}`;
  const trace = Math.trunc(snapshot.ticks * tables.frequency);
  return ` N=${a0} Trace=${trace} Mono=${snapshot.mono} Wall=${seconds}${fraction}Z`;
}

const experimentalNames: readonly (readonly string[])[] = [
  ["Span", "id", "npages_value", "kindclass"],
  ["SpanAlloc", "id", "npages_value", "kindclass"],
  ["SpanFree", "id"],
  ["HeapObject", "id", "type"],
  ["HeapObjectAlloc", "id", "type"],
  ["HeapObjectFree", "id"],
  ["GoroutineStack", "id", "order"],
  ["GoroutineStackAlloc", "id", "order"],
  ["GoroutineStackFree", "id"],
];

function experimental(event: TraceEvent): string {
  const [name, ...args] = experimentalNames[event.type - Ev.Span] ?? [];
  return ` Name=${name} Args=[${args.map((arg, index) => `${arg}=Value{Uint64(${event.arg(index)})}`).join(", ")}]`;
}

function range(event: TraceEvent): string {
  const { type, a0, a1, tables } = event;
  const [name, scope] =
    type === Ev.STWBegin || type === Ev.STWEnd
      ? [`stop-the-world (${tables?.string(a0) ?? ""})`, `Goroutine(${event.g})`]
      : type <= Ev.GCEnd
        ? ["GC concurrent mark phase", "None"]
        : type <= Ev.GCSweepEnd
          ? ["GC incremental sweep", `Proc(${type === Ev.GCSweepActive ? a0 : event.p})`]
          : ["GC mark assist", `Goroutine(${type === Ev.GCMarkAssistActive ? a0 : event.g})`];
  const swept =
    type === Ev.GCSweepEnd ? `"bytes swept"=Value{Uint64(${a0})} "bytes reclaimed"=Value{Uint64(${a1})}` : "";
  const attributes = kind(type) === "RangeEnd" ? ` Attributes=[${swept}]` : "";
  return ` Name=${quoted(name)} Scope=${scope}${attributes}`;
}

function transition(event: TraceEvent): string {
  const { a0, before, type } = event;
  const proc = (id: number, from: number, to: number) => ` ProcID=${id} ${procNames[from]}->${procNames[to]} Reason=""`;
  if (type === Ev.ProcStart) return proc(a0, ProcState.Idle, ProcState.Running);
  if (type === Ev.ProcStop) return proc(event.p, ProcState.Running, ProcState.Idle);
  if (type === Ev.ProcSteal)
    return proc(a0, before === ProcStatus.SyscallAbandoned ? ProcState.Idle : ProcState.Running, ProcState.Idle);
  if (type === Ev.ProcStatus) return proc(a0, before, procStates[event.a1] ?? 0);
  const [id, from, to] = goTransition(event);
  const reason = type === Ev.GoStop || type === Ev.GoBlock ? (event.tables?.string(a0) ?? "") : "";
  return ` GoID=${id} ${goNames[from]}->${goNames[to]} Reason=${quoted(reason)}`;
}

function goTransition({ type, a0, a2, g, before }: TraceEvent): [id: number, from: number, to: number] {
  const s = GoState;
  switch (type) {
    case Ev.GoCreate:
      return [a0, s.NotExist, s.Runnable];
    case Ev.GoCreateBlocked:
      return [a0, s.NotExist, s.Waiting];
    case Ev.GoCreateSyscall:
      return [a0, s.NotExist, s.Syscall];
    case Ev.GoStart:
      return [a0, s.Runnable, s.Running];
    case Ev.GoDestroy:
      return [g, s.Running, s.NotExist];
    case Ev.GoDestroySyscall:
      return [g, s.Syscall, s.NotExist];
    case Ev.GoStop:
      return [g, s.Running, s.Runnable];
    case Ev.GoBlock:
      return [g, s.Running, s.Waiting];
    case Ev.GoSyscallBegin:
      return [g, s.Running, s.Syscall];
    case Ev.GoSyscallEnd:
      return [g, s.Syscall, s.Running];
    case Ev.GoSyscallEndBlocked:
      return [g, s.Syscall, s.Runnable];
    case Ev.GoStatus:
    case Ev.GoStatusStack:
      return [a0, before, goStates[a2] ?? 0];
    default:
      return [a0, s.Waiting, s.Runnable];
  }
}

function ownStack(event: TraceEvent): number {
  const index = stackArg[event.type] ?? -1;
  return index < 0 ? 0 : event.arg(index);
}

const withOwn = new Set<number>([Ev.GoStop, Ev.GoBlock, Ev.GoSyscallBegin, Ev.GoStatus, Ev.GoStatusStack]);

function transitionStack(event: TraceEvent): string {
  const created = event.type === Ev.GoCreate || event.type === Ev.GoCreateBlocked;
  return stack(
    "TransitionStack",
    "\t",
    created ? event.a1 : withOwn.has(event.type) ? ownStack(event) : 0,
    event,
    created,
  );
}

function stack(title: string, _indent: string, id: number, { tables }: TraceEvent, always = false): string {
  if (tables === undefined || (id === 0 && !always)) return "";
  const frames = tables.pcs(id).map((pc) => {
    const frame = tables.frame(pc);
    return `\t${frame.function} @ 0x${pc.toString(16)}\n\t\t${frame.file}:${frame.line}\n`;
  });
  return `\n${title}=\n${frames.join("")}`;
}
