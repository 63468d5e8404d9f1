import { plainLine } from "../reports/lines.ts";

/** A stop that Delve's console tells of. */
export interface DelveStop {
  /** The expression whose memory is watched; undefined at a breakpoint. */
  readonly watched: string | undefined;
  readonly function: string;
  readonly file: string;
  readonly line: number;
  readonly goroutine: number;
}

const stop =
  /^> (?:\[[^\]]*\]|watchpoint on \[(.*?)\](?= \S+\(\) )) ?(\S+)\(\) (.+):(\d+) \(hits goroutine\((\d+)\):\d+/;

/** Reads the stops out of a transcript of `dlv`; prompts and listings are left out. */
export function parseDelveStops(text: string): DelveStop[] {
  return text.split("\n").flatMap((raw) => {
    const found = stop.exec(plainLine(raw));
    if (found === null) return [];
    const [, watched, name = "", file = "", line = "0", goroutine = "0"] = found;
    return [{ watched, function: name, file, line: Number(line), goroutine: Number(goroutine) }];
  });
}
