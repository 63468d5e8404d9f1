import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import { commands } from "../../common/src/commands.ts";
import type { Finding } from "../../common/src/finding.ts";
import {
  type FindingsParams,
  findingsChanged,
  type ScanResult,
  type StatusParams,
  scanWorkspace,
  statusChanged,
} from "../../common/src/protocol.ts";
import { createClient } from "./connection.ts";
import { ExplainPage, findingAtCursor, openLocation, showAccessPath } from "./explain.ts";
import { Status } from "./status.ts";
import { FindingsTree, type Row } from "./views/findings.ts";

let client: LanguageClient | undefined;

/** What other extensions and the tests may ask. */
export interface Api {
  findings(): readonly Finding[];
}

export function activate(context: vscode.ExtensionContext): Api {
  const output = vscode.window.createOutputChannel("Maprace", { log: true });
  const status = new Status();
  const tree = new FindingsTree();
  const pages = new ExplainPage();
  const running = createClient(context, output);
  client = running;
  running.onNotification(findingsChanged.method, ({ findings }: FindingsParams) => tree.show(findings));
  running.onNotification(statusChanged.method, (params: StatusParams) => status.show(params));
  const command = (id: string, run: (...args: unknown[]) => unknown) => vscode.commands.registerCommand(id, run);
  const chosen = async (row: unknown) => (isFindingRow(row) ? row.finding : await findingAtCursor(running));
  context.subscriptions.push(
    output,
    status,
    tree,
    pages,
    command(commands.openLocation.id, (uri, line, column) => openLocation(tree.findings, uri, line, column)),
    command(commands.scanWorkspace.id, () => scan(running)),
    command(commands.showOutput.id, () => output.show()),
    command(commands.restart.id, () => running.restart()),
    command(commands.explainFinding.id, async (row) => {
      const finding = await chosen(row);
      if (finding !== undefined) await pages.show(running, finding);
    }),
    command(commands.showAccessPath.id, async (row) => {
      const finding = await chosen(row);
      if (finding !== undefined) await showAccessPath(finding);
    }),
  );
  // The editor need not wait for the server; its first words arrive when it is up.
  running.start().catch((error: unknown) => {
    output.error(error instanceof Error ? error : String(error));
    status.show({
      state: "error",
      message: vscode.l10n.t("The language server did not start, see the output."),
      findings: 0,
    });
  });
  return { findings: () => tree.findings };
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
