import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { WatchPlan } from "../../dossier.ts";
import type { MapLockset } from "../../evidence/debugger/lockset.ts";
import type { Finding, Location } from "../../finding.ts";
import { type Candidate, rounds } from "../../plan/verify.ts";
import { cutLog, subjectOf, type Verdict, type VerdictOutcome } from "../../verdicts/verdict.ts";
import { CollectError, type Toolbox } from "../collect.ts";
import { importersOf, packagesOf } from "./candidates.ts";
import { staysLocal } from "./confined.ts";
import { Hunt, type Proof } from "./hunt.ts";
import { observeLocks } from "./observe.ts";
import { type Host, onPath, preflight } from "./preflight.ts";
import { programSubject, type Subject, testSubject, type Workshop } from "./subjects.ts";

export interface VerifyOptions {
  /** Seconds for one finding. */
  readonly budget: number;
  readonly tags: readonly string[];
  /** Arguments of programs that are run. */
  readonly args: readonly string[];
  /** What a debugger looks at where no run shows a collision, and the debugger; without them it is left out. */
  readonly watch?: WatchPlan;
  readonly delve?: string;
  /** Where a local map is declared: the compiler may prove that it never leaves its goroutine. */
  readonly declared?: Location | undefined;
}

/** Shares of the budget: looking for tests, and plain runs behind race runs for what the detector does not see. */
const searchShare = 0.35;
const plainShare = 0.4;
/** The debugger has this much even where runs used up the budget. */
const debugShare = 0.15;

/**
 * Runs the user's own tests and programs until the two accesses of a finding are seen colliding, or the budget ends.
 * Leaves no process and no file. Throws `Cancelled`, and `CollectError` where Go cannot be started.
 */
