import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { brotliCompress, brotliDecompressSync, constants } from "node:zlib";
import { digest } from "../base/fingerprint.ts";
import { piecesOf } from "../summaries/bytes/table.ts";

/** No facts of a package come near; a small file that unpacks to more is none. */
const maxBytes = 1 << 30;
/** Grows with every change of what is written. */
const version = 9;
const kind = "maprace facts ";

/** Smaller pieces are packed with their neighbours. */
const worthApart = 16 << 10;
/** The highest one takes twice as long for 2 %, the next lower ones leave 10 % more. */
const quality = 10;

/** Writes a facts file whole or not at all. */
export async function saveFacts(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const parts = await Promise.all(partsOf(bytes).map(pack));
    const body = Buffer.concat(parts.flatMap((part) => [lengthOf(part), part]));
    writeFileSync(temporary, Buffer.concat([Buffer.from(`${kind}${version} ${digest(body)}\n`), body]), {
      mode: 0o644,
    });
    renameSync(temporary, path);
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** Consecutive pieces of the facts. */
function partsOf(bytes: Uint8Array): Uint8Array[] {
  const parts: Uint8Array[] = [];
  let begin = 0;
  let end = 0;
  const cut = () => {
    if (end > begin) parts.push(bytes.subarray(begin, end));
    begin = end;
  };
  for (const { length } of piecesOf(bytes)) {
    if (length > worthApart) cut();
    end += length;
    if (length > worthApart) cut();
  }
  cut();
  return parts;
}

function pack(part: Uint8Array): Promise<Uint8Array> {
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: quality,
    [constants.BROTLI_PARAM_LGWIN]: 24,
    [constants.BROTLI_PARAM_SIZE_HINT]: part.length,
  };
  return new Promise((resolve, reject) =>
    brotliCompress(part, { params }, (error, packed) => (error === null ? resolve(packed) : reject(error))),
  );
}

const lengthBytes = 4;

function lengthOf({ length }: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(lengthBytes);
  bytes.writeUInt32LE(length);
  return bytes;
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
  const parts: Buffer[] = [];
  let left = maxBytes;
  for (let at = 0; at < body.length; ) {
    const end = at + lengthBytes + body.readUInt32LE(at);
    const part = brotliDecompressSync(body.subarray(at + lengthBytes, end), { maxOutputLength: left });
    left -= part.length;
    parts.push(part);
    at = end;
  }
  return Buffer.concat(parts);
}
