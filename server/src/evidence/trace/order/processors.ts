import { none } from "../event.ts";
import { ProcStatus, procStates } from "../spec.ts";
import type { Turn } from "./turn.ts";

export function procStatus(turn: Turn): boolean {
  const { a0: id, a1 } = turn.ev;
  const status = a1 & 0xff;
  let before = procStates[status];
  if (before === undefined) turn.broken(`tells an unknown status ${status}`);
  const known = turn.scheduler.processor(id);
  let promoted = false;
  if (known === undefined) {
    turn.scheduler.addProcessor(id, status, turn.generation);
    before = turn.generation === turn.first ? 0 : 1;
  } else {
    if (status === ProcStatus.SyscallAbandoned && known.status === ProcStatus.Syscall) {
      promoted = true;
      before = 2;
      turn.ev.a1 = ProcStatus.Syscall;
    } else if (known.status !== status) turn.broken(`of processor ${id} contradicts what is known`);
    known.generation = turn.generation;
    known.seq = 0;
  }
  if (status === ProcStatus.Running || status === ProcStatus.Syscall) turn.newP = id;
  if (!promoted) {
    turn.emit().before = before ?? 0;
    return true;
  }
  const holder = [...turn.scheduler.threads.values()].findLast((thread) => thread.p === id);
  if (holder === undefined) return turn.broken(`of processor ${id}, which no thread has`);
  turn.emit(holder.id, id, holder.g).before = before ?? 0;
  return true;
}

export function procStart(turn: Turn): boolean {
  const { a0: id, a1: seq } = turn.ev;
  const found = turn.scheduler.processor(id);
  if (found === undefined || found.status !== ProcStatus.Idle || !turn.succeeds(seq, found) || turn.p !== none)
    return false;
  turn.needThread();
  found.status = ProcStatus.Running;
  found.seq = seq;
  turn.newP = id;
  turn.emit();
  return true;
}

export function procStop(turn: Turn): boolean {
  const found = turn.processor();
  if (found.status !== ProcStatus.Running && found.status !== ProcStatus.Syscall)
    turn.broken(`of processor ${found.id}, which does not run`);
  turn.needProcessor();
  found.status = ProcStatus.Idle;
  turn.newP = none;
  turn.emit();
  return true;
}

export function procSteal(turn: Turn): boolean {
  const { a0: id, a1: seq, a2: from } = turn.ev;
  const found = turn.scheduler.processor(id);
  if (
    found === undefined ||
    (found.status !== ProcStatus.Syscall && found.status !== ProcStatus.SyscallAbandoned) ||
    !turn.succeeds(seq, found)
  )
    return false;
  turn.needThread();
  const before = found.status;
  found.status = ProcStatus.Idle;
  found.seq = seq;
  if (before === ProcStatus.Syscall) {
    const victim = from === turn.thread.id ? turn.thread : turn.scheduler.threads.get(from);
    if (victim?.p !== id) return turn.broken(`takes processor ${id} from thread ${from}, which does not have it`);
    if (victim === turn.thread) turn.newP = none;
    else victim.p = none;
  }
  turn.emit().before = before;
  return true;
}
