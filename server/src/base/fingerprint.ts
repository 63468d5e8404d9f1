import { createHash } from "node:crypto";

/** Sixteen hexadecimal digits that stand for the parts, in order. */
export function fingerprint(...parts: readonly string[]): string {
  return createHash("sha256").update(parts.join("\u0000")).digest("hex").slice(0, 16);
}

/** Tells contents apart: SHA-256 in hexadecimal digits. */
export function digest(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
