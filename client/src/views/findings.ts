import * as vscode from "vscode";
import type { AccessReport, Finding, Location } from "../../../common/src/finding.ts";

/** A row of the tree: a confidence, a map, a finding or one of its places. */
export type Row =
  | { readonly kind: "group"; readonly confidence: string; readonly findings: readonly Finding[] }
  | { readonly kind: "finding"; readonly finding: Finding }
  | { readonly kind: "place"; readonly label: string; readonly detail: string; readonly location: Location };

/** The Findings tree: confidence, then finding, then its accesses and goroutine starts. */
export class FindingsTree implements vscode.TreeDataProvider<Row>, vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #view: vscode.TreeView<Row>;
  #findings: readonly Finding[] = [];
  #silenced: readonly Finding[] = [];

  constructor() {
    this.#view = vscode.window.createTreeView("maprace.findings", { treeDataProvider: this, showCollapseAll: true });
    this.#view.message = vscode.l10n.t("No findings.");
  }

  get findings(): readonly Finding[] {
    return this.#findings;
  }

  /** Suppressed, intended and refuted ones: listed apart. */
  get silenced(): readonly Finding[] {
    return this.#silenced;
  }

  show(findings: readonly Finding[], silenced: readonly Finding[]): void {
    this.#findings = findings;
    this.#silenced = silenced;
    this.#view.badge =
      findings.length === 0
        ? undefined
        : { value: findings.length, tooltip: vscode.l10n.t("{0} map race findings", findings.length) };
    this.#view.message = findings.length > 0 ? "" : vscode.l10n.t("No findings.");
    this.#changed.fire(undefined);
  }

  getChildren(row?: Row): Row[] {
    if (row === undefined) {
      const groups = ["confirmed", "likely", "possible"].map((confidence) => ({
        confidence,
        findings: this.#findings.filter((one) => one.confidence === confidence),
      }));
      return [...groups, { confidence: "silenced", findings: this.#silenced }]
        .filter(({ findings }) => findings.length > 0)
        .map((group) => ({ kind: "group", ...group }));
    }
    if (row.kind === "group") return row.findings.map((finding) => ({ kind: "finding", finding }));
    return row.kind === "finding" ? places(row.finding) : [];
  }

  getTreeItem(row: Row): vscode.TreeItem {
    switch (row.kind) {
      case "group": {
        const { Collapsed, Expanded } = vscode.TreeItemCollapsibleState;
        const item = new vscode.TreeItem(
          groupLabel(row.confidence),
          row.confidence === "silenced" ? Collapsed : Expanded,
        );
        item.description = String(row.findings.length);
        return item;
      }
      case "finding": {
        const { finding } = row;
        const item = new vscode.TreeItem(`${finding.map}: ${finding.rule}`, vscode.TreeItemCollapsibleState.Collapsed);
        item.id = finding.fingerprint + finding.primary.location.start;
        item.description = `${vscode.workspace.asRelativePath(finding.primary.location.path)}:${finding.primary.location.line}`;
        const { judgement } = finding;
        const badge = judgement?.badge ?? groupLabel(finding.confidence);
        item.tooltip = [`${badge}: ${finding.message}`, finding.reason, judgement?.verdict?.evidence ?? ""].join("\n");
        item.iconPath =
          finding.confidence === "confirmed"
            ? new vscode.ThemeIcon("error", new vscode.ThemeColor("list.errorForeground"))
            : new vscode.ThemeIcon("warning", new vscode.ThemeColor("list.warningForeground"));
        item.command = open(finding.primary.location);
        item.contextValue = "finding";
        return item;
      }
      case "place": {
        const item = new vscode.TreeItem(row.label);
        item.description = row.detail;
        item.command = open(row.location);
        return item;
      }
    }
  }

  dispose(): void {
    this.#view.dispose();
    this.#changed.dispose();
  }
}

function groupLabel(confidence: string): string {
  switch (confidence) {
    case "confirmed":
      return vscode.l10n.t("Confirmed");
    case "likely":
      return vscode.l10n.t("Likely");
    case "silenced":
      return vscode.l10n.t("Intended, suppressed or refuted");
    default:
      return vscode.l10n.t("Possible");
  }
}

function places(finding: Finding): Row[] {
  const rows: Row[] = [];
  const add = (label: string, report: AccessReport) => {
    const locks =
      report.locks.length === 0 ? vscode.l10n.t("no lock held") : vscode.l10n.t("holding {0}", report.locks.join(", "));
    rows.push({
      kind: "place",
      label: `${label}: ${report.kind}`,
      detail: `${report.function}, ${locks}`,
      location: report.location,
    });
    if (report.start !== undefined) {
      rows.push({
        kind: "place",
        label: `${vscode.l10n.t("goroutine")}: ${report.start.label}`,
        detail: report.start.function,
        location: report.start.location,
      });
    }
  };
  add(vscode.l10n.t("this access"), finding.primary);
  add(vscode.l10n.t("other access"), finding.other);
  return rows;
}

/** The command that shows a place in its file. */
export function open(location: Location): vscode.Command {
  const range = new vscode.Range(location.line - 1, location.column - 1, location.endLine - 1, location.endColumn - 1);
  return {
    command: "vscode.open",
    title: "",
    arguments: [vscode.Uri.file(location.path), { selection: range, preview: true }],
  };
}
