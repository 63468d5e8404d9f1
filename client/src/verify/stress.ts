import * as path from "node:path";
import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import type { Dossier, StressTest } from "../../../common/src/dossier.ts";
import type { Finding } from "../../../common/src/finding.ts";
import { dossier } from "../../../common/src/protocol.ts";
import type { Verifier } from "./verifier.ts";

/** Runs a generated stress test of a finding by an overlay, and offers it as a file. */
export async function generateStress(client: LanguageClient, verifier: Verifier, finding: Finding): Promise<void> {
  const uri = vscode.Uri.file(finding.primary.location.path).toString();
  const { fingerprint } = finding;
  const about = await client.sendRequest<Dossier | null>(dossier.method, { uri, fingerprint });
  if (about === null) return;
  if (typeof about.stress === "string") {
    void vscode.window.showInformationMessage(vscode.l10n.t("No stress test can be written: {0}.", about.stress));
    return;
  }
  const { stress } = about;
  const document = await vscode.workspace.openTextDocument({ language: "go", content: stress.source });
  await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.Beside, preview: true });
  const run = vscode.l10n.t("Run It");
  const save = vscode.l10n.t("Save in the Package");
  const text = vscode.l10n.t(
    "It shows whether the functions are unsafe when called concurrently, not that the program calls them so.",
  );
  const picked = await vscode.window.showInformationMessage(text, run, save);
  if (picked === run) await verifier.stress(finding, stress);
  else if (picked === save) await keep(stress);
}

async function keep({ dir, source }: StressTest): Promise<void> {
  const target = vscode.Uri.file(path.join(dir, "maprace_stress_test.go"));
  const edit = new vscode.WorkspaceEdit();
  // A file that is there already is not overwritten.
  edit.createFile(target, { overwrite: false, contents: new TextEncoder().encode(source) });
  if (await vscode.workspace.applyEdit(edit)) await vscode.window.showTextDocument(target);
  else void vscode.window.showErrorMessage(vscode.l10n.t("{0} is there already.", target.fsPath));
}
