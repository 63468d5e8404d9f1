import { mkdir, rm } from "node:fs/promises";
import * as path from "node:path";
import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import type { Dossier, StressTest } from "../../../common/src/dossier.ts";
import type { Finding } from "../../../common/src/finding.ts";
import { dossier } from "../../../common/src/protocol.ts";
import { Cancelled, type Toolbox } from "../../../common/src/run/collect.ts";
import { type RaceRun, runWithRaceDetector } from "../../../common/src/run/race.ts";
import { runStress } from "../../../common/src/run/verify/stress.ts";
import { verifyFinding } from "../../../common/src/run/verify/verify.ts";
import type { Verdict, VerdictOutcome } from "../../../common/src/verdicts/verdict.ts";
import { testTargets } from "../collect/packages.ts";
import type { Target } from "../collect/targets.ts";
import { collectOptions, goTools } from "../collect/tools.ts";
import { isTrusted, type Jobs, short } from "../jobs.ts";
import { programArguments } from "./arguments.ts";
import type { Reports, ShownReport } from "./reports.ts";
import type { Verdicts } from "./verdicts.ts";

/** Runs the workspace's own tests and programs against findings, and with the race detector. */
export class Verifier {
  readonly #client: LanguageClient;
  readonly #jobs: Jobs;
  readonly #verdicts: Verdicts;
  readonly #reports: Reports;
  readonly #storage: vscode.Uri;
  readonly output: vscode.OutputChannel;

  constructor(
    context: vscode.ExtensionContext,
    client: LanguageClient,
    jobs: Jobs,
    verdicts: Verdicts,
    reports: Reports,
    output: vscode.OutputChannel,
  ) {
    this.#client = client;
    this.#jobs = jobs;
    this.#verdicts = verdicts;
    this.#reports = reports;
    this.#storage = context.storageUri ?? context.globalStorageUri;
    this.output = output;
  }

