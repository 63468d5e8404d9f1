import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import type { Finding } from "../../common/src/finding.ts";
import { explainFinding, findingAt } from "../../common/src/protocol.ts";
import { open } from "./views/findings.ts";

/** The explain page is a read-only Markdown document, shown in the editor's own preview. */
export class ExplainPages implements vscode.TextDocumentContentProvider {
  static readonly scheme = "maprace-explain";
  readonly #pages = new Map<string, string>();

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.#pages.get(uri.query) ?? vscode.l10n.t("This finding is gone.");
  }

  async show(client: LanguageClient, finding: Finding): Promise<void> {
    const params = { uri: vscode.Uri.file(finding.primary.location.path).toString(), fingerprint: finding.fingerprint };
    const page = await client.sendRequest<{ markdown: string } | null>(explainFinding.method, params);
    if (page === null) return;
    this.#pages.set(finding.fingerprint, page.markdown);
    const uri = vscode.Uri.from({
      scheme: ExplainPages.scheme,
      path: `/${finding.rule} ${finding.map}.md`,
      query: finding.fingerprint,
    });
    await vscode.commands.executeCommand("markdown.showPreview", uri);
  }
}

/** The finding at the cursor; a message where there is none. */
export async function findingAtCursor(client: LanguageClient): Promise<Finding | undefined> {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined) return undefined;
  const params = { uri: editor.document.uri.toString(), line: editor.selection.active.line };
  const finding = await client.sendRequest<Finding | null>(findingAt.method, params);
  if (finding === null) void vscode.window.showInformationMessage(vscode.l10n.t("No finding on this line."));
  return finding ?? undefined;
}

/** Lets the user walk from the goroutine starts to the two accesses. */
export async function showAccessPath(finding: Finding): Promise<void> {
  const steps = [finding.primary, finding.other].flatMap((report, index) => {
    const who = index === 0 ? vscode.l10n.t("first goroutine") : vscode.l10n.t("second goroutine");
    const start =
      report.start === undefined
        ? []
        : [
            {
              label: `$(play) ${report.start.label}`,
              description: `${who}: ${report.start.function}`,
              location: report.start.location,
            },
          ];
    const path = report.path.map((step) => ({
      label: `$(arrow-right) ${step.function}`,
      description: step.text,
      location: step.location,
    }));
    const locks =
      report.locks.length === 0 ? vscode.l10n.t("no lock held") : vscode.l10n.t("holding {0}", report.locks.join(", "));
    return [
      ...start,
      ...path,
      {
        label: `$(warning) ${report.kind} ${finding.map}`,
        description: `${report.function}, ${locks}`,
        location: report.location,
      },
    ];
  });
  const picked = await vscode.window.showQuickPick(steps, {
    title: finding.message,
    placeHolder: vscode.l10n.t("Go to a step"),
    matchOnDescription: true,
  });
  if (picked === undefined) return;
  const command = open(picked.location);
  await vscode.commands.executeCommand(command.command, ...(command.arguments ?? []));
}
