export const entryKinds = ["file", "directory", "link", "other"] as const;

/** What a directory entry is; a link is followed by `stat`. */
export type EntryKind = (typeof entryKinds)[number];

export interface Entry {
  readonly name: string;
  readonly kind: EntryKind;
}

/** The file system as the analysis sees it: paths are absolute with `/`. Every method answers undefined for what is not there or unreadable. */
export interface Files {
  read(path: string): Uint8Array | undefined;
  list(path: string): readonly Entry[] | undefined;
  /** Kind behind any links. */
  kind(path: string): EntryKind | undefined;
  /** The path behind any links. */
  real(path: string): string | undefined;
}
