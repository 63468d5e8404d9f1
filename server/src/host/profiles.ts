import { renameSync, rmSync, writeFileSync } from "node:fs";
import { gunzipSync, gzipSync } from "node:zlib";
import { decodeProfile } from "../evidence/pprof/decode.ts";
import { type Profile, ProfileError } from "../evidence/pprof/profile.ts";
import { disk, InputError } from "./disk.ts";

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

/** Reads a profile. Throws `InputError`. */
export function readProfile(path: string): Profile {
  const bytes = disk.read(path);
  if (bytes === undefined) throw new InputError(`${path}: cannot be read`);
  try {
    return decodeProfile(inflate(bytes));
  } catch (error) {
    if (error instanceof ProfileError) throw new InputError(`${path}: ${error.message}`);
    throw error;
  }
}

/** Writes a profile, compressed, so that it is there as a whole or not at all. Throws `InputError`. */
export function writeProfile(path: string, bytes: Uint8Array): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, gzipSync(bytes));
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new InputError(`${path}: cannot be written: ${error instanceof Error ? error.message : String(error)}`);
  }
}
