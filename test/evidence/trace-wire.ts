import { Ev, typeCount } from "../../server/src/evidence/trace/spec.ts";

const types = new Map<string, number>(Object.entries(Ev).filter(([, type]) => type < typeCount));
const withData = new Set(["String", "ExperimentalBatch"]);

/** The bytes of a trace written in the words of Go's `internal/trace/raw`. */
export function wireOf(text: string): Buffer {
  const lines = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
  const version = /^Trace Go1\.(\d+)/.exec(lines[0] ?? "")?.[1] ?? "";
  const out: number[] = [...Buffer.from(`go 1.${version} trace\0\0\0`, "latin1")];
  for (let at = 1; at < lines.length; at++) {
    const [name = "", ...words] = (lines[at] ?? "").split(/\s+/);
    out.push(types.get(name) ?? 0);
    const args = numbers(words);
    for (const arg of args) varint(out, arg);
    if (name === "Stack")
      for (let left = Number(args[1]); left > 0; left--)
        for (const arg of numbers((lines[++at] ?? "").split(/\s+/))) varint(out, arg);
    if (!withData.has(name)) continue;
    const data = dataOf(lines[++at] ?? "");
    varint(out, BigInt(data.length));
    for (const byte of data) out.push(byte);
  }
  return Buffer.from(out);
}

function numbers(words: readonly string[]): bigint[] {
  return words.flatMap((word) => {
    const value = /=(\d+)$/.exec(word)?.[1];
    return value === undefined ? [] : [BigInt(value)];
  });
}

function varint(out: number[], value: bigint): void {
  let rest = value;
  while (rest >= 128n) {
    out.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  out.push(Number(rest));
}

/** A Go string literal: `data="..."`. */
function dataOf(line: string): Buffer {
  const quoted = /^data="(.*)"$/.exec(line)?.[1] ?? "";
  const bytes: number[] = [];
  for (let at = 0; at < quoted.length; at++) {
    const hex = /^\\x([0-9a-f]{2})/.exec(quoted.slice(at, at + 4))?.[1];
    if (hex !== undefined) {
      bytes.push(Number.parseInt(hex, 16));
      at += 3;
    } else if (quoted[at] === "\\") {
      const escaped = quoted[++at] ?? "";
      bytes.push({ n: 10, t: 9, r: 13, a: 7, b: 8, f: 12, v: 11 }[escaped] ?? escaped.charCodeAt(0));
    } else bytes.push(...Buffer.from(quoted[at] ?? ""));
  }
  return Buffer.from(bytes);
}
