import { readFile, stat } from "node:fs/promises";
import * as path from "node:path";
import * as vscode from "vscode";
import { schedChart } from "../../../common/src/evidence/schedtrace.ts";
import type { Reports } from "./reports.ts";

/** Logs above this are refused: the command line reads them in pieces. */
const maxBytes = 64 << 20;

interface Source {
  readonly label: string;
  readonly text: string;
}

/** Imports a log from a file, the clipboard or the terminal's selection, and says what was in it. */
export async function importReport(reports: Reports, chosen?: vscode.Uri): Promise<void> {
  try {
    const source = chosen === undefined ? await ask() : await fromFile(chosen);
    if (source === undefined) return;
    const origin = { label: source.label, command: `imported from ${source.label}`, toolchain: "", seconds: 0 };
    const added = await reports.add(source.text, origin);
    const ofMaps = added.filter(({ ofMap }) => ofMap).length;
    const joined = added.filter(({ match }) => match !== undefined).length;
    const chart = schedChart(source.text);
    if (chart !== undefined) await showChart(source.label, chart);
    if (added.length === 0) {
      if (chart !== undefined) return;
      void vscode.window.showWarningMessage(
        vscode.l10n.t(
          "{0} holds no race report, no fatal error of concurrent map use and no scheduler trace.",
          source.label,
        ),
      );
      return;
    }
    await vscode.commands.executeCommand("maprace.reports.focus");
    const text = vscode.l10n.t(
      "reports: {0}, of maps: {1}, at the lines of findings: {2}",
      added.length,
      ofMaps,
      joined,
    );
    vscode.window.setStatusBarMessage(`Maprace: ${text}`, 10_000);
  } catch (error) {
    void vscode.window.showErrorMessage(error instanceof Error ? error.message : String(error));
  }
}

/** A log of `GODEBUG=schedtrace=N` says how busy the processors were while goroutines waited. */
async function showChart(label: string, chart: string): Promise<void> {
  const document = await vscode.workspace.openTextDocument({ content: `${label}\n${chart}` });
  await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true });
}

async function ask(): Promise<Source | undefined> {
  const file = { label: `$(file) ${vscode.l10n.t("From a file...")}`, run: askFile };
  const clipboard = { label: `$(clippy) ${vscode.l10n.t("From the clipboard")}`, run: fromClipboard };
  const terminal = { label: `$(terminal) ${vscode.l10n.t("From the terminal's selection")}`, run: fromTerminal };
  const document = vscode.window.activeTextEditor?.document;
  const open =
    document === undefined || document.languageId === "go"
      ? []
      : [
          {
            label: `$(go-to-file) ${vscode.l10n.t("From {0}", path.basename(document.fileName))}`,
            run: async () => ({ label: path.basename(document.fileName), text: document.getText() }),
          },
        ];
  const items = [...open, file, clipboard, ...(vscode.window.activeTerminal === undefined ? [] : [terminal])];
  const picked = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t("Import Race Report or Crash Log"),
    placeHolder: vscode.l10n.t("Where is it?"),
  });
  return picked?.run();
}

async function askFile(): Promise<Source | undefined> {
  const uris = await vscode.window.showOpenDialog({ title: vscode.l10n.t("Import Race Report or Crash Log") });
  return uris?.[0] === undefined ? undefined : fromFile(uris[0]);
}

async function fromFile({ fsPath }: vscode.Uri): Promise<Source> {
  const about = await stat(fsPath);
  if (!about.isFile()) throw new Error(vscode.l10n.t("{0} is not a file.", fsPath));
  if (about.size > maxBytes)
    throw new Error(vscode.l10n.t("{0} is too large for the editor; `maprace report` reads it.", fsPath));
  return { label: path.basename(fsPath), text: await readFile(fsPath, "utf8") };
}

async function fromClipboard(): Promise<Source> {
  return { label: vscode.l10n.t("the clipboard"), text: await vscode.env.clipboard.readText() };
}

/** The terminal hands out its selection through the clipboard alone, which is put back. */
async function fromTerminal(): Promise<Source> {
  const before = await vscode.env.clipboard.readText();
  await vscode.commands.executeCommand("workbench.action.terminal.copySelection");
  const text = await vscode.env.clipboard.readText();
  await vscode.env.clipboard.writeText(before);
  return { label: vscode.l10n.t("the terminal"), text };
}
