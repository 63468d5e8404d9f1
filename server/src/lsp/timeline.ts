import { type Connection, ErrorCodes, ResponseError } from "vscode-languageserver/node";
import {
  closeTimeline,
  type TimelineSliceParams,
  timelineSlice,
  timelineWaits,
  timelineWindow,
} from "../../../common/src/protocol.ts";
import type { TimelineRequest } from "../../../common/src/timeline.ts";
import { InputError } from "../host/disk.ts";
import { OpenTimeline } from "../host/timeline.ts";

/** Timelines of traces: each is read in a thread that lives until the client closes it. */
export class TimelineService {
  readonly #open = new Map<string, OpenTimeline>();

  listen(connection: Connection): void {
    connection.onRequest(timelineWindow.method, (request: TimelineRequest) =>
      answer(() => this.#of(request.file).window(request)),
    );
    connection.onRequest(timelineSlice.method, ({ file, rows, row, slice }: TimelineSliceParams) =>
      answer(async () => (await this.#of(file).slice(rows, row, slice)) ?? null),
    );
    connection.onRequest(timelineWaits.method, ({ file }: { file: string }) => answer(() => this.#of(file).waits()));
    connection.onRequest(closeTimeline.method, ({ file }: { file: string }) => {
      this.#open.get(file)?.dispose();
      this.#open.delete(file);
      return null;
    });
  }

  dispose(): void {
    for (const timeline of this.#open.values()) timeline.dispose();
    this.#open.clear();
  }

  #of(file: string): OpenTimeline {
    let timeline = this.#open.get(file);
    if (timeline === undefined) {
      timeline = new OpenTimeline(file);
      this.#open.set(file, timeline);
    }
    return timeline;
  }
}

async function answer<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof InputError) throw new ResponseError(ErrorCodes.InvalidParams, error.message);
    throw error;
  }
}
