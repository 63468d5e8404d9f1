import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { brotliCompressSync, brotliDecompressSync, constants } from "node:zlib";
import { digest } from "../base/fingerprint.ts";

/** No facts of a package come near; a small file that unpacks to more is none. */
const maxBytes = 1 << 30;
/** Grows with every change of what is written. */
const version = 6;
const kind = "maprace facts ";

/** Writes a facts file whole or not at all. */
export function saveFacts(path: string, bytes: Uint8Array): void {
  const temporary = `${path}.${process.pid}.tmp`;
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: 9,
    [constants.BROTLI_PARAM_LGWIN]: 24,
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
  };
  try {
    const body = brotliCompressSync(bytes, { params });
    writeFileSync(temporary, Buffer.concat([Buffer.from(`${kind}${version} ${digest(body)}\n`), body]), {
      mode: 0o644,
    });
    renameSync(temporary, path);
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** The facts in a file. Throws where it cannot be read, is none, is damaged or one of another version. */
export function loadFacts(path: string): Uint8Array {
  const bytes = readFileSync(path);
  const head = bytes.subarray(0, bytes.indexOf(10) + 1).toString("latin1");
  if (!head.startsWith(kind)) throw new Error("not a facts file");
  const [found = "", sum] = head.slice(kind.length, -1).split(" ");
  if (found !== String(version)) throw new Error(`facts of version ${found}, this is version ${version}`);
  const body = bytes.subarray(head.length);
  if (digest(body) !== sum) throw new Error("damaged: it is not what was written");
  return brotliDecompressSync(body, { maxOutputLength: maxBytes });
}
