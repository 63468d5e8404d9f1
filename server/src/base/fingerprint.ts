import { createHash } from "node:crypto";

/** Sixteen hexadecimal digits that stand for the parts, in order. */
export function fingerprint(...parts: readonly string[]): string {
  return createHash("sha256").update(parts.join("\u0000")).digest("hex").slice(0, 16);
}
