import type { Tables, TraceFrame } from "../tables.ts";

/** Stacks by number, the same through all generations. 0 is the empty one. */
export class Stacks {
  readonly #ids = new Map<string, number>([["", 0]]);
  readonly #pcs: (readonly number[])[] = [[]];
  readonly #frames = new Map<number, TraceFrame>();
  #tables: Tables | undefined;
  #known = new Map<number, number>();

  /** The number of a stack of a generation. */
  of(tables: Tables | undefined, id: number): number {
    if (tables === undefined || id === 0) return 0;
    if (tables !== this.#tables) {
      this.#tables = tables;
      this.#known = new Map();
    }
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const made = this.#intern(tables, id);
    this.#known.set(id, made);
    return made;
  }

  #intern(tables: Tables, id: number): number {
    const pcs = tables.pcs(id);
    const key = pcs.join();
    const found = this.#ids.get(key);
    if (found !== undefined) return found;
    for (const pc of pcs) if (!this.#frames.has(pc)) this.#frames.set(pc, tables.frame(pc));
    this.#ids.set(key, this.#pcs.length);
    return this.#pcs.push(pcs) - 1;
  }

  /** The innermost frame first. */
  frames(id: number): TraceFrame[] {
    return (this.#pcs[id] ?? []).flatMap((pc) => this.#frames.get(pc) ?? []);
  }
}