  /** Verifies findings one by one; answers the verdicts reached until it was cancelled. */
  async verify(findings: readonly Finding[]): Promise<readonly Verdict[]> {
    if (findings.length === 0 || !(await this.#mayRun())) return [];
    const verdicts: Verdict[] = [];
    try {
      for (const finding of findings) {
        const title = vscode.l10n.t("Verifying {0} {1}", finding.rule, finding.map);
        const verdict = await this.#jobs.run(title, undefined, (signal, progress) =>
          this.#verifyOne(finding, signal, progress),
        );
        verdicts.push(verdict);
        await this.#verdicts.add(finding, verdict);
      }
    } catch (error) {
      if (!(error instanceof Cancelled)) this.#fail(error);
    }
    await this.#tell(verdicts);
    return verdicts;
  }

  /** Runs a generated stress test of a finding. */
  async stress(finding: Finding, stress: StressTest): Promise<void> {
    if (!(await this.#mayRun())) return;
    try {
      const resource = vscode.Uri.file(finding.primary.location.path);
      const { tags } = collectOptions(resource);
      const verdict = await this.#jobs.run(vscode.l10n.t("Stress test"), undefined, async (signal, progress) =>
        runStress(finding, stress, { budget: 20, tags }, await this.#tools(resource, signal, progress)),
      );
      this.output.appendLine(`# ${verdict.outcome}: ${verdict.evidence}\n${verdict.log}`);
      await this.#verdicts.add(finding, verdict);
      await this.#tell([verdict]);
    } catch (error) {
      if (!(error instanceof Cancelled)) this.#fail(error);
    }
  }

  async #verifyOne(finding: Finding, signal: AbortSignal, progress: (text: string) => void): Promise<Verdict> {
    const resource = vscode.Uri.file(finding.primary.location.path);
    const settings = vscode.workspace.getConfiguration("maprace", resource);
    const { tags } = collectOptions(resource);
    const options = {
      budget: Math.min(3600, Math.max(1, settings.get<number>("verify.budget") ?? 60)),
      args: programArguments(resource),
      tags,
      delve: settings.get<string>("verify.delve") ?? "dlv",
      ...(await this.#dossier(finding, resource)),
    };
    this.output.appendLine(`\n${finding.rule} ${finding.map}: ${finding.message}`);
    const verdict = await verifyFinding(finding, options, await this.#tools(resource, signal, progress));
    this.output.appendLine(`# ${verdict.outcome}: ${verdict.evidence}`);
    if (verdict.log !== "") this.output.appendLine(verdict.log);
    return verdict;
  }

  async #dossier({ fingerprint }: Finding, resource: vscode.Uri): Promise<Partial<Dossier>> {
    const ref = { uri: resource.toString(), fingerprint };
    return (await this.#client.sendRequest<Dossier | null>(dossier.method, ref)) ?? {};
  }

  async #tell(verdicts: readonly Verdict[]): Promise<void> {
    const [first] = verdicts;
    if (first === undefined) return;
    const confirmed = verdicts.filter(({ outcome }) => outcome === "confirmed").length;
    const text =
      verdicts.length === 1
        ? `${words(first.outcome)}: ${first.evidence}`
        : vscode.l10n.t("{0} of {1} findings confirmed", confirmed, verdicts.length);
    const more = vscode.l10n.t("Show Log");
    const show = confirmed > 0 ? vscode.window.showWarningMessage : vscode.window.showInformationMessage;
    void show(short(text), more).then((picked) => {
      if (picked === more) this.output.show();
    });
  }

  /** Runs tests with the race detector; false where nothing could run. */
  async race(target: Target, token?: vscode.CancellationToken): Promise<RaceOutcome | undefined> {
    if ((target.kind !== "test" && target.kind !== "package") || !(await this.#mayRun())) return undefined;
    try {
      const title = vscode.l10n.t("Race detector: {0}", target.kind === "test" ? target.name : target.pattern);
      return await this.#jobs.run(title, token, (signal, progress) => this.#race(target, signal, progress));
    } catch (error) {
      if (!(error instanceof Cancelled)) this.#fail(error);
      return undefined;
    }
  }

  async #race(
    target: Extract<Target, { kind: "test" | "package" }>,
    signal: AbortSignal,
    progress: (text: string) => void,
  ): Promise<RaceOutcome> {
    const resource = vscode.Uri.file(target.dir);
    const options = collectOptions(resource);
    const tools = await this.#tools(resource, signal, progress);
    const dir = path.join(this.#storage.fsPath, `race-${Date.now().toString(36)}`);
    await mkdir(dir, { recursive: true });
    try {
      const runs: RaceRun[] = [];
      const reports: ShownReport[] = [];
      for (const one of await testTargets(target, options, tools)) {
        progress(one.package === "." ? path.basename(target.dir) : one.package);
        const run = await runWithRaceDetector(one, options, dir, tools);
        const label = one.exact ? one.name : `${path.basename(target.dir)} ${one.package}`;
        reports.push(...(await this.#reports.add(run.log, { ...run, label })));
        runs.push(run);
      }
      return { reports, passed: runs.every(({ passed }) => passed), log: runs.map(({ log }) => log).join("\n") };
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  }

  async #mayRun(): Promise<boolean> {
    const reason = vscode.l10n.t("Verifying runs code of this workspace, so the workspace must be trusted first.");
    if (!(await isTrusted(reason))) return false;
    await vscode.workspace.saveAll(false);
    return true;
  }

  async #tools(resource: vscode.Uri, signal: AbortSignal, progress: (text: string) => void): Promise<Toolbox> {
    const { go, env } = await goTools(resource);
    return { go, env, signal, log: (text) => this.output.append(text), progress };
  }

  #fail(error: unknown): void {
    const text = error instanceof Error ? error.message : String(error);
    this.output.appendLine(text);
    const more = vscode.l10n.t("Show Log");
    void vscode.window.showErrorMessage(short(text), more).then((picked) => {
      if (picked === more) this.output.show();
    });
  }
}

/** What a run with the race detector came to. */
export interface RaceOutcome {
  readonly reports: readonly ShownReport[];
  readonly passed: boolean;
  readonly log: string;
}

function words(outcome: VerdictOutcome): string {
  switch (outcome) {
    case "confirmed":
      return vscode.l10n.t("Confirmed");
    case "unprotected":
      return vscode.l10n.t("Unprotected, no collision observed");
    case "not-reproduced":
      return vscode.l10n.t("Not reproduced");
    case "no-test":
      return vscode.l10n.t("No test runs it");
    case "build-failed":
      return vscode.l10n.t("Nothing could be built");
    case "refuted":
      return vscode.l10n.t("Refuted");
    case "intended":
      return vscode.l10n.t("Intended");
  }
}
