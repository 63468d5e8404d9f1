import { randomBytes } from "node:crypto";
import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import { commands } from "../../common/src/commands.ts";
import type { AccessAnswer, Finding, Location } from "../../common/src/finding.ts";
import { explainFinding, findingAt, whySilent } from "../../common/src/protocol.ts";
import { open } from "./views/findings.ts";

/** Links of the page as the server writes them: `file:` address, line, column. */
const link = /\]\((file:\/\/[^)#]*)#(\d+),(\d+)\)/g;

/** The explain page: Markdown from the server, drawn by the editor's own renderer in a panel without scripts. */
export class ExplainPage implements vscode.Disposable {
  #panel: vscode.WebviewPanel | undefined;

  async show(client: LanguageClient, finding: Finding): Promise<void> {
    const params = { uri: vscode.Uri.file(finding.primary.location.path).toString(), fingerprint: finding.fingerprint };
    const page = await client.sendRequest<{ markdown: string } | null>(explainFinding.method, params);
    if (page === null) return;
    const markdown = page.markdown.replace(link, (_, uri: string, line: string, column: string) => {
      const args = encodeURIComponent(JSON.stringify([uri, Number(line), Number(column)]));
      return `](command:${commands.openLocation.id}?${args})`;
    });
    const body = await vscode.commands.executeCommand<string>("markdown.api.render", markdown);
    this.#panel ??= this.#create();
    this.#panel.title = `${finding.rule} ${finding.map}`;
    this.#panel.webview.html = html(body);
    this.#panel.reveal(undefined, true);
  }

  #create(): vscode.WebviewPanel {
    const options = { enableScripts: false, enableCommandUris: [commands.openLocation.id], localResourceRoots: [] };
    const panel = vscode.window.createWebviewPanel("maprace.explain", "Maprace", vscode.ViewColumn.Beside, options);
    panel.onDidDispose(() => {
      this.#panel = undefined;
    });
    return panel;
  }

  dispose(): void {
    this.#panel?.dispose();
  }
}

function html(body: string): string {
  const nonce = randomBytes(16).toString("base64");
  const policy = `default-src 'none'; style-src 'nonce-${nonce}'`;
  return `<!DOCTYPE html><html><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}">
<style nonce="${nonce}">
body { font-family: var(--vscode-font-family); color: var(--vscode-foreground); padding: 0 1.5em 2em; line-height: 1.5; max-width: 60em; }
h1, h2 { border-bottom: 1px solid var(--vscode-widget-border, transparent); padding-bottom: 0.2em; font-weight: 600; }
h1 { font-size: 1.5em; } h2 { font-size: 1.2em; } h3 { font-size: 1em; }
code, pre { font-family: var(--vscode-editor-font-family); font-size: var(--vscode-editor-font-size); }
code { color: var(--vscode-textPreformat-foreground); }
pre { background: var(--vscode-textCodeBlock-background); padding: 0.8em; overflow-x: auto; }
pre code { color: inherit; }
a { color: var(--vscode-textLink-foreground); text-decoration: none; }
a:hover, a:focus { text-decoration: underline; }
</style></head><body>${body}</body></html>`;
}

/** Opens a place that a finding names; anything else is refused, whoever asks. */
export async function openLocation(
  findings: readonly Finding[],
  uri: unknown,
  line: unknown,
  column: unknown,
): Promise<void> {
  if (typeof uri !== "string" || !Number.isInteger(line) || !Number.isInteger(column)) return;
  const target = vscode.Uri.parse(uri, true);
  const known = findings
    .flatMap(placesOf)
    .find((at) => at.path === target.path && at.line === line && at.column === column);
  if (known === undefined) return;
  const command = open(known);
  await vscode.commands.executeCommand(command.command, ...(command.arguments ?? []));
}

function placesOf(finding: Finding): Location[] {
  return [finding.primary, finding.other, ...finding.more].flatMap((report) => [
    report.location,
    ...(report.start === undefined ? [] : [report.start.location]),
    ...report.path.map((step) => step.location),
  ]);
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
    const told = report.path.some(
      (step) =>
        step.location.path === report.start?.location.path && step.location.start === report.start.location.start,
    );
    const start =
      report.start === undefined || told
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

/** Says of each map access on the cursor's line why nothing likely is reported. */
export async function explainSilence(client: LanguageClient): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined) return;
  const params = { uri: editor.document.uri.toString(), line: editor.selection.active.line };
  const answers = await client.sendRequest<readonly AccessAnswer[]>(whySilent.method, params);
  if (answers.length === 0) {
    void vscode.window.showInformationMessage(vscode.l10n.t("No map is accessed on this line."));
    return;
  }
  await vscode.window.showQuickPick(
    answers.map(({ map, kind, answer }) => ({ label: `${kind} ${map}`, detail: answer })),
    { title: vscode.l10n.t("Why Silent Here?") },
  );
}
