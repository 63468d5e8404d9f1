import { none } from "../event.ts";
import { Ev, GoStatus, goStates, ProcStatus } from "../spec.ts";
import { type Goroutine, Thread } from "./state.ts";
import type { Turn } from "./turn.ts";

export function goStatus(turn: Turn): boolean {
  const { a0: id, a1: m, a2 } = turn.ev;
  const status = a2 & 0xff;
  let before = goStates[status];
  if (before === undefined) turn.broken(`tells an unknown status ${status}`);
  const known = turn.scheduler.goroutine(id);
  if (known !== undefined) {
    if (known.status !== status) turn.broken(`of goroutine ${id} contradicts what is known`);
    known.generation = turn.generation;
    known.seq = 0;
  } else {
    if (turn.generation !== turn.first) turn.broken(`of goroutine ${id}, which never began`);
    turn.scheduler.add(id, status, turn.generation);
    before = 0;
  }
  if (status === GoStatus.Running) turn.newG = id;
  const [thread, g] = status === GoStatus.Syscall ? inSyscall(turn, id, m) : [turn.thread.id, turn.g];
  turn.emit(thread, turn.p, g).before = before ?? 0;
  return true;
}

/** The thread and its goroutine that a goroutine in a system call is told for. */
function inSyscall(turn: Turn, id: number, m: number): [m: number, g: number] {
  if (m === none) turn.broken(`of goroutine ${id} in a system call without a thread`);
  if (m === turn.thread.id) {
    if (turn.generation !== turn.first && turn.g !== id)
      turn.broken(`of goroutine ${id}, but the thread has ${turn.g}`);
    turn.newG = id;
    return [m, turn.g];
  }
  const thread = turn.scheduler.threads.get(m);
  if (thread !== undefined) {
    if (thread.g !== id) turn.broken(`of goroutine ${id}, but the thread has ${thread.g}`);
    return [m, thread.g];
  }
  const made = new Thread(m);
  made.g = id;
  turn.scheduler.threads.set(m, made);
  return [m, turn.g];
}

export function goCreate(turn: Turn): boolean {
  turn.needProcessor();
  const creator = turn.scheduler.current(turn.thread);
  if (creator !== undefined && creator.status !== GoStatus.Running) turn.broken("of a goroutine that does not run");
  const { a0: id, type } = turn.ev;
  if (turn.scheduler.goroutine(id) !== undefined) turn.broken(`of goroutine ${id}, which exists`);
  turn.scheduler.add(id, type === Ev.GoCreateBlocked ? GoStatus.Waiting : GoStatus.Runnable, turn.generation);
  turn.emit();
  return true;
}

export function goStopExec(turn: Turn): boolean {
  const found = turn.goroutine(GoStatus.Running);
  const { type } = turn.ev;
  if (type === Ev.GoDestroy) turn.scheduler.remove(found);
  else found.status = type === Ev.GoStop ? GoStatus.Runnable : GoStatus.Waiting;
  turn.newG = none;
  turn.emit();
  return true;
}

export function goStart(turn: Turn): boolean {
  const { a0: id, a1: seq } = turn.ev;
  const found = turn.scheduler.goroutine(id);
  if (found === undefined || found.status !== GoStatus.Runnable || !turn.succeeds(seq, found)) return false;
  if (turn.g !== none) turn.broken(`starts goroutine ${id} where ${turn.g} runs`);
  turn.needProcessor();
  found.status = GoStatus.Running;
  found.seq = seq;
  turn.newG = id;
  turn.thread.goroutine = found;
  turn.emit();
  return true;
}

export function goUnblock(turn: Turn): boolean {
  const { a0: id, a1: seq } = turn.ev;
  const found = turn.scheduler.goroutine(id);
  if (found === undefined || found.status !== GoStatus.Waiting || !turn.succeeds(seq, found)) return false;
  found.status = GoStatus.Runnable;
  found.seq = seq;
  turn.emit();
  return true;
}

/** Three events: the next goroutine is unblocked, this one blocks or ends, the next one starts. */
export function goSwitch(turn: Turn): boolean {
  const current = turn.goroutine(GoStatus.Running);
  const { a0: id, a1: seq, type } = turn.ev;
  const following = turn.scheduler.goroutine(id);
  if (following === undefined || following.status !== GoStatus.Waiting || !turn.succeeds(seq, following)) return false;
  turn.emit();
  const m = turn.thread.id;
  if (type === Ev.GoSwitch) {
    current.status = GoStatus.Waiting;
    turn.emitMade(Ev.GoBlock, m, turn.p, turn.g);
  } else {
    turn.scheduler.remove(current);
    turn.emitMade(Ev.GoDestroy, m, turn.p, turn.g);
  }
  following.status = GoStatus.Running;
  following.seq = seq;
  turn.newG = id;
  const start = turn.emitMade(Ev.GoStart, m, turn.p, none);
  start.a0 = id;
  start.a1 = seq;
  return true;
}

export function syscallBegin(turn: Turn): boolean {
  const found = turn.goroutine(GoStatus.Running);
  found.status = GoStatus.Syscall;
  const processor = turn.processor();
  processor.status = ProcStatus.Syscall;
  const seq = turn.ev.a0;
  if (!turn.succeeds(seq, processor)) turn.broken(`has sequence number ${seq} after ${processor.seq}`);
  processor.generation = turn.generation;
  processor.seq = seq;
  turn.emit();
  return true;
}

export function syscallEnd(turn: Turn): boolean {
  const found = turn.goroutine(GoStatus.Syscall);
  found.status = GoStatus.Running;
  const processor = turn.processor();
  if (processor.status !== ProcStatus.Syscall) turn.broken("on a processor that is in no system call");
  processor.status = ProcStatus.Running;
  turn.emit();
  return true;
}

export function syscallEndBlocked(turn: Turn): boolean {
  if (turn.p !== none && turn.processor().status === ProcStatus.Syscall) return false;
  turn.needThread();
  const found = syscalling(turn);
  turn.newG = none;
  found.status = GoStatus.Runnable;
  turn.emit();
  return true;
}

/** The thread's goroutine, which must be in a system call; it needs no processor. */
function syscalling(turn: Turn): Goroutine {
  turn.needThread();
  if (turn.g === none) turn.broken("needs a goroutine");
  const found = turn.scheduler.current(turn.thread);
  if (found?.status !== GoStatus.Syscall) return turn.broken(`of goroutine ${turn.g}, which is in no system call`);
  return found;
}

export function createSyscall(turn: Turn): boolean {
  turn.needThread();
  if (turn.g !== none) turn.broken(`where goroutine ${turn.g} runs`);
  const { a0: id } = turn.ev;
  if (turn.scheduler.goroutine(id) !== undefined) turn.broken(`of goroutine ${id}, which exists`);
  turn.scheduler.add(id, GoStatus.Syscall, turn.generation);
  turn.newG = id;
  turn.emit();
  return true;
}

export function destroySyscall(turn: Turn): boolean {
  turn.scheduler.remove(syscalling(turn));
  turn.newG = none;
  if (turn.p !== none) {
    const processor = turn.processor();
    if (processor.status !== ProcStatus.Syscall) turn.broken("on a processor that is in no system call");
    processor.status = ProcStatus.SyscallAbandoned;
    turn.newP = none;
    const steal = turn.emitMade(Ev.ProcSteal, turn.thread.id, turn.p, turn.g);
    steal.a0 = turn.p;
    steal.before = ProcStatus.Syscall;
  }
  turn.emit();
  return true;
}