export async function verifyFinding(finding: Finding, options: VerifyOptions, tools: Toolbox): Promise<Verdict> {
  const scratch = await mkdtemp(join(tmpdir(), "maprace-verify-"));
  try {
    tools.progress("checking what can run here");
    const host = await preflight(dirname(finding.primary.location.path), tools);
    if (host.raceless !== "") tools.log(`# ${host.raceless}; plain runs are tried instead\n`);
    return await new Verification(finding, options, host, scratch, tools).run();
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

class Verification {
  readonly #finding: Finding;
  readonly #options: VerifyOptions;
  readonly #host: Host;
  readonly #scratch: string;
  readonly #tools: Toolbox;
  readonly #hunt: Hunt;
  readonly #began = performance.now();
  readonly #failures: string[] = [];
  readonly #tried = new Set<string>();
  #built: readonly Subject[] = [];
  #confined = false;
  #unprotected: MapLockset | undefined;

  constructor(finding: Finding, options: VerifyOptions, host: Host, scratch: string, tools: Toolbox) {
    this.#finding = finding;
    this.#options = options;
    this.#host = host;
    this.#scratch = scratch;
    this.#tools = tools;
    this.#hunt = new Hunt(finding, scratch, tools);
  }

  async run(): Promise<Verdict> {
    const packages = await packagesOf(this.#finding, this.#options, this.#tools);
    const race = this.#host.raceless === "";
    if (race) await this.#attempt(packages, true, this.#isInstrumented() ? 1 : 1 - plainShare);
    if (this.#hunt.proof === undefined && (!race || !this.#isInstrumented())) await this.#attempt(packages, false, 1);
    if (this.#hunt.proof === undefined) {
      this.#confined = await staysLocal(this.#options.declared, this.#options, this.#tools);
      if (!this.#confined) await this.#observe(packages);
    }
    return this.#verdict();
  }

  /** Nothing fired: a debugger sees which locks the accesses hold. */
  async #observe(packages: readonly Candidate[]): Promise<void> {
    const { watch, delve } = this.#options;
    const [subject] = this.#built;
    const seconds = Math.min(20, Math.max(this.#left(1), this.#options.budget * debugShare));
    if (watch === undefined || delve === undefined || subject === undefined || !watch.complete) return;
    if (!(await onPath(delve, this.#tools.env))) return;
    try {
      this.#tools.progress(`debugger on ${subject.label}`);
      const target = await subject.debug(packages);
      const { unprotected, crash } = await observeLocks(watch, target, { delve, seconds }, this.#tools);
      this.#unprotected = unprotected;
      if (crash !== undefined) this.#hunt.judge(crash.report, `${delve} exec`, crash.text);
    } catch (error) {
      if (!(error instanceof CollectError)) throw error;
      this.#tools.log(`# the debugger gave nothing: ${error.message}\n`);
    }
  }

  /** `maps.Clone` is not instrumented: only the runtime's own check shows it. */
  #isInstrumented(): boolean {
    const { primary, other } = this.#finding;
    return primary.kind !== "clone" && other.kind !== "clone";
  }

  #left(share: number): number {
    return this.#options.budget * share - (performance.now() - this.#began) / 1000;
  }

  async #attempt(packages: readonly Candidate[], race: boolean, share: number): Promise<void> {
    const { tags, args } = this.#options;
    const shop: Workshop = { dir: this.#scratch, race, tags, args, tools: this.#tools };
    let subjects = await this.#subjects(packages, packages, shop);
    if (subjects.length === 0) {
      const importers = await importersOf(packages, this.#options, this.#tools);
      subjects = await this.#subjects(importers, packages, shop);
    }
    this.#built = subjects;
    for (const count of rounds) {
      for (const [index, subject] of subjects.entries()) {
        const left = this.#left(share) / (subjects.length - index);
        if (this.#hunt.proof !== undefined || left < 0.5) return;
        this.#tools.progress(
          `${race ? "race run" : "plain run"} of ${subject.label}, ${count} ${count === 1 ? "time" : "times"}`,
        );
        this.#tried.add(subject.label);
        await subject.run(this.#hunt, count, left);
      }
    }
  }

  async #subjects(candidates: readonly Candidate[], sites: readonly Candidate[], shop: Workshop): Promise<Subject[]> {
    const found: Subject[] = [];
    for (const candidate of candidates) {
      if (this.#left(0.8) < 0) break;
      const makers = [
        candidate.tests
          ? () => testSubject(this.#finding, candidate, sites, this.#options.budget * searchShare, shop)
          : undefined,
        candidate.main ? () => programSubject(this.#finding, candidate, shop) : undefined,
      ];
      for (const make of makers) {
        try {
          const subject = await make?.();
          if (subject !== undefined) found.push(subject);
        } catch (error) {
          if (!(error instanceof CollectError)) throw error;
          this.#failures.push(error.message);
        }
      }
    }
    return found;
  }

  #verdict(): Verdict {
    const { proof, executions } = this.#hunt;
    if (proof !== undefined)
      return this.#of("confirmed", proofText(proof, this.#hunt.executions), proof.text, proof.command);
    const log = this.#failures.join("\n");
    if (this.#confined)
      return this.#of(
        "refuted",
        "the compiler proves that the map does not escape: no other goroutine can have it",
        "",
        "go build -gcflags=-m=2",
      );
    const seen = this.#unprotected;
    if (seen !== undefined) return this.#of("unprotected", unprotectedText(seen), "", [...this.#tried].join("\n"));
    if (executions > 0) return this.#of("not-reproduced", this.#silence(), log, [...this.#tried].join("\n"));
    if (this.#failures.length > 0)
      return this.#of("build-failed", "nothing that runs both accesses could be built", log, "");
    return this.#of("no-test", "no test or program of the packages runs both accesses", "", "");
  }

  #silence(): string {
    const strangers = this.#hunt.strangers.size;
    const others =
      strangers === 0 ? "" : `; ${strangers} other map ${strangers === 1 ? "race was" : "races were"} seen`;
    const plain = this.#host.raceless === "" ? "" : `; ${this.#host.raceless}`;
    return `the two accesses were not seen to collide: a silent run proves nothing${others}${plain}`;
  }

  #of(outcome: VerdictOutcome, evidence: string, log: string, command: string): Verdict {
    return {
      ...subjectOf(this.#finding),
      outcome,
      evidence,
      toolchain: this.#host.toolchain,
      command: command.replaceAll(this.#scratch, "."),
      runs: this.#hunt.runs,
      seconds: Math.round((performance.now() - this.#began) / 10) / 100,
      time: Date.now(),
      log: cutLog(log),
    };
  }
}

function unprotectedText({ goroutines, writes, hits }: MapLockset): string {
  return `no collision was observed, but in the debugger ${goroutines.length} goroutines made ${hits} accesses (${writes} of them writes) to one map without a lock that all of them held; channels, WaitGroups and atomics are not seen there`;
}

function proofText({ match, report }: Proof, executions: number): string {
  const what = report.kind === "race" ? "the race detector" : `the runtime ("${report.message}")`;
  const where = match.how === "sites" ? "at the lines of both accesses" : "in calls made at the lines of the accesses";
  return `${what} saw the collision ${where}, in execution ${executions}`;
}
