import * as vscode from "vscode";

/** Jobs that run code of the workspace: trust, progress with elapsed time, cancel, and an end when the window closes. */
export class Jobs implements vscode.Disposable {
  readonly #running = new Set<AbortController>();

  /** Runs a job under a notification that can be cancelled. `outer` cancels it too. */
  run<T>(
    title: string,
    outer: vscode.CancellationToken | undefined,
    job: (signal: AbortSignal, progress: (text: string) => void) => Promise<T>,
  ): Thenable<T> {
    const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
    return vscode.window.withProgress(options, async (progress, token) => {
      const controller = new AbortController();
      this.#running.add(controller);
      const began = Date.now();
      let doing = "";
      const tick = () => progress.report({ message: `${doing} ${Math.round((Date.now() - began) / 1000)} s` });
      const timer = setInterval(tick, 1000);
      const stops = [token, outer].map((one) => one?.onCancellationRequested(() => controller.abort()));
      try {
        return await job(controller.signal, (text) => {
          doing = text;
          tick();
        });
      } finally {
        clearInterval(timer);
        this.#running.delete(controller);
        for (const stop of stops) stop?.dispose();
      }
    });
  }

  dispose(): void {
    for (const one of this.#running) one.abort();
  }
}

/** Is the workspace trusted? Where it is not, the user is told why that matters, and offered to change it. */
export async function isTrusted(reason: string): Promise<boolean> {
  if (vscode.workspace.isTrusted) return true;
  const manage = vscode.l10n.t("Manage Trust");
  if ((await vscode.window.showWarningMessage(reason, manage)) === manage)
    await vscode.commands.executeCommand("workbench.trust.manage");
  return false;
}

/** A message no longer than a notification takes. */
export function short(text: string): string {
  return text.length <= 400 ? text : `${text.slice(0, 400)}…`;
}
