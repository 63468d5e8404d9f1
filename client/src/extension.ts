import * as vscode from "vscode";
import { type LanguageClient, State } from "vscode-languageclient/node";
import { commands } from "../../common/src/commands.ts";
import type { Mark } from "../../common/src/contention.ts";
import type { Finding } from "../../common/src/finding.ts";
import {
  type FindingsParams,
  findingsChanged,
  overlayChanged,
  type ScanResult,
  type StatusParams,
  scanWorkspace,
  statusChanged,
} from "../../common/src/protocol.ts";
import { Collector } from "./collect/collect.ts";
import { profilingCommands } from "./collect/commands.ts";
import { Runs } from "./collect/runs.ts";
import { createClient } from "./connection.ts";
import { DelveAdapters } from "./debug/adapter.ts";
import { debugCommands } from "./debug/commands.ts";
import { MapWatch } from "./debug/watch.ts";
import { ExplainPage, explainSilence, findingAtCursor, openLocation, showAccessPath } from "./explain.ts";
import { FlameEditor } from "./flame/editor.ts";
import { Jobs } from "./jobs.ts";
import { Overlay } from "./paint/overlay.ts";
import { chooseScope } from "./scope.ts";
import { Status } from "./status.ts";
import { timelineCommands } from "./timeline/commands.ts";
import { TimelineEditor } from "./timeline/editor.ts";
import { type VerifyParts, verifyCommands } from "./verify/commands.ts";
import { FrameLinks } from "./verify/links.ts";
import { Reports, type ShownReport } from "./verify/reports.ts";
import { Verdicts } from "./verify/verdicts.ts";
import { Verifier } from "./verify/verifier.ts";
import { ContentionTree } from "./views/contention.ts";
import { FindingsTree, type Row } from "./views/findings.ts";
import { ReportsTree } from "./views/reports.ts";
import { TestProfiles } from "./views/testing.ts";

let client: LanguageClient | undefined;

/** What other extensions and the tests may ask. */
export interface Api {
  findings(): readonly Finding[];
  /** What the overlay paints on a document. */
  marks(document: vscode.TextDocument): readonly Mark[];
  /** Race reports and crashes that were imported or came from a run. */
  reports(): readonly ShownReport[];
}

export function activate(context: vscode.ExtensionContext): Api {
  const output = vscode.window.createOutputChannel("Maprace", { log: true });
  const status = new Status();
  const tree = new FindingsTree();
  const pages = new ExplainPage();
  const jobs = new Jobs();
  const running = createClient(context, output);
  client = running;
  running.onNotification(statusChanged.method, (params: StatusParams) => status.show(params));
  const command = (id: string, run: (...args: unknown[]) => unknown) => vscode.commands.registerCommand(id, run);
  const chosen = async (argument: unknown) =>
    isFindingRow(argument)
      ? argument.finding
      : typeof argument === "string"
        ? tree.findings.find(({ fingerprint }) => fingerprint === argument)
        : await findingAtCursor(running);
  context.subscriptions.push(
    output,
    status,
    tree,
    pages,
    jobs,
    command(commands.openLocation.id, (uri, line, column) => openLocation(tree.findings, uri, line, column)),
    command(commands.scanWorkspace.id, () => scan(running)),
    command(commands.chooseScope.id, chooseScope),
    command(commands.showOutput.id, () => output.show()),
    command(commands.restart.id, () => running.restart()),
    command(commands.explainFinding.id, async (row) => {
      const finding = await chosen(row);
      if (finding !== undefined) await pages.show(running, finding);
    }),
    command(commands.whySilent.id, () => explainSilence(running)),
    command(commands.showAccessPath.id, async (row) => {
      const finding = await chosen(row);
      if (finding !== undefined) await showAccessPath(finding);
    }),
  );
  const verifying = startVerifying(context, running, tree, chosen, jobs);
  const profiling = startProfiling(context, running, output, jobs, verifying.verifier);
  running.onNotification(findingsChanged.method, ({ findings, silenced }: FindingsParams) => {
    tree.show(findings, silenced);
    profiling.analysed();
  });
  // The editor need not wait for the server; its first words arrive when it is up.
  running
    .start()
    .then(() => verifying.ready())
    .then(() => profiling.ready())
    .catch((error: unknown) => {
      output.error(error instanceof Error ? error : String(error));
      status.failed();
    });
  return { findings: () => tree.findings, marks: profiling.marks, reports: verifying.reports };
}

