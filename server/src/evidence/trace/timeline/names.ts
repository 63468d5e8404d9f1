import type { TimelineFrame, TimelineRow, TimelineRows } from "../../../../../common/src/timeline.ts";
import { basename } from "../../../base/paths.ts";
import type { TraceAnalysis } from "../waits/analyse.ts";
import type { GoroutineLife, WaitSite } from "../waits/model.ts";
import { type Place, placeOf } from "../waits/place.ts";

/** What rows, sites and stacks of a trace are called. */
export class Names {
  readonly #analysis: TraceAnalysis;
  readonly #places = new Map<number, Place>();

  constructor(analysis: TraceAnalysis) {
    this.#analysis = analysis;
  }

  row(rows: TimelineRows, row: number): TimelineRow {
    if (rows === "processors") return { row, name: `P${row}`, waiting: 0 };
    const life = this.#analysis.lives[row];
    return { row, name: life === undefined ? "?" : nameOf(life), waiting: life?.waiting ?? 0 };
  }

  site(id: number): WaitSite | undefined {
    return this.#analysis.sites[id - 1];
  }

  place({ id, stack, reason }: WaitSite): Place {
    let place = this.#places.get(id);
    if (place === undefined) {
      place = placeOf(this.#analysis.stacks, stack, reason);
      this.#places.set(id, place);
    }
    return place;
  }

  /** The operation and its line, or what else is known of a wait. */
  wait(site: WaitSite): string {
    const { frame, operation } = this.place(site);
    const where = frame === undefined ? "" : ` ${basename(frame.file)}:${frame.line}`;
    return `${operation === "" ? (site.reason === "syscall" ? "system call" : site.reason) : operation}${where}`;
  }

  frames(stack: number): TimelineFrame[] {
    return this.#analysis.stacks.frames(stack).map(asFrame);
  }
}

export function asFrame({
  function: name,
  file,
  line,
}: {
  function: string;
  file: string;
  line: number;
}): TimelineFrame {
  return { name, file, line };
}

export function nameOf({ id, name }: GoroutineLife): string {
  return `G${id}${name === "" ? "" : ` ${name.slice(name.lastIndexOf("/") + 1)}`}`;
}
