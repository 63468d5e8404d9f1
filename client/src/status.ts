import * as vscode from "vscode";
import { commands } from "../../common/src/commands.ts";
import type { StatusParams } from "../../common/src/protocol.ts";
import type { Scope } from "../../common/src/scope.ts";

/** The one language status item: what the server does and how much it found. */
export class Status implements vscode.Disposable {
  readonly #item = vscode.languages.createLanguageStatusItem("maprace.status", { language: "go" });

  constructor() {
    this.#item.name = "Maprace";
    this.#item.text = "Maprace";
  }

  show({ state, message, findings, scope, limits }: StatusParams): void {
    this.#item.busy = state === "scanning";
    const { Error: error, Warning: warning, Information: information } = vscode.LanguageStatusSeverity;
    this.#item.severity = state === "error" ? error : limits.length > 0 ? warning : information;
    this.#item.text = state === "scanning" ? vscode.l10n.t("Maprace: scanning") : found(findings, scope);
    if (limits.length > 0) this.#item.detail = limits.join("; ");
    else if (message !== "") this.#item.detail = message;
    // Whoever is told that something is left out may want to change it.
    this.#item.command =
      limits.length > 0
        ? { command: commands.chooseScope.id, title: vscode.l10n.t("Change") }
        : { command: commands.showOutput.id, title: vscode.l10n.t("Show Output") };
  }

  /** There is no server. */
  failed(): void {
    const message = vscode.l10n.t("The language server did not start, see the output.");
    this.show({ state: "error", message, findings: 0, scope: "paused", limits: [] });
  }

  dispose(): void {
    this.#item.dispose();
  }
}

function found(findings: number, scope: Scope): string {
  switch (scope) {
    case "full":
      return vscode.l10n.t("Maprace: {0} findings", findings);
    case "changed":
      return vscode.l10n.t("Maprace: {0} findings in changed packages", findings);
    case "open":
      return vscode.l10n.t("Maprace: {0} findings in open packages", findings);
    case "paused":
      return vscode.l10n.t("Maprace: paused");
  }
}
