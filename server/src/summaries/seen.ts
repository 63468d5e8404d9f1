const nothing: ReadonlySet<string> = new Set();

/** What a computation looks at, by name: a function's id, `>id` for who calls it, `~id` for whether it starts goroutines. */
export class Seen {
  /** Nobody asks again after a change: nothing is written down. */
  ignored = false;
  #watching: Set<string> | undefined;

  /** `about`: what of the function `id` is looked at; itself where it is empty. */
  note(id: string, about: "" | ">" | "~" = ""): void {
    this.#watching?.add(about + id);
  }

  noteAll(all: Iterable<string>): void {
    if (this.#watching !== undefined) for (const one of all) this.#watching.add(one);
  }

  /** Runs; answers what it came to, and what it looked at. Who watches around it has looked at that, too. */
  during<Result>(run: () => Result): [Result, ReadonlySet<string>] {
    if (this.ignored) return [run(), nothing];
    const around = this.#watching;
    const own = new Set<string>();
    this.#watching = own;
    try {
      return [run(), own];
    } finally {
      this.#watching = around;
      this.noteAll(own);
    }
  }

  /** Runs something whose changes are told in another way. */
  unwatched<Result>(run: () => Result): Result {
    const around = this.#watching;
    this.#watching = undefined;
    try {
      return run();
    } finally {
      this.#watching = around;
    }
  }
}

/** A map that notes which entries are asked for. */
export class SeenMap<Value> extends Map<string, Value> {
  readonly #seen: Seen;

  constructor(seen: Seen) {
    super();
    this.#seen = seen;
  }

  override get(key: string): Value | undefined {
    this.#seen.note(key);
    return super.get(key);
  }
}

/** Who has looked at what, so that one can tell whom a change concerns. What somebody has looked at once stays his. */
export class Lookers {
  readonly #of = new Map<string, Set<string>>();

  add(looker: string, seen: Iterable<string>): void {
    for (const one of seen) {
      const known = this.#of.get(one);
      if (known === undefined) this.#of.set(one, new Set([looker]));
      else known.add(looker);
    }
  }

  concerned(changed: Iterable<string>): Set<string> {
    const found = new Set<string>();
    for (const one of changed) for (const looker of this.#of.get(one) ?? []) found.add(looker);
    return found;
  }
}
