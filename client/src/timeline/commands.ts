import { basename } from "node:path";
import * as vscode from "vscode";
import { commands } from "../../../common/src/commands.ts";
import type { RunRecord } from "../../../common/src/runs.ts";
import type { TimelineEditor } from "./editor.ts";

/** Which traces there are: those of the shown run first. */
type Traces = () => readonly { readonly record: RunRecord; readonly path: string }[];

export function timelineCommands(
  editor: TimelineEditor,
  traces: Traces,
): Readonly<Record<string, (...args: unknown[]) => unknown>> {
  return {
    [commands.showTimeline.id]: async (target) => {
      const file = target instanceof vscode.Uri ? target.fsPath : await chooseTrace(traces());
      if (file !== undefined) await editor.show(file, "");
    },
    [commands.showLineInTimeline.id]: async () => {
      const shown = vscode.window.activeTextEditor;
      if (shown === undefined) return;
      const line = `${basename(shown.document.uri.fsPath)}:${shown.selection.active.line + 1}`;
      const file = editor.last ?? (await chooseTrace(traces()));
      if (file !== undefined) await editor.show(file, line);
    },
  };
}

async function chooseTrace(traces: ReturnType<Traces>): Promise<string | undefined> {
  const [first] = traces;
  if (first !== undefined && traces.length === 1) return first.path;
  if (first === undefined) {
    const [chosen] =
      (await vscode.window.showOpenDialog({
        title: vscode.l10n.t("Open an execution trace"),
        filters: { [vscode.l10n.t("Execution traces")]: ["trace", "out"], [vscode.l10n.t("All files")]: ["*"] },
      })) ?? [];
    return chosen?.fsPath;
  }
  const items = traces.map(({ record, path }) => ({ label: record.label, description: basename(path), path }));
  return (await vscode.window.showQuickPick(items, { title: vscode.l10n.t("Which trace?") }))?.path;
}
