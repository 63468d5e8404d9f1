/** A test or benchmark in a file; subtests with names that can be read from the source are its children. */
export interface TestItem {
  /** `TestX/sub name` */
  readonly name: string;
  readonly kind: "test" | "bench";
  /** From 1. */
  readonly line: number;
  readonly endLine: number;
  readonly children: readonly TestItem[];
}
