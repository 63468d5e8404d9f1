import { gunzipSync } from "node:zlib";
import { ProfileError } from "../evidence/pprof/decode.ts";

/** Larger than any profile of a real program; a compressed file that grows beyond it is a trap. */
const maxBytes = 1 << 30;
const maxRatio = 400;

/** A profile's bytes as protobuf: profiles are gzip files, or plain. */
export function inflate(bytes: Uint8Array): Uint8Array {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: Math.min(maxBytes, Math.max(1 << 20, bytes.length * maxRatio)) });
  } catch (error) {
    const reason =
      error instanceof RangeError
        ? "the compressed file grows beyond its limit"
        : "the compressed data is damaged or cut off";
    throw new ProfileError(reason, bytes.length);
  }
}
