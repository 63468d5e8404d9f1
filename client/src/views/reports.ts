import * as vscode from "vscode";
import type { Reports, ShownFrame, ShownReport, ShownStack } from "../verify/reports.ts";

type Row =
  | { readonly kind: "group"; readonly ofMaps: boolean; readonly reports: readonly ShownReport[] }
  | { readonly kind: "report"; readonly report: ShownReport }
  | { readonly kind: "stack"; readonly stack: ShownStack; readonly first: boolean }
  | { readonly kind: "frame"; readonly shown: ShownFrame };

/** The Race Reports tree: races and crashes of maps, races on other memory, their stacks, their frames. */
export class ReportsTree implements vscode.TreeDataProvider<Row>, vscode.Disposable {
  readonly #reports: Reports;
  readonly #view: vscode.TreeView<Row>;
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.#changed.event;

  constructor(reports: Reports) {
    this.#reports = reports;
    this.#view = vscode.window.createTreeView("maprace.reports", { treeDataProvider: this, showCollapseAll: true });
    reports.onDidChange(() => this.#changed.fire(undefined));
  }

  getChildren(row?: Row): Row[] {
    if (row === undefined)
      return [true, false].flatMap((ofMaps): Row[] => {
        const reports = this.#reports.reports.filter((one) => one.ofMap === ofMaps);
        return reports.length === 0 ? [] : [{ kind: "group", ofMaps, reports }];
      });
    switch (row.kind) {
      case "group":
        return row.reports.map((report) => ({ kind: "report", report }));
      case "report":
        return row.report.stacks.map((stack, index) => ({ kind: "stack", stack, first: index < 2 }));
      case "stack":
        return row.stack.frames.map((shown) => ({ kind: "frame", shown }));
      case "frame":
        return [];
    }
  }

  getTreeItem(row: Row): vscode.TreeItem {
    const { Collapsed, Expanded, None } = vscode.TreeItemCollapsibleState;
    switch (row.kind) {
      case "group": {
        const label = row.ofMaps ? vscode.l10n.t("Maps") : vscode.l10n.t("Other memory");
        const item = new vscode.TreeItem(label, row.ofMaps ? Expanded : Collapsed);
        item.description = String(row.reports.length);
        return item;
      }
      case "report":
        return reportItem(row.report);
      case "stack": {
        const item = new vscode.TreeItem(row.stack.title, row.first ? Expanded : Collapsed);
        item.iconPath = new vscode.ThemeIcon("layers");
        if (row.stack.frames.length === 0) item.description = vscode.l10n.t("its stack could not be restored");
        return item;
      }
      case "frame":
        return frameItem(row.shown, None);
    }
  }

  dispose(): void {
    this.#view.dispose();
    this.#changed.dispose();
  }
}

function reportItem({ title, match, source, report }: ShownReport): vscode.TreeItem {
  const item = new vscode.TreeItem(title, vscode.TreeItemCollapsibleState.Collapsed);
  item.description =
    match === undefined ? source : vscode.l10n.t("{0} {1}, {2}", match.finding.rule, match.finding.map, source);
  item.tooltip = match === undefined ? vscode.l10n.t("No finding is at these lines.") : match.finding.message;
  const icon = report.kind === "crash" ? "flame" : "error";
  item.iconPath = new vscode.ThemeIcon(icon, new vscode.ThemeColor("list.errorForeground"));
  item.contextValue = "report";
  return item;
}

function frameItem({ frame, path }: ShownFrame, state: vscode.TreeItemCollapsibleState): vscode.TreeItem {
  const item = new vscode.TreeItem(frame.function.slice(frame.function.lastIndexOf("/") + 1), state);
  item.description = `${frame.file.slice(frame.file.lastIndexOf("/") + 1)}:${frame.line}`;
  item.tooltip = `${frame.function}\n${frame.file}:${frame.line}`;
  if (path === undefined) return item;
  const at = new vscode.Position(frame.line - 1, 0);
  item.command = {
    command: "vscode.open",
    title: "",
    arguments: [vscode.Uri.file(path), { selection: new vscode.Range(at, at), preview: true }],
  };
  return item;
}
