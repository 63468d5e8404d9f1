import { none, TraceEvent } from "../event.ts";
import { TraceError } from "../spec.ts";
import type { Tables } from "../tables.ts";
import { type Goroutine, type Processor, Scheduler, Thread } from "./state.ts";

/** What an event is about to say, before its turn has come. */
export interface Candidate {
  type: number;
  time: number;
  a0: number;
  a1: number;
  a2: number;
  a3: number;
  /** The thread's state, once it was looked up. */
  known: Thread | undefined;
}

const noThread = new Thread(none);
/** What is known of the collector. */
export const Gc = { Undetermined: 0, Off: 1, On: 2 } as const;

/** The scheduler, and the event of one thread that is being tried on it. */
export class Turn {
  readonly scheduler = new Scheduler();
  readonly #slots = [new TraceEvent(), new TraceEvent(), new TraceEvent(), new TraceEvent()];
  #read = 0;
  #written = 0;
  gcSeq = 0;
  gc: number = Gc.Undetermined;
  /** The number of the first generation. */
  first = 0;
  thread: Thread = noThread;
  tables: Tables | undefined;
  generation = 0;
  /** Processor and goroutine of the thread, before and after the event at hand. */
  p = none;
  g = none;
  newP = none;
  newG = none;
  ev: Candidate = { type: 0, time: 0, a0: 0, a1: 0, a2: 0, a3: 0, known: undefined };

  /** Begins with an event of a thread. */
  begin(ev: Candidate, id: number, generation: number, tables: Tables): void {
    if (this.first === 0) this.first = generation;
    this.#read = 0;
    this.#written = 0;
    this.ev = ev;
    this.tables = tables;
    this.generation = generation;
    const thread = ev.known ?? this.#threadOf(id);
    ev.known = thread;
    this.thread = thread;
    this.p = this.newP = thread.p;
    this.g = this.newG = thread.g;
  }

  /** The event's turn has come. */
  commit(): void {
    if (this.thread === noThread) return;
    this.thread.p = this.newP;
    this.thread.g = this.newG;
  }

  /** The next event that was emitted. */
  next(): TraceEvent | undefined {
    return this.#read === this.#written ? undefined : this.#slots[this.#read++];
  }

  #threadOf(id: number): Thread {
    if (id === none) return noThread;
    let thread = this.scheduler.threads.get(id);
    if (thread === undefined) {
      thread = new Thread(id);
      this.scheduler.threads.set(id, thread);
    }
    return thread;
  }

  /** Emits the event at hand. */
  emit(m = this.thread.id, p = this.p, g = this.g): TraceEvent {
    const slot = this.emitMade(this.ev.type, m, p, g);
    const ev = this.ev;
    slot.a0 = ev.a0;
    slot.a1 = ev.a1;
    slot.a2 = ev.a2;
    slot.a3 = ev.a3;
    return slot;
  }

  /** Emits another event at the same time. */
  emitMade(type: number, m: number, p: number, g: number): TraceEvent {
    const slot = this.#slots[this.#written++] ?? new TraceEvent();
    slot.type = type;
    slot.time = this.ev.time;
    slot.m = m;
    slot.p = p;
    slot.g = g;
    slot.a0 = slot.a1 = slot.a2 = slot.a3 = slot.before = 0;
    slot.name = "";
    slot.tables = this.tables;
    return slot;
  }

  /** Most events need a running goroutine: thread, processor and goroutine. */
  needAll(): void {
    if (this.g === none) this.broken("needs a goroutine");
    this.needProcessor();
  }

  needProcessor(): void {
    if (this.p === none) this.broken("needs a processor");
    this.needThread();
  }

  needThread(): void {
    if (this.thread.id === none) this.broken("needs a thread");
  }

  broken(what: string): never {
    throw new TraceError(`event ${this.ev.type} ${what}`, 0);
  }

  goroutine(status: number): Goroutine {
    this.needAll();
    const found = this.scheduler.current(this.thread);
    if (found === undefined) return this.broken(`of goroutine ${this.g}, which does not exist`);
    if (found.status !== status) this.broken(`of goroutine ${this.g}, which is in another state`);
    return found;
  }

  anyGoroutine(): Goroutine {
    this.needAll();
    return this.scheduler.current(this.thread) ?? this.broken(`of goroutine ${this.g}, which does not exist`);
  }

  processor(): Processor {
    return this.scheduler.currentProcessor(this.thread) ?? this.broken(`of processor ${this.p}, which does not exist`);
  }

  succeeds(seq: number, of: Goroutine | Processor): boolean {
    return of.generation === this.generation && seq === of.seq + 1;
  }

  string(id: number): string {
    if (this.tables?.hasString(id) !== true) this.broken(`refers to string ${id}, which is not there`);
    return this.tables?.string(id) ?? "";
  }
}
