import type { Model } from "./model.ts";
import { type Models, models } from "./models.ts";

/** What is wrong with a line of a user's table. */
export interface LibraryProblem {
  /** Of the line, from 1. */
  readonly line: number;
  readonly message: string;
}

const shape =
  "`import/path.Func` or `import/path.(Type).Method`, then one of: runs N [often] [until-wait], handles N [Method...], waits, exits, reads N, writes N, iterates N";

/**
 * The table of known functions with a user's own: one line for each function, as `example.com/pool.(Pool).Submit runs 1
 * often`. Arguments count from 1, the receiver aside. Empty lines and what is behind `#` are skipped.
 */
export function extendModels(lines: readonly string[]): { models: Models; problems: readonly LibraryProblem[] } {
  const problems: LibraryProblem[] = [];
  const own: [string, Model][] = [];
  for (const [index, raw] of lines.entries()) {
    const words = raw
      .replace(/(^|\s)#.*$/, "")
      .split(/\s+/)
      .filter((word) => word !== "");
    const [name = "", verb = "", ...rest] = words;
    if (name === "") continue;
    const model = /^[\w.\-~/]+\.(\(\w+\)\.)?\w+$/.test(name) ? modelOf(verb, rest, name) : undefined;
    if (model === undefined) problems.push({ line: index + 1, message: `cannot be read; expected ${shape}` });
    else own.push([name, { label: name.slice(name.lastIndexOf("/") + 1), ...model }]);
  }
  return { models: own.length === 0 ? models : new Map([...models, ...own]), problems };
}

function modelOf(verb: string, rest: readonly string[], name: string): Model | undefined {
  if (verb === "waits" || verb === "exits")
    return rest.length > 0 ? undefined : verb === "waits" ? { op: "wait" } : { exits: true };
  const [first = "", ...more] = rest;
  if (!/^[1-9]\d?$/.test(first)) return undefined;
  // Of a method, argument 0 is the receiver.
  const argument = Number(first) - (name.includes(").") ? 0 : 1);
  switch (verb) {
    case "runs": {
      if (more.some((word) => word !== "often" && word !== "until-wait")) return undefined;
      const group = more.includes("until-wait");
      return { spawn: argument, how: group ? "group" : "callback", group, many: more.includes("often") };
    }
    case "handles":
      return { spawn: argument, how: "handler", many: true, ...(more.length > 0 ? { methods: more } : {}) };
    case "reads":
      return more.length > 0 ? undefined : { reflect: argument, depth: "all" };
    case "writes":
      return more.length > 0 ? undefined : { access: [[argument, "write"]] };
    case "iterates":
      return more.length > 0 ? undefined : { access: [[argument, "iterate"]] };
    default:
      return undefined;
  }
}
