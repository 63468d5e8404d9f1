import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import { testsIn } from "../../../common/src/protocol.ts";
import type { TestItem } from "../../../common/src/tests.ts";
import type { Collector } from "../collect/collect.ts";
import { type Target, testTarget } from "../collect/targets.ts";
import { placeOf, type ShownReport } from "../verify/reports.ts";
import type { Verifier } from "../verify/verifier.ts";

/** Runs one test; tells the run how it went. */
type Runner = (
  target: Target,
  item: vscode.TestItem,
  run: vscode.TestRun,
  token: vscode.CancellationToken,
) => Promise<void>;

/** Tests and benchmarks in the Test Explorer and the gutter, with two run profiles: contention, and races. */
export class TestProfiles implements vscode.Disposable {
  readonly #client: LanguageClient;
  readonly #collector: Collector;
  readonly #verifier: Verifier;
  readonly #controller = vscode.tests.createTestController("maprace", "Maprace");
  readonly #targets = new WeakMap<vscode.TestItem, Target>();
  readonly #watcher = vscode.workspace.createFileSystemWatcher("**/*_test.go");
  readonly #subscriptions: vscode.Disposable[];

  constructor(client: LanguageClient, collector: Collector, verifier: Verifier) {
    this.#client = client;
    this.#collector = collector;
    this.#verifier = verifier;
    const profile = (label: string, runner: Runner) =>
      this.#controller.createRunProfile(label, vscode.TestRunProfileKind.Run, (request, token) =>
        this.#run(request, token, runner),
      );
    profile("Profile Contention", (...args) => this.#profile(...args));
    profile("Race Detector", (...args) => this.#race(...args));
    this.#controller.resolveHandler = async (item) => {
      if (item === undefined) await this.#discover();
      else if (item.uri !== undefined && item.canResolveChildren) await this.#read(item.uri);
    };
    this.#subscriptions = [
      this.#watcher.onDidCreate((uri) => this.#read(uri)),
      this.#watcher.onDidDelete((uri) => this.#controller.items.delete(uri.toString())),
      vscode.workspace.onDidOpenTextDocument((document) => this.#open(document)),
      vscode.workspace.onDidSaveTextDocument((document) => this.#open(document)),
    ];
  }

  /** Files that are open already when the server is up. */
  start(): void {
    for (const document of vscode.workspace.textDocuments) this.#open(document);
  }

  async #discover(): Promise<void> {
    const uris = await vscode.workspace.findFiles("**/*_test.go", "**/{vendor,node_modules,testdata}/**", 5000);
    for (const uri of uris) this.#file(uri);
  }

  #open({ uri }: vscode.TextDocument): void {
    if (uri.scheme === "file" && uri.fsPath.endsWith("_test.go")) void this.#read(uri);
  }

  #file(uri: vscode.Uri): vscode.TestItem {
    const id = uri.toString();
    const known = this.#controller.items.get(id);
    if (known !== undefined) return known;
    const item = this.#controller.createTestItem(id, vscode.workspace.asRelativePath(uri), uri);
    item.canResolveChildren = true;
    this.#controller.items.add(item);
    return item;
  }

  async #read(uri: vscode.Uri): Promise<void> {
    const tests = await this.#client
      .sendRequest<readonly TestItem[]>(testsIn.method, { uri: uri.toString() })
      .catch(() => []);
    if (tests.length === 0) this.#controller.items.delete(uri.toString());
    else this.#file(uri).children.replace(this.#items(uri, tests));
  }

  #items(uri: vscode.Uri, tests: readonly TestItem[]): vscode.TestItem[] {
    return tests.map((test) => {
      const label = test.name.slice(test.name.lastIndexOf("/") + 1);
      const item = this.#controller.createTestItem(`${uri.toString()} ${test.name}`, label, uri);
      item.range = new vscode.Range(test.line - 1, 0, test.line - 1, 0);
      if (test.kind === "bench") item.description = vscode.l10n.t("benchmark");
      item.children.replace(this.#items(uri, test.children));
      this.#targets.set(item, testTarget(uri, test));
      return item;
    });
  }

  async #run(request: vscode.TestRunRequest, token: vscode.CancellationToken, runner: Runner): Promise<void> {
    const run = this.#controller.createTestRun(request);
    for (const item of await this.#chosen(request)) {
      const target = this.#targets.get(item);
      if (target === undefined || token.isCancellationRequested) run.skipped(item);
      else {
        run.started(item);
        await runner(target, item, run, token);
      }
    }
    run.end();
  }

  async #profile(...[target, item, run, token]: Parameters<Runner>): Promise<void> {
    const began = Date.now();
    if (await this.#collector.profile(target, token)) run.passed(item, Date.now() - began);
    else if (token.isCancellationRequested) run.skipped(item);
    else run.errored(item, new vscode.TestMessage(vscode.l10n.t("Nothing was collected; see the output of Maprace.")));
  }

  /** Each race is a message of the test, at its first access, with the stacks of both. */
  async #race(...[target, item, run, token]: Parameters<Runner>): Promise<void> {
    const began = Date.now();
    const outcome = await this.#verifier.race(target, token);
    if (outcome === undefined) {
      if (token.isCancellationRequested) run.skipped(item);
      else run.errored(item, new vscode.TestMessage(vscode.l10n.t("The test did not run; see the verification log.")));
      return;
    }
    run.appendOutput(outcome.log.replaceAll(/\r?\n/g, "\r\n"), undefined, item);
    const messages = outcome.reports.map(messageOf);
    if (messages.length > 0) run.failed(item, messages, Date.now() - began);
    else if (outcome.passed) run.passed(item, Date.now() - began);
    else run.failed(item, new vscode.TestMessage(vscode.l10n.t("The test failed without a race.")), Date.now() - began);
  }

  /** Tests of the request; a file stands for the tests in it. */
  async #chosen(request: vscode.TestRunRequest): Promise<vscode.TestItem[]> {
    if (request.include === undefined) await this.#discover();
    const items = request.include ?? [...this.#controller.items].map(([, item]) => item);
    const chosen: vscode.TestItem[] = [];
    for (const item of items) {
      if (this.#targets.has(item)) {
        chosen.push(item);
        continue;
      }
      if (item.uri !== undefined) await this.#read(item.uri);
      chosen.push(...[...(this.#controller.items.get(item.id)?.children ?? [])].map(([, child]) => child));
    }
    return chosen.filter((item) => request.exclude?.includes(item) !== true);
  }

  dispose(): void {
    for (const one of this.#subscriptions) one.dispose();
    this.#watcher.dispose();
    this.#controller.dispose();
  }
}

function messageOf({ title, match, stacks }: ShownReport): vscode.TestMessage {
  const head = match === undefined ? title : `${title} (${match.finding.rule} ${match.finding.map})`;
  const text = stacks.map(({ title: what, frames }) =>
    [what, ...frames.map(({ frame }) => `    ${frame.function} ${frame.file}:${frame.line}`)].join("\n"),
  );
  const message = new vscode.TestMessage([head, ...text].join("\n"));
  const at = stacks.map(placeOf).find((place) => place !== undefined);
  if (at !== undefined)
    message.location = new vscode.Location(vscode.Uri.file(at.path), new vscode.Position(at.line - 1, 0));
  return message;
}
