/** Palette commands; the manifest's entries are generated from these. */
export interface Command {
  readonly id: string;
  readonly title: string;
  readonly icon?: string;
  /** `when` of the palette entry. */
  readonly when?: string;
  /** Shown in the editor's context menu of Go files. */
  readonly editor?: boolean;
  /** Where it stands as a button: the title of a view, or a row of one. */
  readonly view?: { readonly id: string; readonly item?: string; readonly inline?: boolean };
}

const hasRun = "maprace.hasRun";

export const commands = {
  scanWorkspace: {
    id: "maprace.scanWorkspace",
    title: "Scan Workspace",
    icon: "$(search)",
    view: { id: "maprace.findings" },
  },
  explainFinding: {
    id: "maprace.explainFinding",
    title: "Explain Finding",
    when: "editorLangId == go",
    editor: true,
    view: { id: "maprace.findings", item: "finding" },
  },
  showAccessPath: {
    id: "maprace.showAccessPath",
    title: "Show Access Path",
    when: "editorLangId == go",
    view: { id: "maprace.findings", item: "finding" },
  },
  profileContention: {
    id: "maprace.profileContention",
    title: "Profile Contention...",
    icon: "$(flame)",
    editor: true,
    view: { id: "maprace.contention" },
  },
  profileRepeat: {
    id: "maprace.profileRepeat",
    title: "Repeat Last Profiling",
    icon: "$(debug-rerun)",
    view: { id: "maprace.contention" },
  },
  captureProcess: { id: "maprace.captureProcess", title: "Capture from Running Process..." },
  openProfile: { id: "maprace.openProfile", title: "Open Profile..." },
  comparePrevious: { id: "maprace.comparePrevious", title: "Compare with Previous Run", when: hasRun },
  compareProfiles: { id: "maprace.compareProfiles", title: "Compare Two Profiles...", when: hasRun },
  mergeRuns: { id: "maprace.mergeRuns", title: "Merge Runs...", when: hasRun },
  toggleOverlay: { id: "maprace.toggleOverlay", title: "Show/Hide Overlay", when: hasRun },
  chooseMetric: { id: "maprace.chooseMetric", title: "Choose Metric...", when: hasRun },
  nextHotspot: { id: "maprace.nextHotspot", title: "Next Hotspot", when: hasRun },
  previousHotspot: { id: "maprace.previousHotspot", title: "Previous Hotspot", when: hasRun },
  showFlameGraph: {
    id: "maprace.showFlameGraph",
    title: "Show Flame Graph",
    icon: "$(flame)",
    when: hasRun,
    view: { id: "maprace.contention", item: "run", inline: true },
  },
  openInPprof: {
    id: "maprace.openInPprof",
    title: "Open in go tool pprof",
    when: hasRun,
    view: { id: "maprace.contention", item: "run" },
  },
  removeRun: {
    id: "maprace.removeRun",
    title: "Remove Run",
    icon: "$(trash)",
    when: "false",
    view: { id: "maprace.contention", item: "run", inline: true },
  },
  clearProfiles: { id: "maprace.clearProfiles", title: "Clear Profile Data", when: hasRun },
  showRun: { id: "maprace.showRun", title: "Show Run", when: "false" },
  profileTest: { id: "maprace.profileTest", title: "Profile Test", when: "false" },
  openSite: { id: "maprace.openSite", title: "Open Call Site", when: "false" },
  openLocation: { id: "maprace.openLocation", title: "Open Location", when: "false" },
  showOutput: { id: "maprace.showOutput", title: "Show Output" },
  restart: { id: "maprace.restart", title: "Restart Language Server" },
} as const satisfies Record<string, Command>;

/** Colours the overlay adds to themes: text and ruler marks by heat. */
export const colors = [
  {
    id: "maprace.contention.high",
    description: "Overlay: lines with at least a third of the run's wait.",
    defaults: { dark: "#ff8a65", light: "#b23c00", highContrast: "#ffb199", highContrastLight: "#8a2500" },
  },
  {
    id: "maprace.contention.medium",
    description: "Overlay: lines with at least a tenth of the run's wait.",
    defaults: { dark: "#e0b050", light: "#7a5200", highContrast: "#ffdf80", highContrastLight: "#5e3c00" },
  },
  {
    id: "maprace.contention.low",
    description: "Overlay: other lines, and lines whose calls wait.",
    defaults: { dark: "#8fa8b8", light: "#4f6472", highContrast: "#c8d8e4", highContrastLight: "#33474f" },
  },
] as const;
