import type { Files } from "./files.ts";

/** Files, those of open documents as the editor has them. */
export interface EditedFiles extends Files {
  /** Paths of open documents. */
  readonly opened: Iterable<string>;
}

/** Files as the editor has them: open documents before what is stored. */
export class OverlayFiles implements EditedFiles {
  readonly #below: Files;
  readonly #open = new Map<string, Uint8Array>();

  constructor(below: Files) {
    this.#below = below;
  }

  /** Answers whether the text is another one than before. */
  set(path: string, text: string): boolean {
    const before = this.read(path);
    const bytes = new TextEncoder().encode(text);
    this.#open.set(path, bytes);
    return before === undefined || bytes.length !== before.length || !bytes.every((byte, at) => byte === before[at]);
  }

  close(path: string): void {
    this.#open.delete(path);
  }

  get opened(): Iterable<string> {
    return this.#open.keys();
  }

  has(path: string): boolean {
    return this.#open.has(path);
  }

  read(path: string): Uint8Array | undefined {
    return this.#open.get(path) ?? this.#below.read(path);
  }

  list(path: string) {
    return this.#below.list(path);
  }

  kind(path: string) {
    return this.#open.has(path) ? "file" : this.#below.kind(path);
  }

  real(path: string) {
    return this.#below.real(path);
  }
}
