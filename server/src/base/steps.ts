/** Does work that comes in steps without a pause; answers what it comes to. */
export function finish<Result>(work: Iterator<void, Result>): Result {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}
