import type { TraceEvent } from "../event.ts";
import { Ev, GoState, goStates } from "../spec.ts";
import type { Recording } from "../timeline/recording.ts";
import { Durations } from "./durations.ts";
import type { GoroutineLife, Wait, WaitSite } from "./model.ts";
import type { Stacks } from "./stacks.ts";

/** Links of a chain of waits that are told of, and that it may have before it is cut to those. */
const longestChain = 8;
const uncutChain = 64;
const cacheMask = 255;

/** A goroutine as it is at one moment. */
interface Living {
  readonly life: GoroutineLife;
  /** The number of its life. */
  readonly row: number;
  state: number;
  since: number;
  reason: string;
  stack: number;
  /** The collector's and the stopped world's clocks at `since`. */
  collecting: number;
  stopped: number;
  site: WaitSite | undefined;
  p: number;
  /** Its last wait, and how many links that one's chain has at most. */
  last: Wait | undefined;
  links: number;
}

/** A clock that runs while something is open. */
export class Clock {
  #total = 0;
  #open = 0;
  #since = 0;

  begin(time: number): void {
    if (this.#open++ === 0) this.#since = time;
  }

  end(time: number): void {
    if (this.#open === 0) return;
    if (--this.#open === 0) this.#total += time - this.#since;
  }

  at(time: number): number {
    return this.#total + (this.#open > 0 ? time - this.#since : 0);
  }
}

/** Follows every goroutine from state to state. */
export class Goroutines {
  readonly lives: GoroutineLife[] = [];
  readonly latency = new Durations();
  readonly collecting = new Clock();
  readonly stopped = new Clock();
  readonly #living = new Map<number, Living>();
  /** Those looked for last, by the end of their id: most events are of a few goroutines. */
  readonly #recent: (Living | undefined)[] = Array.from({ length: cacheMask + 1 });
  /** In the order in which they were met. */
  readonly sites: WaitSite[] = [];
  readonly #sites = new Map<string, Map<number, WaitSite>>();
  readonly #stacks: Stacks;
  readonly #from: number;
  readonly #to: number;
  readonly #recording: Recording | undefined;

  /**
   * Only waits that end from `from` on and begin before `to` are counted, in nanoseconds. A recording gets every change
   * of state.
   */
  constructor(stacks: Stacks, from: number, to: number, recording?: Recording) {
    this.#recording = recording;
    this.#stacks = stacks;
    this.#from = from;
    this.#to = to;
  }

  take(event: TraceEvent): void {
    const { type, time, g } = event;
    switch (type) {
      case Ev.GoStart:
        return this.#start(event);
      case Ev.GoBlock:
        return this.#block(event);
      case Ev.GoUnblock:
      case Ev.GoSwitch:
      case Ev.GoSwitchDestroy:
        return this.#unblock(event);
      case Ev.GoCreate:
      case Ev.GoCreateBlocked:
        return this.#create(event, type === Ev.GoCreate ? GoState.Runnable : GoState.Waiting);
      case Ev.GoCreateSyscall:
        return this.#create(event, GoState.Syscall);
      case Ev.GoStatus:
      case Ev.GoStatusStack:
        return this.#status(event);
      case Ev.GoDestroy:
      case Ev.GoDestroySyscall:
        return this.#destroy(g, time);
      case Ev.GoStop:
        return this.#turn(g, GoState.Runnable, time);
      case Ev.GoSyscallBegin:
        return this.#syscall(event);
      case Ev.GoSyscallEnd:
        return this.#return(event, GoState.Running);
      case Ev.GoSyscallEndBlocked:
        return this.#return(event, GoState.Runnable);
      default:
    }
  }

  /** The row of a goroutine that lives; -1 for none. */
  rowOf(id: number): number {
    return this.#find(id)?.row ?? -1;
  }

  #find(id: number): Living | undefined {
    const recent = this.#recent[id & cacheMask];
    if (recent !== undefined && recent.life.id === id) return recent;
    const found = this.#living.get(id);
    if (found !== undefined) this.#recent[id & cacheMask] = found;
    return found;
  }

  #create(event: TraceEvent, state: number): void {
    const stack = event.type === Ev.GoCreateSyscall ? 0 : this.#stacks.of(event.tables, event.a1);
    const name = this.#stacks.frames(stack)[0]?.function ?? "";
    const created = event.type === Ev.GoCreateSyscall ? 0 : this.#stacks.of(event.tables, event.a2);
    this.#begin(event, state, name, event.g, created);
    const made = this.#find(event.a0);
    if (made === undefined) return;
    if (state === GoState.Syscall) made.site = this.#site("syscall", 0);
    const wake = state === GoState.Runnable ? this.#wakeOf(event.g, created) : (made.site?.id ?? 0);
    this.#recording?.leave(made.row, state, wake, event.time);
  }

  #wakeOf(waker: number, stack: number): number {
    return this.#recording?.wake(this.#find(waker)?.row ?? -1, stack) ?? 0;
  }

