import * as vscode from "vscode";
import { commands } from "../../../common/src/commands.ts";
import type { CallSiteRow, FunctionRow, LockRow } from "../../../common/src/contention.ts";
import type { RunRecord } from "../../../common/src/runs.ts";
import type { Runs } from "../collect/runs.ts";

/** A row of the tree: a run, a lock, a call site, or the functions by what they wait. */
export type ContentionRow =
  | { readonly kind: "run"; readonly record: RunRecord }
  | { readonly kind: "note"; readonly text: string }
  | { readonly kind: "lock"; readonly lock: LockRow }
  | { readonly kind: "site"; readonly site: CallSiteRow }
  | { readonly kind: "guard"; readonly guard: LockRow["guards"][number] }
  | { readonly kind: "functions"; readonly rows: readonly FunctionRow[] }
  | { readonly kind: "function"; readonly row: FunctionRow };

/** The Contention tree: run, then lock, then call site. */
export class ContentionTree implements vscode.TreeDataProvider<ContentionRow>, vscode.Disposable {
  readonly #runs: Runs;
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #view: vscode.TreeView<ContentionRow>;

  constructor(runs: Runs) {
    this.#runs = runs;
    this.#view = vscode.window.createTreeView("maprace.contention", { treeDataProvider: this, showCollapseAll: true });
    runs.onDidChange(() => {
      const shown = runs.view;
      this.#view.description = shown === undefined || shown.runs.length === 0 ? "" : shown.title;
      this.#changed.fire(undefined);
    });
  }

  getChildren(row?: ContentionRow): ContentionRow[] {
    if (row === undefined) return this.#runs.records.map((record) => ({ kind: "run", record }));
    switch (row.kind) {
      case "run":
        return this.#below(row.record);
      case "lock":
        return [
          ...row.lock.guards.map((guard): ContentionRow => ({ kind: "guard", guard })),
          ...row.lock.hints.map((text): ContentionRow => ({ kind: "note", text })),
          ...row.lock.sites.map((site): ContentionRow => ({ kind: "site", site })),
        ];
      case "functions":
        return row.rows.map((one) => ({ kind: "function", row: one }));
      default:
        return [];
    }
  }

  /** Of the run that is shown: what was measured. */
  #below(record: RunRecord): ContentionRow[] {
    const shown = this.#runs.view;
    if (shown === undefined || shown.runs[0] !== record.id) return [];
    const notes = shown.notes.map((text): ContentionRow => ({ kind: "note", text }));
    const locks = shown.locks.map((lock): ContentionRow => ({ kind: "lock", lock }));
    if (locks.length === 0) notes.push({ kind: "note", text: vscode.l10n.t("No waits for locks were recorded.") });
    const functions: ContentionRow[] =
      shown.functions.length === 0 ? [] : [{ kind: "functions", rows: shown.functions }];
    return [...notes, ...locks, ...functions];
  }

  getTreeItem(row: ContentionRow): vscode.TreeItem {
    switch (row.kind) {
      case "run":
        return this.#runItem(row.record);
      case "note": {
        const item = new vscode.TreeItem(row.text);
        item.iconPath = new vscode.ThemeIcon("info");
        item.tooltip = row.text;
        return item;
      }
      case "lock":
        return lockItem(row.lock);
      case "guard": {
        const { map, findings } = row.guard;
        const item = new vscode.TreeItem(vscode.l10n.t("guards {0}", map));
        item.description = findings.length === 0 ? "" : vscode.l10n.t("{0} findings", findings.length);
        item.iconPath = new vscode.ThemeIcon(findings.length === 0 ? "shield" : "warning");
        return item;
      }
      case "site":
        return siteItem(row.site);
      case "functions":
        return new vscode.TreeItem(
          vscode.l10n.t("Functions, calls included"),
          vscode.TreeItemCollapsibleState.Collapsed,
        );
      case "function": {
        const item = new vscode.TreeItem(row.row.function);
        item.description = row.row.text;
        item.tooltip = row.row.text;
        if (row.row.path !== undefined && row.row.line > 0) item.command = openCommand(row.row.path, row.row.line);
        return item;
      }
    }
  }

  #runItem(record: RunRecord): vscode.TreeItem {
    const shown = this.#runs.view;
    const index = shown?.runs.indexOf(record.id) ?? -1;
    const state = index === 0 ? vscode.TreeItemCollapsibleState.Expanded : vscode.TreeItemCollapsibleState.None;
    const item = new vscode.TreeItem(record.label, state);
    item.id = `${record.id} ${index}`;
    item.contextValue = "run";
    const role = index >= 0 ? vscode.l10n.t("shown") : shown?.base === record.id ? vscode.l10n.t("compared with") : "";
    const when = new Date(record.time).toLocaleString(vscode.env.language);
    item.description = role === "" ? when : `${role} · ${when}`;
    item.tooltip = [record.label, when, record.command, ...record.notes].filter((text) => text !== "").join("\n");
    item.iconPath = new vscode.ThemeIcon(index >= 0 ? "eye" : "history");
    if (index < 0) item.command = { command: commands.showRun.id, title: "", arguments: [record.id] };
    return item;
  }

  dispose(): void {
    this.#view.dispose();
    this.#changed.dispose();
  }
}

function lockItem(lock: LockRow): vscode.TreeItem {
  const item = new vscode.TreeItem(lock.name, vscode.TreeItemCollapsibleState.Collapsed);
  item.description = lock.text;
  item.tooltip = `${lock.name}\n${lock.text}`;
  item.iconPath = new vscode.ThemeIcon("lock", heatColor(lock.heat));
  return item;
}

function siteItem(site: CallSiteRow): vscode.TreeItem {
  const file = (site.path ?? site.file).replace(/^.*[\\/]/, "");
  const item = new vscode.TreeItem(`${site.operation} ${file}:${site.line}`);
  item.description = site.text;
  item.tooltip = [site.function, site.path ?? site.file, site.text, stateText(site.state)]
    .filter((text) => text !== "")
    .join("\n");
  item.iconPath = new vscode.ThemeIcon(site.path === undefined ? "question" : "location", heatColor(site.heat));
  item.command = {
    command: commands.openSite.id,
    title: "",
    arguments: [site.path ?? site.file, site.line, site.path !== undefined],
  };
  return item;
}

function stateText(state: CallSiteRow["state"]): string {
  switch (state) {
    case "exact":
      return "";
    case "moved":
      return vscode.l10n.t("The line has moved since the run.");
    case "changed":
      return vscode.l10n.t("The line was changed since the run.");
    case "unsure":
      return vscode.l10n.t("The file is newer than the profile; the line may be another.");
    case "missing":
      return vscode.l10n.t("The line is not in this workspace's sources.");
  }
}

function heatColor(heat: number): vscode.ThemeColor {
  return new vscode.ThemeColor(`maprace.contention.${heat >= 1 / 3 ? "high" : heat >= 0.1 ? "medium" : "low"}`);
}

function openCommand(path: string, line: number): vscode.Command {
  return { command: commands.openSite.id, title: "", arguments: [path, line, true] };
}
