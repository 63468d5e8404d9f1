import { type Entry, type EntryKind, entryKinds, type Files } from "./files.ts";
import { contentDigest } from "./fingerprint.ts";

/** What was asked of a file system, and the answer in short. */
export type Observation = readonly [question: "read" | "list" | "kind" | "real", path: string, answer: string];

/** A file system that remembers everything that it was asked, so that one can tell later whether it would still say the same. */
export class Witness implements Files {
  readonly #files: Files;
  readonly #answers = new Map<string, Observation>();
  /** An answer changed while it was looked at: what came of it belongs to no one state of the files. */
  torn = false;
  #taken = 0;
  #fixed: (path: string) => boolean = () => false;

  constructor(files: Files) {
    this.#files = files;
  }

  /** Of what never changes while it is there, only that is remembered. */
  trust(fixed: (path: string) => boolean): void {
    this.#fixed = fixed;
  }

  read(path: string): Uint8Array | undefined {
    const bytes = this.#files.read(path);
    if (bytes !== undefined && this.#fixed(path)) this.note(["kind", path, "file"]);
    else this.note(["read", path, bytes === undefined ? "" : contentDigest(bytes)]);
    return bytes;
  }

  list(path: string): readonly Entry[] | undefined {
    const entries = this.#files.list(path);
    if (entries !== undefined && this.#fixed(path)) this.note(["kind", path, "directory"]);
    else this.note(["list", path, entries === undefined ? "" : spelled(entries)]);
    return entries;
  }

  kind(path: string): EntryKind | undefined {
    const kind = this.#files.kind(path);
    this.note(["kind", path, kind ?? ""]);
    return kind;
  }

  real(path: string): string | undefined {
    const real = this.#files.real(path);
    this.note(["real", path, real ?? ""]);
    return real;
  }

  note(observation: Observation): void {
    const [question, path, answer] = observation;
    const key = `${question} ${path}`;
    const known = this.#answers.get(key);
    if (known === undefined) this.#answers.set(key, observation);
    else if (known[2] !== answer) this.torn = true;
  }

  /** What was answered to a question; undefined where nobody asked it. */
  answer(question: Observation[0], path: string): string | undefined {
    return this.#answers.get(`${question} ${path}`)?.[2];
  }

  get observations(): readonly Observation[] {
    return [...this.#answers.values()];
  }

  /** What was asked for the first time since this was called last. */
  take(): readonly Observation[] {
    const fresh = this.observations.slice(this.#taken);
    this.#taken += fresh.length;
    return fresh;
  }
}

function spelled(entries: readonly Entry[]): string {
  return entries.map(({ name, kind }) => `${kind} ${name}`).join("/");
}

/** The entries in the answer to `list`. */
export function entriesOf(answer: string): readonly Entry[] {
  if (answer === "") return [];
  return answer.split("/").map((one) => {
    const space = one.indexOf(" ");
    const kind = entryKinds.find((known) => known === one.slice(0, space));
    return { kind: kind ?? "other", name: one.slice(space + 1) };
  });
}

/** Would the file system answer all of this as it did then? */
export function holds(files: Files, observations: readonly Observation[]): boolean {
  const witness = new Witness(files);
  for (const observation of observations) {
    witness.note(observation);
    witness[observation[0]](observation[1]);
    if (witness.torn) return false;
  }
  return true;
}
