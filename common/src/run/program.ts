import { randomBytes } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ProfileKind } from "../contention.ts";
import { buildJob, type CollectOptions } from "../plan/collect.ts";
import { addressFile, overlayFile, profileServer } from "../plan/serve.ts";
import { type RunFile, runFileName } from "../runs.ts";
import { pause } from "./attach.ts";
import { Cancelled, CollectError, type Collected, commandLine, runJob, type Toolbox, toolText } from "./collect.ts";
import { fetchBytes } from "./fetch.ts";
import { type Outcome, runProcess } from "./process.ts";

export interface ProgramTarget {
  /** Directory of the main package. */
  readonly dir: string;
  readonly args: readonly string[];
  /** How long it runs at most; it is ended then. */
  readonly seconds: number;
}

/** How often profiles are fetched, so that a program that ends early leaves its last ones. */
const interval = 400;

/** Builds a main program with a profile server added by an overlay, runs it for a while and takes its profiles. */
export async function collectProgram(
  target: ProgramTarget,
  options: CollectOptions,
  dir: string,
  tools: Toolbox,
): Promise<Collected> {
  const began = performance.now();
  const secret = randomBytes(16).toString("hex");
  const generated = join(dir, "profile_server.go");
  const overlay = join(dir, "overlay.json");
  await writeFile(generated, profileServer({ ...options, secret }), { mode: 0o600 });
  await writeFile(overlay, overlayFile(target.dir, generated), { mode: 0o600 });
  const build = buildJob(target.dir, ".", overlay, dir, options);
  tools.progress("building");
  const built = await runJob(build, tools);
  if (built.code !== 0) throw new CollectError(toolText(built, tools.go));
  const run = { args: target.args, cwd: target.dir, outputs: [] };
  tools.log(`$ ${commandLine(build.binary, run)}\n`);
  try {
    const { files, notes } = await watch(build.binary, target, secret, options.kinds, dir, tools);
    return { files, notes, command: commandLine(build.binary, run), seconds: (performance.now() - began) / 1000 };
  } finally {
    for (const path of [build.binary, generated, overlay]) await rm(path, { force: true });
  }
}

async function watch(
  binary: string,
  target: ProgramTarget,
  secret: string,
  kinds: readonly ProfileKind[],
  dir: string,
  tools: Toolbox,
): Promise<{ files: RunFile[]; notes: string[] }> {
  const place = join(dir, "address");
  const stop = new AbortController();
  const cancel = () => stop.abort();
  tools.signal.addEventListener("abort", cancel, { once: true });
  const running = runProcess({
    program: binary,
    args: target.args,
    cwd: target.dir,
    env: { ...tools.env, [addressFile]: place },
    signal: stop.signal,
    onOutput: tools.log,
  });
  const state: { ended: Outcome | undefined } = { ended: undefined };
  void running.then((outcome) => {
    state.ended = outcome;
  });
  try {
    const address = await waitForAddress(place, state, tools);
    const base = new URL(`http://${address}/${secret}/`);
    const files = await sample(base, target.seconds, kinds, dir, state, tools);
    const notes =
      state.ended === undefined
        ? []
        : [
            `the program ended by itself after ${state.ended.seconds.toFixed(1)} s (exit ${state.ended.code ?? "by a signal"})`,
          ];
    return { files, notes };
  } finally {
    tools.signal.removeEventListener("abort", cancel);
    stop.abort();
    await running;
    await rm(place, { force: true });
  }
}

async function waitForAddress(place: string, state: { ended: Outcome | undefined }, tools: Toolbox): Promise<string> {
  const until = Date.now() + 20_000;
  for (;;) {
    const text = await readFile(place, "utf8").catch(() => "");
    if (text.startsWith("error: ")) throw new CollectError(`the program cannot serve its profiles: ${text.slice(7)}`);
    if (text !== "") return text;
    if (state.ended !== undefined)
      throw new CollectError(`the program ended before it could be asked:\n${toolText(state.ended, "it")}`);
    if (Date.now() > until) throw new CollectError("the program did not start to serve its profiles within 20 s");
    await pause(20, tools.signal);
  }
}

/** What is recorded over the whole time, and its path. */
const timedKinds: readonly [ProfileKind, string][] = [
  ["cpu", "profile"],
  ["trace", "trace"],
];

async function sample(
  base: URL,
  seconds: number,
  kinds: readonly ProfileKind[],
  dir: string,
  state: { ended: Outcome | undefined },
  tools: Toolbox,
): Promise<RunFile[]> {
  const latest = new Map<ProfileKind, Uint8Array>();
  const get = async (path: string, kind: ProfileKind, timeout: number) => {
    const url = new URL(path, base);
    const { status, body } = await fetchBytes(url, { signal: tools.signal, timeout, approved: () => false });
    if (status === 200) latest.set(kind, body);
  };
  const timed = timedKinds
    .filter(([kind]) => kinds.includes(kind))
    .map(([kind, path]) => get(`${path}?seconds=${seconds}`, kind, (seconds + 20) * 1000).catch(() => undefined));
  const end = Date.now() + seconds * 1000;
  for (let last = false; !last && state.ended === undefined; ) {
    last = Date.now() + interval >= end;
    await pause(Math.max(0, Math.min(interval, end - Date.now())), tools.signal);
    tools.progress(`running, ${Math.max(0, Math.ceil((end - Date.now()) / 1000))} s left`);
    for (const kind of kinds) {
      if (timedKinds.some(([one]) => one === kind)) continue;
      await get(kind === "goroutine" ? "goroutine?debug=2" : kind, kind, 5000).catch(() => undefined);
    }
  }
  await Promise.all(timed);
  if (tools.signal.aborted) throw new Cancelled();
  if (latest.size === 0) throw new CollectError("the program ended before its profiles could be fetched");
  const files: RunFile[] = [];
  for (const [kind, body] of latest) {
    const path = join(dir, runFileName(kind));
    await writeFile(path, body, { mode: 0o600 });
    files.push({ kind, path });
  }
  return files;
}