/** Verifying findings, race runs, imported logs. */
function startVerifying(
  context: vscode.ExtensionContext,
  client: LanguageClient,
  tree: FindingsTree,
  chosen: VerifyParts["chosen"],
  jobs: Jobs,
) {
  const host = { client, findings: () => tree.findings, silenced: () => tree.silenced, chosen };
  const verdicts = new Verdicts(context, host.client);
  const reports = new Reports(host.client, verdicts, () => [...host.findings(), ...host.silenced()]);
  const log = vscode.window.createOutputChannel("Maprace Verification", "go-race-log");
  const verifier = new Verifier(context, host.client, jobs, verdicts, reports, log);
  const watch = new MapWatch(reports);
  context.subscriptions.push(log, reports, new ReportsTree(reports), new DelveAdapters(log), watch);
  context.subscriptions.push(
    vscode.languages.registerDocumentLinkProvider({ language: "go-race-log" }, new FrameLinks(host.client)),
  );
  const own = {
    ...verifyCommands({ ...host, verdicts, verifier, reports }),
    ...debugCommands(host.client, watch, context.storageUri ?? context.globalStorageUri, host.chosen),
  };
  for (const [id, run] of Object.entries(own)) context.subscriptions.push(vscode.commands.registerCommand(id, run));
  host.client.onDidChangeState(({ newState }) => {
    if (newState === State.Running) void verdicts.publish();
  });
  return { verifier, reports: () => reports.reports, ready: () => verdicts.publish() };
}

/** Collecting, painting and showing contention. */
function startProfiling(
  context: vscode.ExtensionContext,
  client: LanguageClient,
  output: vscode.LogOutputChannel,
  jobs: Jobs,
  verifier: Verifier,
) {
  const runs = new Runs(context, client);
  const collector = new Collector(context, runs, jobs, output);
  const overlay = new Overlay(client, context.workspaceState);
  const flame = new FlameEditor(client, context.extensionUri);
  const timeline = new TimelineEditor(client, context.extensionUri);
  const tests = new TestProfiles(client, collector, verifier);
  const parts = { client, memory: context.workspaceState, runs, collector, overlay, flame };
  context.subscriptions.push(runs, overlay, tests, new ContentionTree(runs), flame.register(), timeline.register());
  const ids = { ...profilingCommands(parts), ...timelineCommands(timeline, () => runs.traces()) };
  for (const [id, run] of Object.entries(ids)) context.subscriptions.push(vscode.commands.registerCommand(id, run));
  client.onNotification(overlayChanged.method, () => overlay.refresh());
  client.onDidChangeState(({ newState }) => {
    // A server that was started anew knows no run yet.
    if (newState === State.Running) void runs.reload();
  });
  return {
    marks: (document: vscode.TextDocument) => overlay.marksOf(document),
    analysed: () => void runs.refresh(),
    ready: async () => {
      tests.start();
      await runs.restore();
    },
  };
}

export async function deactivate(): Promise<void> {
  await client?.stop();
}

function isFindingRow(row: unknown): row is Extract<Row, { kind: "finding" }> {
  return typeof row === "object" && row !== null && "kind" in row && row.kind === "finding";
}

async function scan(running: LanguageClient): Promise<void> {
  const result = await running.sendRequest<ScanResult>(scanWorkspace.method, {});
  const text = vscode.l10n.t("{0} findings in {1} packages", result.findings, result.packages);
  vscode.window.setStatusBarMessage(`Maprace: ${text}`, 10_000);
}
