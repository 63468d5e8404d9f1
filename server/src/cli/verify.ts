import type { Finding } from "../../../common/src/finding.ts";
import { Cancelled, CollectError, type Toolbox } from "../../../common/src/run/collect.ts";
import { VerdictStore } from "../../../common/src/run/verdicts.ts";
import { runStress } from "../../../common/src/run/verify/stress.ts";
import { verifyFinding } from "../../../common/src/run/verify/verify.ts";
import { type Verdict, verdictsFile } from "../../../common/src/verdicts/verdict.ts";
import { join, relative } from "../base/paths.ts";
import { InputError } from "../host/disk.ts";
import { type Output, type ScanOptions, scan } from "./scan.ts";

export interface VerifyFlags {
  /** Fingerprints, or beginnings of them; none with `all`. */
  readonly wanted: readonly string[];
  readonly all: boolean;
  /** Seconds for each finding. */
  readonly budget: number;
  /** Arguments of programs that are run. */
  readonly args: readonly string[];
  /** The debugger that looks where runs show nothing. */
  readonly delve: string;
  /** A generated test is run where the user's own show nothing. */
  readonly stress: boolean;
  /** Verdicts are written to `.maprace/verdicts.json`. */
  readonly save: boolean;
}

/**
 * `maprace verify`: runs the user's tests and programs until each finding is seen to collide or its budget ends.
 * 1 where one is confirmed, 0 where none is. Throws `InputError`.
 */
export async function runVerify(flags: VerifyFlags, options: ScanOptions, output: Output): Promise<number> {
  const cwd = join(options.dir);
  const { findings, dossier } = await scan(cwd, options.patterns, options, () => {});
  const chosen = choose(findings, flags, options);
  const store = new VerdictStore(join(cwd, verdictsFile));
  const controller = new AbortController();
  const cancel = () => controller.abort();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, cancel);
  const say = (text: string) => {
    if (!options.quiet) output.err(text);
  };
  const tools: Toolbox = {
    go: "go",
    env: process.env,
    signal: controller.signal,
    log: (text) => {
      // The tools' own output would drown the account of what is done.
      if (/^[$#] /.test(text)) say(printable(text));
    },
    progress: (text) => say(`# ${text}\n`),
  };
  const verdicts: Verdict[] = [];
  try {
    if (chosen.length > 0) say("maprace: verifying runs the code of this workspace\n");
    for (const finding of chosen) {
      say(`# ${title(finding, cwd)}\n`);
      const verdict = await verifyFinding(
        finding,
        { ...flags, tags: options.tags, watch: dossier(finding).watch },
        tools,
      );
      const { stress } = dossier(finding);
      const silent = verdict.outcome === "no-test" || verdict.outcome === "not-reproduced";
      if (flags.stress && silent && typeof stress === "string") say(`# no stress test: ${stress}\n`);
      const last =
        flags.stress && silent && typeof stress !== "string"
          ? await runStress(finding, stress, { budget: flags.budget, tags: options.tags }, tools)
          : verdict;
      verdicts.push(last);
      if (flags.save) await store.add([last]);
      if (options.format !== "json") output.out(text(finding, last, cwd));
    }
  } catch (error) {
    if (error instanceof CollectError) throw new InputError(error.message);
    if (!(error instanceof Cancelled)) throw error;
    output.err("maprace: cancelled\n");
    return 2;
  } finally {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, cancel);
  }
  if (options.format === "json") output.out(`${JSON.stringify(verdicts)}\n`);
  const confirmed = verdicts.filter(({ outcome }) => outcome === "confirmed").length;
  if (options.format !== "json") output.out(`${confirmed} of ${verdicts.length} confirmed\n`);
  return confirmed > 0 ? 1 : 0;
}

function choose(findings: readonly Finding[], { wanted, all }: VerifyFlags, { minConfidence }: ScanOptions): Finding[] {
  if (all) return findings.filter(({ confidence }) => minConfidence === "possible" || confidence !== "possible");
  return wanted.map((prefix) => {
    const [found, ...more] = /^[0-9a-f]{4,}$/.test(prefix)
      ? findings.filter(({ fingerprint }) => fingerprint.startsWith(prefix))
      : [];
    if (found === undefined)
      throw new InputError(`no finding has the fingerprint ${prefix}; scan --format json shows them`);
    if (more.length > 0) throw new InputError(`several findings begin with ${prefix}`);
    return found;
  });
}

function title({ rule, map, primary }: Finding, cwd: string): string {
  return `${rule} ${map} at ${relative(cwd, primary.location.path)}:${primary.location.line}`;
}

function text(finding: Finding, verdict: Verdict, cwd: string): string {
  const { outcome, evidence, runs, seconds, command, log, fingerprint } = verdict;
  const lines = [
    `${outcome}: ${title(finding, cwd)} (${fingerprint})`,
    `  ${evidence}`,
    `  ${runs} ${runs === 1 ? "run" : "runs"}, ${seconds.toFixed(1)} s, ${verdict.toolchain}`,
    ...command
      .split("\n")
      .filter((one) => one !== "")
      .map((one) => `  ran ${one}`),
  ];
  if (outcome === "confirmed" || outcome === "build-failed")
    lines.push(
      ...log
        .trimEnd()
        .split("\n")
        .map((one) => `  | ${one}`),
    );
  return printable(`${lines.join("\n")}\n\n`);
}

/** Output of the code that ran is anybody's text: what would steer a terminal is left out. */
function printable(value: string): string {
  return value.replace(/[^\P{Cc}\n\t]/gu, "");
}
