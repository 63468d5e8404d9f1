/** A call of the runtime's map functions, as compiled code has it. */
export interface MapCall {
  readonly file: string;
  readonly line: number;
  /** `runtime.mapassign_faststr` */
  readonly function: string;
}

const call =
  /^\s+0x[0-9a-f]+ \d+ \((.+):(\d+)\)\s+CALL\s+(runtime\.(?:map(?:assign|access[12]|delete|clear|IterStart|IterNext|iterinit|iternext)\w*|makemap\w*))\(SB\)/;

/** Reads what `go build -gcflags=-S` prints: which map function each line calls, in order. */
export function parseMapCalls(text: string): MapCall[] {
  return text.split("\n").flatMap((line) => {
    const found = call.exec(line);
    if (found === null) return [];
    const [, file = "", at = "0", name = ""] = found;
    return [{ file, line: Number(at), function: name }];
  });
}
