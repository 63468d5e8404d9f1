import type { ProfileKind } from "../contention.ts";
import { type RunFile, runFileName } from "../runs.ts";
import { Cancelled, CollectError, type Collected, type Toolbox } from "./collect.ts";
import { AddressError, fetchBytes } from "./fetch.ts";

export interface AttachOptions {
  readonly base: URL;
  readonly seconds: number;
  readonly kinds: readonly ProfileKind[];
  readonly approved: (host: string) => boolean;
  /** Keeps a fetched file and answers its path. */
  readonly keep: (name: string, body: Uint8Array) => Promise<string>;
}

const paths: Record<ProfileKind, string> = {
  mutex: "mutex",
  block: "block",
  cpu: "profile",
  goroutine: "goroutine",
  trace: "trace",
};

const advice: Partial<Record<ProfileKind, string>> = {
  mutex: "mutex profile: rate not set. Call runtime.SetMutexProfileFraction(1) in the program",
  block: "block profile: rate not set. Call runtime.SetBlockProfileRate(1) in the program",
};

/** Fetches what a running process measured within the next seconds. */
export async function attach(options: AttachOptions, tools: Toolbox): Promise<Collected> {
  const began = performance.now();
  const notes: string[] = [];
  tools.progress(`${options.base.host}, ${options.seconds} s`);
  const results = await Promise.all(options.kinds.map((kind) => capture(kind, options, tools, notes)));
  const files = results.filter((file) => file !== undefined);
  if (files.length === 0) throw new CollectError(notes.join("\n") || `${options.base.host} answered no profile`);
  return {
    files,
    command: `${options.base.href} for ${options.seconds} s`,
    notes,
    seconds: (performance.now() - began) / 1000,
  };
}

async function capture(
  kind: ProfileKind,
  options: AttachOptions,
  tools: Toolbox,
  notes: string[],
): Promise<RunFile | undefined> {
  // Who is blocked is asked in the middle of the window, when its load runs.
  if (kind === "goroutine") await pause((options.seconds * 1000) / 2, tools.signal);
  const query = kind === "goroutine" ? "debug=2" : `seconds=${options.seconds}`;
  const { status, body } = await request(paths[kind], query, options, tools);
  if (status !== 200) {
    notes.push(`${kind}: the server answers ${status}${status === 404 ? ", it serves no such profile there" : ""}`);
    return undefined;
  }
  if (kind === "mutex" && (await samplingOff(options, tools))) notes.push(advice.mutex ?? "");
  return { kind, path: await options.keep(runFileName(kind), body) };
}

/** The text form of the mutex profile names its sampling period; 0 stands for "off". */
async function samplingOff(options: AttachOptions, tools: Toolbox): Promise<boolean> {
  const { status, body } = await request("mutex", "debug=1", options, tools);
  return status === 200 && /^sampling period=0$/m.test(new TextDecoder().decode(body.subarray(0, 4096)));
}

async function request(path: string, query: string, options: AttachOptions, tools: Toolbox) {
  const url = new URL(path, options.base);
  url.search = query;
  tools.log(`GET ${url.href}\n`);
  try {
    return await fetchBytes(url, {
      signal: tools.signal,
      timeout: (options.seconds + 20) * 1000,
      approved: options.approved,
    });
  } catch (error) {
    if (tools.signal.aborted) throw new Cancelled();
    if (error instanceof AddressError) throw new CollectError(error.message);
    throw new CollectError(`${url.host}: ${reason(error)}`);
  }
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code: unknown = "code" in error ? error.code : undefined;
  if (code === "ECONNREFUSED") return "nobody listens there (connection refused)";
  if (code === "ENOTFOUND") return "no such host";
  if (error.name === "TimeoutError" || error.name === "AbortError") return "no answer in time";
  return error.message;
}

export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(new Cancelled());
      return;
    }
    const stop = () => {
      clearTimeout(timer);
      reject(new Cancelled());
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    signal.addEventListener("abort", stop, { once: true });
  });
}
