import * as vscode from "vscode";
import { goTools } from "./tools.ts";

/** Opens files in `go tool pprof`'s or `go tool trace`'s own web page, in a terminal that the user sees and ends. No shell reads the arguments. */
export async function openInGoTool(tool: "pprof" | "trace", files: readonly string[]): Promise<void> {
  if (files.length === 0) return;
  if (!vscode.workspace.isTrusted) {
    void vscode.window.showWarningMessage(vscode.l10n.t("Programs are started in a trusted workspace only."));
    return;
  }
  const { go, env } = await goTools(undefined);
  const strings = Object.fromEntries(Object.entries(env).map(([key, value]) => [key, value ?? null]));
  const terminal = vscode.window.createTerminal({
    name: `go tool ${tool}`,
    shellPath: go,
    shellArgs: ["tool", tool, "-http=localhost:0", ...files],
    env: strings,
  });
  terminal.show();
}
