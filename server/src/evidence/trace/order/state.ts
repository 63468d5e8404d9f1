import { none } from "../event.ts";
import { TraceError } from "../spec.ts";

/** Named spans of time that a goroutine or a processor is in: begin type + 256 * string id. */
export class Ranges {
  #open: number[] = [];

  begin(range: number): void {
    if (this.#open.includes(range)) throw new TraceError("a range begins twice", 0);
    this.#open.push(range);
  }

  active(range: number, first: boolean): void {
    if (first) this.begin(range);
    else if (!this.#open.includes(range)) throw new TraceError("a range is active that never began", 0);
  }

  /** Ends a range of a type; its string id. */
  end(type: number): number {
    const index = this.#open.findIndex((range) => range % 256 === type);
    const range = this.#open[index];
    if (range === undefined) throw new TraceError("a range ends that never began", 0);
    this.#open[index] = this.#open.at(-1) ?? range;
    this.#open.pop();
    return Math.floor(range / 256);
  }
}

interface Region {
  readonly task: number;
  readonly name: string;
}

export class Goroutine {
  readonly id: number;
  status: number;
  generation: number;
  seq = 0;
  gone = false;
  #regions: Region[] | undefined;
  #ranges: Ranges | undefined;

  constructor(id: number, status: number, generation: number) {
    this.id = id;
    this.status = status;
    this.generation = generation;
  }

  get ranges(): Ranges {
    this.#ranges ??= new Ranges();
    return this.#ranges;
  }

  beginRegion(task: number, name: string): void {
    this.#regions ??= [];
    this.#regions.push({ task, name });
  }

  /** Regions that began before the trace may end in it. */
  endRegion(task: number, name: string): void {
    const last = this.#regions?.at(-1);
    if (last === undefined) return;
    if (last.task !== task || last.name !== name)
      throw new TraceError(`region ${name} of goroutine ${this.id} ends inside of ${last.name}`, 0);
    this.#regions?.pop();
  }
}

export class Processor {
  readonly id: number;
  status: number;
  generation: number;
  seq = 0;
  readonly ranges = new Ranges();

  constructor(id: number, status: number, generation: number) {
    this.id = id;
    this.status = status;
    this.generation = generation;
  }
}

/** A thread: which goroutine and which processor it has. */
export class Thread {
  readonly id: number;
  g = none;
  p = none;
  /** What was last found for `g` and `p`. */
  goroutine: Goroutine | undefined;
  processor: Processor | undefined;

  constructor(id: number) {
    this.id = id;
  }
}

export interface Task {
  readonly name: string;
  readonly parent: number;
}

/** The scheduler as the trace tells it. */
export class Scheduler {
  readonly #goroutines = new Map<number, Goroutine>();
  readonly #processors = new Map<number, Processor>();
  readonly threads = new Map<number, Thread>();
  readonly tasks = new Map<number, Task>();

  goroutine(id: number): Goroutine | undefined {
    return this.#goroutines.get(id);
  }

  /** The goroutine a thread has; found again only when it changed. */
  current(thread: Thread): Goroutine | undefined {
    const known = thread.goroutine;
    if (known !== undefined && known.id === thread.g && !known.gone) return known;
    thread.goroutine = this.#goroutines.get(thread.g);
    return thread.goroutine;
  }

  add(id: number, status: number, generation: number): Goroutine {
    const made = new Goroutine(id, status, generation);
    this.#goroutines.set(id, made);
    return made;
  }

  remove(goroutine: Goroutine): void {
    goroutine.gone = true;
    this.#goroutines.delete(goroutine.id);
  }

  processor(id: number): Processor | undefined {
    return this.#processors.get(id);
  }

  currentProcessor(thread: Thread): Processor | undefined {
    const known = thread.processor;
    if (known !== undefined && known.id === thread.p) return known;
    thread.processor = this.#processors.get(thread.p);
    return thread.processor;
  }

  addProcessor(id: number, status: number, generation: number): void {
    this.#processors.set(id, new Processor(id, status, generation));
  }
}
