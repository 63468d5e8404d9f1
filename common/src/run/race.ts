import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { TestTarget } from "../plan/collect.ts";
import { exactly, packageArgument } from "../plan/test-names.ts";
import { CollectError, commandLine, runJob, type Toolbox, toolText } from "./collect.ts";
import { preflight } from "./verify/preflight.ts";

/** What a run with the race detector printed. */
export interface RaceRun {
  /** Race reports, then the tools' own output. */
  readonly log: string;
  readonly passed: boolean;
  readonly command: string;
  readonly toolchain: string;
  readonly seconds: number;
}

export interface RaceOptions {
  readonly tags: readonly string[];
  readonly flags: readonly string[];
  readonly count: number;
}

const maxLog = 16 << 20;

/** `go test -race` for one target. Throws `CollectError` where it cannot run at all. */
export async function runWithRaceDetector(
  target: TestTarget,
  options: RaceOptions,
  dir: string,
  tools: Toolbox,
): Promise<RaceRun> {
  const began = performance.now();
  const host = await preflight(target.dir, tools);
  if (host.raceless !== "")
    throw new CollectError(`${host.raceless}. Verifying by plain runs and importing logs from elsewhere still work`);
  const logs = join(dir, "race-logs");
  await mkdir(logs, { recursive: true });
  try {
    const job = { args: raceFlags(target, options), cwd: target.dir, outputs: [] };
    const env = { ...tools.env, GORACE: `log_path=${join(logs, "race")}`, GOTRACEBACK: "all" };
    let printed = "";
    const keep = (text: string) => {
      if (printed.length < maxLog) printed += text;
      tools.log(text);
    };
    const outcome = await runJob(job, { ...tools, env, log: keep });
    const reports = await Promise.all((await readdir(logs)).sort().map((name) => readFile(join(logs, name), "utf8")));
    for (const report of reports) tools.log(report);
    const log = `${reports.join("\n")}\n${printed}`;
    if (outcome.code !== 0 && !/^(---|FAIL|ok|panic:|fatal error:)/m.test(printed))
      throw new CollectError(toolText(outcome, tools.go));
    const seconds = (performance.now() - began) / 1000;
    return { log, passed: outcome.code === 0, command: commandLine(tools.go, job), toolchain: host.toolchain, seconds };
  } finally {
    await rm(logs, { recursive: true, force: true });
  }
}

function raceFlags(target: TestTarget, { tags, flags, count }: RaceOptions): string[] {
  const pattern = target.exact ? exactly(target.name) : target.name;
  return [
    "test",
    "-race",
    ...flags.filter((flag) => /^--?(ldflags|gcflags|mod|modfile|tags|short|v)(=|$)/.test(flag)),
    ...(tags.length === 0 ? [] : [`-tags=${tags.join(",")}`]),
    ...(target.what === "bench" ? ["-run=^$", `-bench=${pattern}`, "-benchtime=100x"] : [`-run=${pattern}`]),
    `-count=${count}`,
    packageArgument(target.package),
  ];
}
