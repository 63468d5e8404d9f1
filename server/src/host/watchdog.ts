import { writeSync } from "node:fs";
import { url as debugged } from "node:inspector";
import { isMainThread, Worker, workerData } from "node:worker_threads";

const role = "watchdog";

interface Watch {
  readonly mapraceRole: string;
  readonly beats: Int32Array;
  readonly seconds: number;
}

/**
 * Ends this process when its main thread has not come to itself for that many seconds: a server that hangs is started anew,
 * and its journal names what it looked at. Seconds are counted by the thread that watches, so a machine that slept is no hang.
 */
export function watchMainThread(seconds: number): void {
  if (debugged() !== undefined) return;
  const beats = new Int32Array(new SharedArrayBuffer(4));
  const beat = () => Atomics.add(beats, 0, 1);
  setInterval(beat, 500).unref();
  const data: Watch = { mapraceRole: role, beats, seconds };
  new Worker(__filename, { workerData: data }).unref();
}

/** In the watching thread: watches, and says true. */
export function serveAsWatchdog(): boolean {
  const data: unknown = workerData;
  if (isMainThread || !isWatch(data)) return false;
  let seen = 0;
  let silent = 0;
  setInterval(() => {
    const now = Atomics.load(data.beats, 0);
    silent = now === seen ? silent + 1 : 0;
    seen = now;
    if (silent < data.seconds) return;
    writeSync(2, `maprace: no answer for ${data.seconds} s, this server ends itself\n`);
    process.kill(process.pid, "SIGKILL");
  }, 1000);
  return true;
}

function isWatch(data: unknown): data is Watch {
  return typeof data === "object" && data !== null && "mapraceRole" in data && data.mapraceRole === role;
}
