import type { TracePoint, TraceReader } from "../reader.ts";
import { TraceAnalysis } from "../waits/analyse.ts";
import type { WaitSite } from "../waits/model.ts";
import { type BandKind, type Recorded, Recording, type Wake } from "./recording.ts";
import { Spliced } from "./splice.ts";
import { Lane, type Slices, Track } from "./track.ts";

/** Bytes of a trace that are read once more at most, to show a part of it with every slice. */
const most = 32 << 20;

/** The part of a trace that is read again for a window: whole generations. Undefined where that would be too much. */
export function partAround(points: readonly TracePoint[], from: number, to: number, last: number, size: number) {
  const first = points.findLast((point) => point.time <= from) ?? points[0];
  if (first === undefined) return undefined;
  const next = points.find((point) => point.time >= to && point !== first);
  if ((next?.offset ?? size) - first.offset > most) return undefined;
  return { point: first, from: first.time, to: next?.time ?? last };
}

/**
 * A trace in which the slices of one part are those that were too short for the recording of the whole. Rows, sites and
 * stacks have the numbers that they have in the whole.
 */
export class Detail implements Recorded {
  readonly from: number;
  readonly to: number;
  goroutines: Recorded["goroutines"] = [];
  processors: Recorded["processors"] = [];
  bands: Recorded["bands"];
  readonly grain = 0;
  done = false;
  /** It cannot be read. */
  failed = false;
  readonly #recording = new Recording(Number.POSITIVE_INFINITY);
  readonly #analysis: TraceAnalysis;
  readonly #whole: TraceAnalysis;
  readonly #recorded: Recording;
  #rows: readonly number[] = [];

  /** The reader begins at `from`. */
  constructor(reader: TraceReader, part: { from: number; to: number }, whole: TraceAnalysis, recorded: Recording) {
    this.from = part.from;
    this.to = part.to;
    this.bands = recorded.bands;
    this.#analysis = new TraceAnalysis(reader, { recording: this.#recording, stacks: whole.stacks });
    this.#whole = whole;
    this.#recorded = recorded;
  }

  /** A span of time as far as the trace goes. */
  covers(from: number, to: number): boolean {
    return this.from <= Math.max(0, from) && this.to >= Math.min(to, this.#whole.last);
  }

  get shift(): number {
    return this.#recording.shift;
  }

  /** Wake-ups of the part have numbers above those of the whole. */
  wakeOf(detail: number): Wake {
    const { wakes } = this.#recorded;
    if (detail < wakes) return this.#recorded.wakeOf(detail);
    const { row, stack } = this.#recording.wakeOf(detail - wakes);
    return { row: row < 0 ? -1 : (this.#rows[row] ?? -1), stack };
  }

  /** Reads on; false at the end. */
  read(events: number): boolean {
    if (this.#analysis.read(events) && this.#analysis.last < this.to) return true;
    this.#finish();
    this.done = true;
    return false;
  }

  #finish(): void {
    const ids = new Map(this.#whole.lives.map(({ id }, row) => [id, row]));
    this.#rows = this.#analysis.lives.map((life) => ids.get(life.id) ?? -1);
    this.#renumber();
    const { goroutines, processors, bands } = this.#recorded;
    const parts: (Track | undefined)[] = [];
    this.#recording.goroutines.forEach((track, own) => {
      const row = this.#rows[own] ?? -1;
      if (row >= 0) parts[row] = track;
    });
    this.goroutines = goroutines.map((whole, row) => this.#spliced(whole, parts[row]));
    this.processors = processors.map((whole, p) => this.#spliced(whole, this.#recording.processors[p]));
    const band = (kind: BandKind) => this.#spliced(bands[kind], this.#recording.bands[kind]);
    this.bands = {
      collector: band("collector"),
      stopped: band("stopped"),
      assist: band("assist"),
      sweep: band("sweep"),
    };
  }

  #spliced(whole: Track, track: Track | undefined): Slices {
    const tick = 2 ** this.shift;
    const scale = 2 ** this.#recorded.shift / tick;
    return new Spliced(whole, { track: track ?? new Track(), from: this.from / tick, to: this.to / tick, scale });
  }

  #renumber(): void {
    const sites = sitesOf(this.#analysis.sites, this.#whole.sites);
    for (const track of this.#recording.goroutines)
      renumber(track, (state, detail) => {
        if (state === Lane.Waiting || state === Lane.Syscall) return sites[detail] ?? 0;
        return state === Lane.Runnable && detail > 0 ? detail + this.#recorded.wakes : detail;
      });
    for (const track of this.#recording.processors)
      renumber(track, (state, detail) => (state === Lane.Running ? (this.#rows[detail - 1] ?? -1) + 1 : detail));
  }
}

function renumber(track: Track, number: (state: number, detail: number) => number): void {
  for (let index = 0; index < track.length; index++) {
    const detail = track.detail(index);
    const next = number(track.state(index), detail);
    if (next !== detail) track.setDetail(index, next);
  }
}

/** By number of a site: its number in the whole trace, 0 where it has none. */
function sitesOf(own: readonly WaitSite[], whole: readonly WaitSite[]): number[] {
  const numbers = new Map(whole.map(({ id, reason, stack }) => [`${stack} ${reason}`, id]));
  return [0, ...own.map(({ reason, stack }) => numbers.get(`${stack} ${reason}`) ?? 0)];
}
