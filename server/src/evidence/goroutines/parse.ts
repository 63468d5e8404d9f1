/** One goroutine of a dump with `debug=2`, or of a crash. */
export interface Goroutine {
  readonly id: number;
  /** `sync.Mutex.Lock`, `chan receive`, `running` */
  readonly state: string;
  /** Minutes it has waited; 0 below one. */
  readonly minutes: number;
  /** The innermost first. */
  readonly frames: readonly { readonly function: string; readonly file: string; readonly line: number }[];
}

/** More goroutines than this are counted, not kept. */
const limit = 200_000;

const head = /^goroutine (\d+)(?: [^[]*)?\[([^\],]+)(?:, (\d+) minutes)?[^\]]*\]:$/;
const place = /^\t(.+):(\d+)(?: \+0x[0-9a-f]+)?$/;

/** Goroutines of a text dump; lines that are none of it are passed over. */
export function parseGoroutines(text: string): Goroutine[] {
  const found: Goroutine[] = [];
  let frames: { function: string; file: string; line: number }[] = [];
  let name = "";
  for (const raw of text.split("\n")) {
    const line = raw.endsWith("\r") ? raw.slice(0, -1) : raw;
    const start = head.exec(line);
    if (start !== null) {
      if (found.length >= limit) break;
      frames = [];
      name = "";
      found.push({ id: Number(start[1]), state: start[2] ?? "", minutes: Number(start[3] ?? 0), frames });
      continue;
    }
    const at = place.exec(line);
    if (at !== null && name !== "") {
      frames.push({ function: name, file: at[1] ?? "", line: Number(at[2]) });
      name = "";
      continue;
    }
    // `created by` names who started the goroutine, which is no frame of it.
    name = line === "" || line.startsWith("created by ") || found.length === 0 ? "" : withoutArguments(line);
  }
  return found;
}

/** `main.(*T).M` of `main.(*T).M(0xc000, {...})`. */
function withoutArguments(line: string): string {
  const at = line.endsWith(")") ? line.lastIndexOf("(") : -1;
  return at <= 0 ? "" : line.slice(0, at);
}

/** Waits for a lock, as the runtime words it. */
export function waitsForLock({ state }: Goroutine): boolean {
  return /^(sync\.(RW)?Mutex\.R?Lock|semacquire)$/.test(state);
}
