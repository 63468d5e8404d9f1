import { lstatSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import type { Entry, EntryKind, Files } from "../base/files.ts";

/** A file the user named is missing or is not what was asked for; the message names it. */
export class InputError extends Error {}

/** The file system. Only regular files are opened: a FIFO or a device would block. */
export const disk: Files = {
  read(path) {
    try {
      if (!statSync(path).isFile()) return undefined;
      return readFileSync(path);
    } catch {
      return undefined;
    }
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
