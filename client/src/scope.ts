import * as vscode from "vscode";
import type { Scope } from "../../common/src/scope.ts";

/** Asks how much is to be analysed and writes it down for the workspace. */
export async function chooseScope(): Promise<void> {
  const configuration = vscode.workspace.getConfiguration("maprace");
  const current = configuration.get<string>("scope", "auto");
  const item = (scope: Scope | "auto", label: string, detail: string) => ({
    scope,
    label,
    detail,
    ...(scope === current ? { description: vscode.l10n.t("in force") } : {}),
  });
  const items = [
    item(
      "auto",
      vscode.l10n.t("As much as possible"),
      vscode.l10n.t("less where memory or time run out, until they allow more"),
    ),
    item("full", vscode.l10n.t("Everything"), vscode.l10n.t("less only where the server would run out of memory")),
    item(
      "changed",
      vscode.l10n.t("Changed packages"),
      vscode.l10n.t("those with open or changed files, and what imports them"),
    ),
    item("open", vscode.l10n.t("Open packages"), vscode.l10n.t("those with open files")),
    item("paused", vscode.l10n.t("Nothing"), vscode.l10n.t("no findings until something else is chosen")),
  ];
  const picked = await vscode.window.showQuickPick(items, { title: vscode.l10n.t("Analyse") });
  if (picked === undefined) return;
  const target =
    vscode.workspace.workspaceFolders === undefined
      ? vscode.ConfigurationTarget.Global
      : vscode.ConfigurationTarget.Workspace;
  await configuration.update("scope", picked.scope === "auto" ? undefined : picked.scope, target);
}
