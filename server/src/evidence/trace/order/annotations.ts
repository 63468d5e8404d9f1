import { none } from "../event.ts";
import { Ev } from "../spec.ts";
import { Gc, type Turn } from "./turn.ts";

export function taskBegin(turn: Turn): boolean {
  const { a0: id, a1: parent, a2: name } = turn.ev;
  const { tasks } = turn.scheduler;
  if (tasks.has(id)) turn.broken(`of task ${id}, which has begun`);
  if (parent === 0) turn.ev.a1 = none;
  tasks.set(id, { name: turn.string(name), parent: turn.ev.a1 });
  return plain(turn);
}

export function taskEnd(turn: Turn): boolean {
  const { a0: id } = turn.ev;
  const { tasks } = turn.scheduler;
  const task = tasks.get(id);
  tasks.delete(id);
  turn.needAll();
  const slot = turn.emit();
  slot.before = task?.parent ?? none;
  slot.name = task?.name ?? "";
  return true;
}

export function region(turn: Turn): boolean {
  turn.needAll();
  const { a0: task, a1, type } = turn.ev;
  const name = turn.string(a1);
  const goroutine = turn.anyGoroutine();
  if (type === Ev.UserRegionBegin) goroutine.beginRegion(task, name);
  else goroutine.endRegion(task, name);
  turn.emit();
  return true;
}

export function gcActive(turn: Turn): boolean {
  const seq = turn.ev.a0;
  if (turn.generation === turn.first) {
    if (turn.gc !== Gc.Undetermined) turn.broken("is not the first of the collector");
    return setGc(turn, seq, Gc.On);
  }
  if (seq !== turn.gcSeq + 1) return false;
  if (turn.gc !== Gc.On) turn.broken("while the collector does not run");
  turn.needAll();
  return setGc(turn, seq, Gc.On);
}

export function gcBegin(turn: Turn): boolean {
  const seq = turn.ev.a0;
  if (turn.gc === Gc.Undetermined) return setGc(turn, seq, Gc.On);
  if (seq !== turn.gcSeq + 1) return false;
  if (turn.gc === Gc.On) turn.broken("while the collector runs");
  turn.needAll();
  return setGc(turn, seq, Gc.On);
}

export function gcEnd(turn: Turn): boolean {
  const seq = turn.ev.a0;
  if (seq !== turn.gcSeq + 1) return false;
  if (turn.gc !== Gc.On) turn.broken("while the collector does not run");
  turn.needAll();
  return setGc(turn, seq, Gc.Off);
}

function setGc(turn: Turn, seq: number, state: number): true {
  turn.gcSeq = seq;
  turn.gc = state;
  turn.emit();
  return true;
}

export function plain(turn: Turn): boolean {
  turn.needAll();
  turn.emit();
  return true;
}

export function onProcessor(turn: Turn): boolean {
  turn.needProcessor();
  turn.emit();
  return true;
}

export function onThread(turn: Turn): boolean {
  turn.needThread();
  turn.emit();
  return true;
}

export function sweepBegin(turn: Turn): boolean {
  turn.needProcessor();
  turn.processor().ranges.begin(Ev.GCSweepBegin);
  turn.emit();
  return true;
}

export function sweepActive(turn: Turn): boolean {
  const processor = turn.scheduler.processor(turn.ev.a0);
  if (processor === undefined) return turn.broken(`of processor ${turn.ev.a0}, which does not exist`);
  processor.ranges.active(Ev.GCSweepBegin, turn.generation === turn.first);
  turn.emit();
  return true;
}

export function sweepEnd(turn: Turn): boolean {
  turn.needProcessor();
  turn.processor().ranges.end(Ev.GCSweepBegin);
  turn.emit();
  return true;
}

export function rangeBegin(turn: Turn): boolean {
  const { type, a0 } = turn.ev;
  turn.anyGoroutine().ranges.begin(type === Ev.STWBegin ? type + 256 * a0 : type);
  turn.emit();
  return true;
}

export function assistActive(turn: Turn): boolean {
  const goroutine = turn.scheduler.goroutine(turn.ev.a0);
  if (goroutine === undefined) return turn.broken(`of goroutine ${turn.ev.a0}, which does not exist`);
  goroutine.ranges.active(Ev.GCMarkAssistBegin, turn.generation === turn.first);
  turn.emit();
  return true;
}

export function rangeEnd(turn: Turn): boolean {
  const { type } = turn.ev;
  const ranges = turn.anyGoroutine().ranges;
  const name = ranges.end(type === Ev.STWEnd ? Ev.STWBegin : Ev.GCMarkAssistBegin);
  const slot = turn.emit();
  if (type === Ev.STWEnd) slot.a0 = name;
  return true;
}
