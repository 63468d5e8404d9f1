import * as vscode from "vscode";
import type { CallSiteRow } from "../../../common/src/contention.ts";
import type { Runs } from "../collect/runs.ts";

/** Goes from one measured call site to the next, the hottest first. */
export class Hotspots {
  readonly #runs: Runs;

  constructor(runs: Runs) {
    this.#runs = runs;
  }

  async go(step: 1 | -1): Promise<void> {
    const sites = (this.#runs.view?.locks ?? [])
      .flatMap((lock) => lock.sites)
      .filter((site) => site.path !== undefined && site.state !== "missing")
      .sort((a, b) => b.heat - a.heat);
    if (sites.length === 0) {
      void vscode.window.showInformationMessage(
        vscode.l10n.t("No hotspots: nothing was measured in this workspace's sources."),
      );
      return;
    }
    const at = sites.findIndex(isAtCursor);
    const next = at < 0 ? (step > 0 ? 0 : sites.length - 1) : (at + step + sites.length) % sites.length;
    const site = sites[next];
    if (site?.path === undefined) return;
    await openPlace(site.path, site.line);
    const text = `${next + 1}/${sites.length}: ${site.operation} · ${site.text}`;
    vscode.window.setStatusBarMessage(`Maprace ${text}`, 8000);
  }
}

function isAtCursor(site: CallSiteRow): boolean {
  const editor = vscode.window.activeTextEditor;
  return editor?.document.uri.fsPath === site.path && editor?.selection.active.line === site.line - 1;
}

export async function openPlace(file: string, line: number): Promise<void> {
  const position = new vscode.Position(Math.max(0, line - 1), 0);
  await vscode.window.showTextDocument(vscode.Uri.file(file), {
    selection: new vscode.Range(position, position),
    preview: true,
  });
}

/** Opens what a profile names. A place that the workspace does not know is asked about first; a path of another machine is refused. */
export async function openSite(file: unknown, line: unknown, known: unknown): Promise<void> {
  if (typeof file !== "string" || typeof line !== "number" || !Number.isInteger(line)) return;
  if (/^(\\\\|\/\/)/.test(file)) {
    void vscode.window.showErrorMessage(vscode.l10n.t("{0} is a path of another machine; it is not opened.", file));
    return;
  }
  if (known !== true) {
    const open = vscode.l10n.t("Open");
    const text = vscode.l10n.t("{0} is not a source of this workspace. Open it?", file);
    if ((await vscode.window.showWarningMessage(text, open)) !== open) return;
  }
  await openPlace(file, line);
}
