import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { gunzipSync, gzipSync } from "node:zlib";

/** No facts of a package come near; a small file that unpacks to more is none. */
const maxBytes = 1 << 30;

/** Writes a facts file whole or not at all. */
export function saveFacts(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, gzipSync(text), { mode: 0o644 });
    renameSync(temporary, path);
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** The text of a facts file. Throws where it cannot be read or is none. */
export function loadFacts(path: string): string {
  return gunzipSync(readFileSync(path), { maxOutputLength: maxBytes }).toString("utf8");
}
