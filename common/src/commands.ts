/** Palette commands; the manifest's entries are generated from these. */
export interface Command {
  readonly id: string;
  readonly title: string;
  readonly icon?: string;
  /** `when` of the palette entry. */
  readonly when?: string;
  /** Shown in the editor's context menu of Go files. */
  readonly editor?: boolean;
}

export const commands = {
  scanWorkspace: { id: "maprace.scanWorkspace", title: "Scan Workspace", icon: "$(search)" },
  explainFinding: { id: "maprace.explainFinding", title: "Explain Finding", when: "editorLangId == go", editor: true },
  showAccessPath: { id: "maprace.showAccessPath", title: "Show Access Path", when: "editorLangId == go", editor: true },
  openLocation: { id: "maprace.openLocation", title: "Open Location", when: "false" },
  showOutput: { id: "maprace.showOutput", title: "Show Output" },
  restart: { id: "maprace.restart", title: "Restart Language Server" },
} as const satisfies Record<string, Command>;
