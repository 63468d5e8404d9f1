const introducer = "\u001b";
// Colours, and the other sequences that terminals take.
const colours = new RegExp(`${introducer}(?:\\[[0-?]*[ -/]*[@-~]|[@-Z\\\\-_])`, "g");
/** What log collectors and CI put before a line: times, `[pod]`, `web-1  |`. One blank ends each. */
const before =
  /^(?:(?:\d{4}[-/]\d\d[-/]\d\d[T ])?\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?|\[[\w.:/@-]{1,80}\]|[\w.-]{1,60} {0,20}\|)(?:[ \t]|$)/;

/** A line the way Go wrote it: without colours, carriage return, and what others put before it. */
export function plainLine(raw: string): string {
  let line = raw.endsWith("\r") ? raw.slice(0, -1) : raw;
  if (line.includes(introducer)) line = line.replace(colours, "");
  for (let round = 0; round < 4; round++) {
    const prefix = before.exec(line)?.[0];
    if (prefix === undefined) break;
    line = line.slice(prefix.length);
  }
  return line;
}

/** The text of a `go test -json` event and the test it is of; undefined where a line is no such event. */
export function testOutput(line: string): { readonly stream: string; readonly text: string } | undefined {
  if (!line.startsWith("{") || !line.includes('"Action"')) return undefined;
  try {
    const event: unknown = JSON.parse(line);
    if (typeof event !== "object" || event === null) return undefined;
    const part = (name: string): string => {
      const value: unknown = Object.entries(event).find(([key]) => key === name)?.[1];
      return typeof value === "string" ? value : "";
    };
    const stream = `${part("Package") || part("ImportPath")} ${part("Test")}`;
    return { stream, text: part("Action").endsWith("output") ? part("Output") : "" };
  } catch {
    return undefined;
  }
}
