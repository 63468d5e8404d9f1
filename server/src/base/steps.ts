/** Does work that comes in steps without a pause; answers what it comes to. */
export function finish<Result>(work: Iterator<unknown, Result>): Result {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}

/** The protocol gets a turn after this many milliseconds of work. */
const slice = 8;

/** Lets other events run once enough time has passed since they last could. */
export class Breath {
  #last = performance.now();

  async take(): Promise<void> {
    if (performance.now() - this.#last < slice) return;
    await new Promise((resolve) => setImmediate(resolve));
    this.#last = performance.now();
  }

  /** Does work that comes in steps; answers what it comes to. */
  async through<Result>(work: Iterator<unknown, Result>): Promise<Result> {
    for (;;) {
      const step = work.next();
      if (step.done === true) return step.value;
      await this.take();
    }
  }
}
