/** What the program itself says in its trace: `trace.WithRegion`, `trace.Log`, `trace.NewTask`. */
export interface Annotation {
  readonly kind: "region" | "log" | "task";
  readonly name: string;
  /** Of its task, 0 for none. */
  readonly task: number;
  readonly from: number;
  /** -1 while it goes on. */
  to: number;
}

/** Annotations that are kept at most, the first ones. */
const most = 100_000;

/** Annotations by the row of their goroutine, in the order in which they begin. */
export class Annotations {
  readonly rows: (Annotation[] | undefined)[] = [];
  readonly #taskNames = new Map<number, string>();
  readonly #regions = new Map<number, Annotation[]>();
  readonly #tasks = new Map<number, Annotation>();
  #count = 0;

  /** Not all are kept. */
  get more(): boolean {
    return this.#count > most;
  }

  beginRegion(row: number, name: string, task: number, time: number): void {
    const region = this.#add(row, { kind: "region", name, task, from: time, to: -1 });
    const open = this.#regions.get(row);
    if (open === undefined) this.#regions.set(row, [region]);
    else open.push(region);
  }

  endRegion(row: number, time: number): void {
    const region = this.#regions.get(row)?.pop();
    if (region !== undefined) region.to = time;
  }

  beginTask(row: number, name: string, task: number, time: number): void {
    if (this.#count < most) this.#taskNames.set(task, name);
    this.#tasks.set(task, this.#add(row, { kind: "task", name, task, from: time, to: -1 }));
  }

  endTask(task: number, time: number): void {
    const begun = this.#tasks.get(task);
    this.#tasks.delete(task);
    if (begun !== undefined) begun.to = time;
  }

  log(row: number, name: string, task: number, time: number): void {
    this.#add(row, { kind: "log", name, task, from: time, to: time });
  }

  /** Those of a row that touch a span of time; what goes on ends with `last`. */
  within(row: number, from: number, to: number, last: number): Annotation[] {
    const found: Annotation[] = [];
    for (const annotation of this.rows[row] ?? []) {
      if (annotation.from > to) break;
      if ((annotation.to < 0 ? last : annotation.to) >= from) found.push(annotation);
    }
    return found;
  }

  /** Empty where it has none. */
  taskName({ task }: Annotation): string {
    return this.#taskNames.get(task) ?? "";
  }

  /** Rows with a name that holds a text. */
  rowsOf(text: string): Set<number> {
    const found = new Set<number>();
    this.rows.forEach((list, row) => {
      if (list?.some(({ name }) => name.toLowerCase().includes(text)) === true) found.add(row);
    });
    return found;
  }

  #add(row: number, annotation: Annotation): Annotation {
    if (row < 0 || ++this.#count > most) return annotation;
    const list = this.rows[row];
    if (list === undefined) this.rows[row] = [annotation];
    else list.push(annotation);
    return annotation;
  }
}
