import * as vscode from "vscode";
import { commands } from "../../common/src/commands.ts";
import type { StatusParams } from "../../common/src/protocol.ts";

/** The one language status item: what the server does and how much it found. */
export class Status implements vscode.Disposable {
  readonly #item = vscode.languages.createLanguageStatusItem("maprace.status", { language: "go" });

  constructor() {
    this.#item.name = "Maprace";
    this.#item.text = "Maprace";
    this.#item.command = { command: commands.showOutput.id, title: vscode.l10n.t("Show Output") };
  }

  show({ state, message, findings }: StatusParams): void {
    this.#item.busy = state === "scanning";
    this.#item.severity =
      state === "error" ? vscode.LanguageStatusSeverity.Error : vscode.LanguageStatusSeverity.Information;
    this.#item.text =
      state === "scanning" ? vscode.l10n.t("Maprace: scanning") : vscode.l10n.t("Maprace: {0} findings", findings);
    if (message !== "") this.#item.detail = message;
  }

  dispose(): void {
    this.#item.dispose();
  }
}
