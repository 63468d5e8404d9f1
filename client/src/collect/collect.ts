import * as vscode from "vscode";
import { pprofBase } from "../../../common/src/plan/address.ts";
import type { CollectOptions } from "../../../common/src/plan/collect.ts";
import { attach } from "../../../common/src/run/attach.ts";
import { Cancelled, type Collected, collectTests, type Toolbox } from "../../../common/src/run/collect.ts";
import { isLoopback } from "../../../common/src/run/fetch.ts";
import { collectProgram } from "../../../common/src/run/program.ts";
import { isTrusted, type Jobs, short } from "../jobs.ts";
import { testTargets } from "./packages.ts";
import type { Runs } from "./runs.ts";
import { type Target, targetLabel } from "./targets.ts";
import { collectOptions, goTools } from "./tools.ts";

const approvedKey = "maprace.approvedHosts";

/** Runs what is to be profiled, with progress and cancel, and hands the run on. */
export class Collector {
  readonly #context: vscode.ExtensionContext;
  readonly #runs: Runs;
  readonly #output: vscode.LogOutputChannel;
  readonly #jobs: Jobs;

  constructor(context: vscode.ExtensionContext, runs: Runs, jobs: Jobs, output: vscode.LogOutputChannel) {
    this.#context = context;
    this.#runs = runs;
    this.#jobs = jobs;
    this.#output = output;
  }

  /** Profiles a target; false where that came to nothing, and the user was told why. */
  async profile(target: Target, token?: vscode.CancellationToken): Promise<boolean> {
    const reason = vscode.l10n.t("Profiling runs code of this workspace, so the workspace must be trusted first.");
    if (target.kind !== "process" && !(await isTrusted(reason))) return false;
    try {
      if (target.kind === "process" && !(await this.#approve(pprofBase(target.url).hostname))) return false;
      if (target.kind !== "process") await vscode.workspace.saveAll(false);
      const notes = await this.#jobs.run(targetLabel(target), token, (signal, progress) =>
        this.#collect(target, signal, progress),
      );
      if (notes.length > 0) void this.#tell(vscode.window.showWarningMessage, notes.join("; "));
      return true;
    } catch (error) {
      if (error instanceof Cancelled) return false;
      const text = error instanceof Error ? error.message : String(error);
      this.#output.error(text);
      void this.#tell(vscode.window.showErrorMessage, vscode.l10n.t("Profile Contention: {0}", short(text)));
      return false;
    }
  }

  async #tell(show: (text: string, ...items: string[]) => Thenable<string | undefined>, text: string): Promise<void> {
    const more = vscode.l10n.t("Show Output");
    if ((await show(short(text), more)) === more) this.#output.show();
  }

  async #collect(target: Target, signal: AbortSignal, progress: (text: string) => void): Promise<readonly string[]> {
    const resource = target.kind === "process" ? undefined : vscode.Uri.file(target.dir);
    const options = collectOptions(resource);
    const { go, env } = await goTools(resource);
    const tools: Toolbox = { go, env, signal, log: (text) => this.#output.append(text), progress };
    const { store } = this.#runs;
    const { id, dir } = await store.create();
    try {
      const collected = await this.#run(target, options, dir, tools, (name, body) => store.write(id, name, body));
      const ratesSet = target.kind !== "process";
      return await this.#runs.add({ id, label: targetLabel(target), time: Date.now(), ratesSet, ...collected });
    } catch (error) {
      await store.remove(id);
      throw error;
    }
  }

  async #run(
    target: Target,
    options: CollectOptions,
    dir: string,
    tools: Toolbox,
    keep: (name: string, body: Uint8Array) => Promise<string>,
  ): Promise<Collected> {
    switch (target.kind) {
      case "test":
      case "package":
        return collectTests(await testTargets(target, options, tools), options, dir, tools);
      case "program":
        return collectProgram(target, options, dir, tools);
      case "process": {
        const approved = (host: string) => this.#approved().includes(host);
        return attach(
          { base: pprofBase(target.url), seconds: target.seconds, kinds: options.kinds, approved, keep },
          tools,
        );
      }
    }
  }

  #approved(): readonly string[] {
    return this.#context.globalState.get<string[]>(approvedKey) ?? [];
  }

  /** Other machines are asked about once; the answer is kept outside of the workspace. */
  async #approve(host: string): Promise<boolean> {
    if (this.#approved().includes(host) || (await isLoopback(host).catch(() => true))) return true;
    const yes = vscode.l10n.t("Connect");
    const text = vscode.l10n.t("{0} is not this machine. Fetch profiles from it?", host);
    if ((await vscode.window.showWarningMessage(text, { modal: true }, yes)) !== yes) return false;
    await this.#context.globalState.update(approvedKey, [...this.#approved(), host]);
    return true;
  }
}
