import type { Files } from "./files.ts";

/** Files as the editor has them: open documents before what is stored. */
export class OverlayFiles implements Files {
  readonly #below: Files;
  readonly #open = new Map<string, Uint8Array>();

  constructor(below: Files) {
    this.#below = below;
  }

  set(path: string, text: string): void {
    this.#open.set(path, new TextEncoder().encode(text));
  }

  close(path: string): void {
    this.#open.delete(path);
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
