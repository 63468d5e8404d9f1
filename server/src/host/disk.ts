import { closeSync, lstatSync, openSync, readdirSync, readFileSync, readSync, realpathSync, statSync } from "node:fs";
import type { Entry, EntryKind, Files } from "../base/files.ts";

/** A file the user named is missing or is not what was asked for; the message names it. */
export class InputError extends Error {}

/** Gives memory for so many bytes. */
type Allocate = (bytes: number) => Uint8Array;

/** Only regular files are opened: a FIFO or a device would block. */
function readRegular(path: string, allocate: Allocate): Uint8Array | undefined {
  try {
    const stat = statSync(path);
    if (!stat.isFile()) return undefined;
    // Where a size is not told, as by some made by the kernel, it is found out.
    const known = stat.size === 0 ? undefined : contents(path, allocate(stat.size + 1));
    return known ?? readFileSync(path);
  } catch {
    return undefined;
  }
}

/** All of a file that leaves some of the room; undefined where one has grown since it was asked for its size. */
function contents(path: string, into: Uint8Array): Uint8Array | undefined {
  const file = openSync(path, "r");
  try {
    let length = 0;
    while (length < into.length) {
      const more = readSync(file, into, length, into.length - length, null);
      length += more;
      // Of a regular file there is always as much as there is room for, but at its end.
      if (length < into.length) return into.subarray(0, length);
    }
    return undefined;
  } finally {
    closeSync(file);
  }
}

/** The file system. */
export const disk: Files = {
  read(path) {
    return readRegular(path, (bytes) => Buffer.allocUnsafeSlow(bytes));
  },
  list(path) {
    try {
      return readdirSync(path, { withFileTypes: true })
        .map((entry): Entry => {
          const kind = entry.isFile()
            ? "file"
            : entry.isDirectory()
              ? "directory"
              : entry.isSymbolicLink()
                ? "link"
                : "other";
          return { name: entry.name, kind };
        })
        .sort((a, b) => (a.name < b.name ? -1 : 1));
    } catch {
      return undefined;
    }
  },
  kind(path): EntryKind | undefined {
    try {
      const stat = lstatSync(path);
      const at = stat.isSymbolicLink() ? statSync(path) : stat;
      return at.isFile() ? "file" : at.isDirectory() ? "directory" : "other";
    } catch {
      return undefined;
    }
  },
  real(path) {
    try {
      return realpathSync(path);
    } catch {
      return undefined;
    }
  },
};

/** The file system, files in memory of one's own. */
export function diskInto(allocate: Allocate): Files {
  return { ...disk, read: (path) => readRegular(path, allocate) };
}

/** The file system for who looks at each file and keeps none: they are all read into the same memory, as new memory takes longer to touch than to fill. */
export function diskInPassing(): Files {
  let room = Buffer.allocUnsafeSlow(1 << 20);
  return diskInto((bytes) => {
    if (bytes > room.length) room = Buffer.allocUnsafeSlow(2 * bytes);
    return room.subarray(0, bytes);
  });
}
