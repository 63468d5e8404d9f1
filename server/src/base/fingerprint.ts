import { createHash } from "node:crypto";

/** Sixteen hexadecimal digits that stand for the parts, in order. */
export function fingerprint(...parts: readonly string[]): string {
  return createHash("sha256").update(parts.join("\u0000")).digest("hex").slice(0, 16);
}

/** Tells contents apart: SHA-256, in hexadecimal digits, of some pieces in a row. */
export function digest(...pieces: readonly Uint8Array[]): string {
  const hash = createHash("sha256");
  for (const one of pieces) hash.update(one);
  return hash.digest("hex");
}

const known = new WeakMap<Uint8Array, string>();

/** As `digest`, of the contents of a file, which nobody changes: several ask for it. */
export function contentDigest(bytes: Uint8Array): string {
  let found = known.get(bytes);
  if (found === undefined) {
    found = digest(bytes);
    known.set(bytes, found);
  }
  return found;
}