  #begin({ a0, time }: TraceEvent, state: number, name: string, creator: number, createdAt: number): void {
    const made: GoroutineLife = {
      id: a0,
      name,
      creator,
      createdAt,
      start: time,
      end: -1,
      running: 0,
      runnable: 0,
      waiting: 0,
      syscall: 0,
      migrations: 0,
    };
    this.#living.set(a0, {
      life: made,
      row: this.lives.push(made) - 1,
      state,
      since: time,
      reason: "",
      stack: 0,
      collecting: 0,
      stopped: 0,
      site: undefined,
      p: -1,
      last: undefined,
      links: 0,
    });
  }

  /** What a goroutine that is older than the trace is doing. */
  #status(event: TraceEvent): void {
    if (this.#living.has(event.a0)) return;
    const state = goStates[event.a2 & 0xff] ?? 0;
    this.#begin(event, state, "", -1, 0);
    const found = this.#find(event.a0);
    if (found === undefined) return;
    if (state === GoState.Syscall)
      found.site = this.#site("syscall", event.type === Ev.GoStatusStack ? this.#stacks.of(event.tables, event.a3) : 0);
    if (state === GoState.Running) this.#recording?.run(found.row, event.p, event.time);
    else this.#recording?.leave(found.row, state, found.site?.id ?? 0, event.time);
  }

  #syscall({ g, a1, time, tables }: TraceEvent): void {
    const found = this.#find(g);
    if (found === undefined) return;
    this.#change(found, GoState.Syscall, time);
    found.site = this.#site("syscall", this.#stacks.of(tables, a1));
    this.#recording?.leave(found.row, GoState.Syscall, found.site.id, time);
  }

  #return({ g, p, time }: TraceEvent, state: number): void {
    const found = this.#find(g);
    if (found === undefined) return;
    this.#leaveSyscall(found, time);
    this.#change(found, state, time);
    if (state === GoState.Running) this.#recording?.run(found.row, p, time);
    else this.#recording?.leave(found.row, state, 0, time);
  }

  #leaveSyscall(found: Living, time: number): void {
    const { site, since } = found;
    found.site = undefined;
    if (site !== undefined && found.state === GoState.Syscall && time >= this.#from && since < this.#to)
      site.durations.add(time - since);
  }

  #start({ a0, time, p }: TraceEvent): void {
    const found = this.#find(a0);
    if (found === undefined) return;
    if (found.state === GoState.Runnable && time >= this.#from && found.since < this.#to)
      this.latency.add(time - found.since);
    this.#change(found, GoState.Running, time);
    this.#recording?.run(found.row, p, time);
    if (found.p !== -1 && found.p !== p) found.life.migrations++;
    found.p = p;
  }

  #turn(id: number, state: number, time: number): void {
    const found = this.#find(id);
    if (found === undefined) return;
    this.#change(found, state, time);
    this.#recording?.leave(found.row, state, 0, time);
  }

  #change(found: Living, state: number, time: number): void {
    const passed = time - found.since;
    const { life } = found;
    if (found.state === GoState.Running) life.running += passed;
    else if (found.state === GoState.Runnable) life.runnable += passed;
    else if (found.state === GoState.Waiting) life.waiting += passed;
    else if (found.state === GoState.Syscall) life.syscall += passed;
    found.state = state;
    found.since = time;
  }

  #destroy(id: number, time: number): void {
    const found = this.#find(id);
    if (found === undefined) return;
    this.#leaveSyscall(found, time);
    this.#change(found, GoState.NotExist, time);
    this.#recording?.leave(found.row, GoState.NotExist, 0, time);
    found.life.end = time;
    this.#living.delete(id);
    this.#recent[id & cacheMask] = undefined;
  }

  #block({ g, a0, a1, time, tables }: TraceEvent): void {
    const found = this.#find(g);
    if (found === undefined) return;
    this.#change(found, GoState.Waiting, time);
    found.reason = tables?.string(a0) ?? "";
    found.stack = this.#stacks.of(tables, a1);
    // What began before the trace has its function at the end of its stacks.
    if (found.life.name === "") found.life.name = this.#stacks.frames(found.stack).at(-1)?.function ?? "";
    found.collecting = this.collecting.at(time);
    found.stopped = this.stopped.at(time);
    const site = this.#site(found.reason, found.stack);
    found.site = site;
    this.#recording?.leave(found.row, GoState.Waiting, site.id, time);
    if (++site.waiting > site.mostWaiting) site.mostWaiting = site.waiting;
  }

  #site(reason: string, stack: number): WaitSite {
    let byStack = this.#sites.get(reason);
    if (byStack === undefined) {
      byStack = new Map();
      this.#sites.set(reason, byStack);
    }
    let site = byStack.get(stack);
    if (site === undefined) {
      const zero = { collecting: 0, stopped: 0, waiting: 0, mostWaiting: 0 };
      const id = this.sites.length + 1;
      site = { id, reason, stack, durations: new Durations(), longest: undefined, wakers: new Map(), ...zero };
      byStack.set(stack, site);
      this.sites.push(site);
    }
    return site;
  }

  #unblock(event: TraceEvent): void {
    const { a0, g, time, tables, type } = event;
    const found = this.#find(a0);
    if (found === undefined) return;
    const { site, since } = found;
    this.#change(found, GoState.Runnable, time);
    const wakerStack = type === Ev.GoUnblock ? this.#stacks.of(tables, event.a2) : 0;
    this.#recording?.leave(found.row, GoState.Runnable, this.#wakeOf(g, wakerStack), time);
    found.site = undefined;
    if (site === undefined) return;
    site.waiting--;
    if (time < this.#from || since >= this.#to) return;
    const waker = this.#find(g);
    const because = waker?.last !== undefined && waker.last.end > since ? waker.last : undefined;
    const { reason, stack } = found;
    const wait: Wait = { goroutine: a0, start: since, end: time, reason, stack, waker: g, wakerStack, because };
    found.links = because === undefined ? 1 : (waker?.links ?? 0) + 1;
    found.last = wait;
    if (found.links > uncutChain) {
      found.last = cut(wait, longestChain);
      found.links = longestChain;
    }
    site.durations.add(time - since);
    site.collecting += this.collecting.at(time) - found.collecting;
    site.stopped += this.stopped.at(time) - found.stopped;
    if (site.longest === undefined || time - since > site.longest.end - site.longest.start)
      site.longest = cut(wait, longestChain + 1);
    const by = site.wakers.get(wakerStack);
    if (by === undefined) site.wakers.set(wakerStack, { count: 1, total: time - since });
    else {
      by.count++;
      by.total += time - since;
    }
  }

  /** Ends what goes on at the end of the trace; sites by total time, and who is still waiting. */
  finish(time: number): { sites: WaitSite[]; stuck: Map<WaitSite, number> } {
    const stuck = new Map<WaitSite, number>();
    for (const found of this.#living.values()) {
      if (found.site !== undefined && found.state === GoState.Waiting)
        stuck.set(found.site, (stuck.get(found.site) ?? 0) + 1);
      this.#change(found, found.state, time);
    }
    return { sites: this.sites.toSorted((a, b) => b.durations.total - a.durations.total), stuck };
  }
}

/** A chain without what lies too deep. */
function cut(wait: Wait, links: number): Wait {
  if (wait.because === undefined) return wait;
  return { ...wait, because: links <= 1 ? undefined : cut(wait.because, links - 1) };
}
