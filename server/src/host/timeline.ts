import type {
  TimelineRequest,
  TimelineRows,
  TimelineSlice,
  TimelineWait,
  TimelineWindow,
} from "../../../common/src/timeline.ts";
import { TraceReader } from "../evidence/trace/reader.ts";
import { Recording } from "../evidence/trace/timeline/recording.ts";
import { Timeline } from "../evidence/trace/timeline/timeline.ts";
import { TraceAnalysis } from "../evidence/trace/waits/analyse.ts";
import { serveThread, Thread } from "./thread.ts";
import { TraceFile } from "./traces.ts";

const role = "timeline";
/** Events between two looks for questions: some 20 ms of reading. */
const piece = 1 << 17;

type Request =
  | { readonly kind: "window"; readonly request: TimelineRequest }
  | { readonly kind: "slice"; readonly rows: TimelineRows; readonly row: number; readonly slice: number }
  | { readonly kind: "waits" };
type Value =
  | { readonly window: TimelineWindow }
  | { readonly slice: TimelineSlice | undefined }
  | { readonly waits: readonly TimelineWait[] };

/** A trace that is read in a thread of its own, and can be looked at from its first part on. */
export class OpenTimeline {
  readonly #thread = new Thread<{ readonly file: string; readonly ask: Request }, Value>(role);
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  /** Throws `InputError` for what is no trace. */
  async window(request: TimelineRequest): Promise<TimelineWindow> {
    const value = await this.#thread.ask({ file: this.#file, ask: { kind: "window", request } });
    if ("window" in value) return value.window;
    throw new Error("the timeline answered something else");
  }

  async slice(rows: TimelineRows, row: number, slice: number): Promise<TimelineSlice | undefined> {
    const value = await this.#thread.ask({ file: this.#file, ask: { kind: "slice", rows, row, slice } });
    return "slice" in value ? value.slice : undefined;
  }

  async waits(): Promise<readonly TimelineWait[]> {
    const value = await this.#thread.ask({ file: this.#file, ask: { kind: "waits" } });
    return "waits" in value ? value.waits : [];
  }

  /** Ends reading, wherever it is. */
  dispose(): void {
    this.#thread.dispose();
  }
}

/** In a timeline's thread: reads between the questions. */
export function serveAsTimeline(): boolean {
  return serveThread(role, () => {
    let reading: Reading | undefined;
    return ({ file, ask }: { readonly file: string; readonly ask: Request }): Value => {
      reading ??= new Reading(file);
      const timeline = reading.timeline();
      if (ask.kind === "window") {
        const window = timeline.window(ask.request);
        if (window.refining) reading.refine();
        return { window };
      }
      if (ask.kind === "slice") return { slice: timeline.slice(ask.rows, ask.row, ask.slice) };
      return { waits: timeline.waits() };
    };
  });
}

class Reading {
  readonly #file: TraceFile;
  readonly #timeline: Timeline;
  #error: unknown;
  #refining = false;

  constructor(path: string) {
    const file = new TraceFile(path);
    this.#file = file;
    try {
      const recording = new Recording();
      const reader = file.guarded(() => new TraceReader(file));
      this.#timeline = new Timeline(
        new TraceAnalysis(reader, { recording }),
        recording,
        file.size,
        (point) => new TraceReader(file.from(point.offset), point),
      );
    } catch (error) {
      file.close();
      throw error;
    }
    this.#readOn();
  }

  timeline(): Timeline {
    if (this.#error !== undefined) throw this.#error;
    return this.#timeline;
  }

  #readOn(): void {
    try {
      if (this.#file.guarded(() => this.#timeline.read(piece))) setImmediate(() => this.#readOn());
    } catch (error) {
      this.#error = error;
      this.#file.close();
    }
  }

  /** Reads what a window wants in detail, between the questions. */
  refine(): void {
    if (this.#refining || this.#error !== undefined) return;
    this.#refining = true;
    const step = (): void => {
      if (this.#timeline.refine(piece)) setImmediate(step);
      else this.#refining = false;
    };
    setImmediate(step);
  }
}
