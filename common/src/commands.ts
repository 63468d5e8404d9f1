/** Palette commands; the manifest's entries are generated from these. */
export interface Command {
  readonly id: string;
  readonly title: string;
  /** One line for the page of commands. */
  readonly about?: string;
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
    about: "reads everything anew",
    icon: "$(search)",
    view: { id: "maprace.findings" },
  },
  chooseScope: {
    id: "maprace.chooseScope",
    title: "Choose What Is Analysed...",
    about: "everything, changed packages, packages of open files, or nothing",
  },
  explainFinding: {
    id: "maprace.explainFinding",
    title: "Explain Finding",
    about: "the whole story of the finding at the cursor",
    when: "editorLangId == go",
    editor: true,
    view: { id: "maprace.findings", item: "finding" },
  },
  showAccessPath: {
    id: "maprace.showAccessPath",
    title: "Show Access Path",
    about: "walk from the goroutine starts to both accesses",
    when: "editorLangId == go",
    view: { id: "maprace.findings", item: "finding" },
  },
  whySilent: {
    id: "maprace.whySilent",
    title: "Why Silent Here?",
    about: "why nothing likely is reported of the map accesses on the line",
    when: "editorLangId == go",
  },
  profileContention: {
    id: "maprace.profileContention",
    title: "Profile Contention...",
    about:
      "collect profiles of a test, benchmark, package, workspace, program or running process and paint them on the source",
    icon: "$(flame)",
    editor: true,
    view: { id: "maprace.contention" },
  },
  profileRepeat: {
    id: "maprace.profileRepeat",
    title: "Repeat Last Profiling",
    about: "the same once more",
    icon: "$(debug-rerun)",
    view: { id: "maprace.contention" },
  },
  captureProcess: {
    id: "maprace.captureProcess",
    title: "Capture from Running Process...",
    about: "what a process measures within the next seconds, by the URL of its net/http/pprof",
  },
  openProfile: {
    id: "maprace.openProfile",
    title: "Open Profile...",
    about: "profiles that are there already, as files",
  },
  comparePrevious: {
    id: "maprace.comparePrevious",
    title: "Compare with Previous Run",
    about: "the difference to the last run of the same, line by line",
    when: hasRun,
  },
  compareProfiles: {
    id: "maprace.compareProfiles",
    title: "Compare Two Profiles...",
    about: "the difference of any two runs",
    when: hasRun,
  },
  mergeRuns: {
    id: "maprace.mergeRuns",
    title: "Merge Runs...",
    about: "median and spread of several runs",
    when: hasRun,
  },
  toggleOverlay: {
    id: "maprace.toggleOverlay",
    title: "Show/Hide Overlay",
    about: "hide the numbers, or show them again",
    when: hasRun,
  },
  chooseMetric: {
    id: "maprace.chooseMetric",
    title: "Choose Metric...",
    about: "waits, CPU time in map operations, CPU time or slowdown",
    when: hasRun,
  },
  nextHotspot: {
    id: "maprace.nextHotspot",
    title: "Next Hotspot",
    about: "go to the next hottest call site",
    when: hasRun,
  },
  previousHotspot: { id: "maprace.previousHotspot", title: "Previous Hotspot", about: "and back", when: hasRun },
  showFlameGraph: {
    id: "maprace.showFlameGraph",
    title: "Show Flame Graph",
    about: "the call tree of a run, rooted at the locks or at the program",
    icon: "$(flame)",
    when: hasRun,
    view: { id: "maprace.contention", item: "run", inline: true },
  },
  openInPprof: {
    id: "maprace.openInPprof",
    title: "Open in go tool pprof",
    about: "Go's own viewer on the same files",
    when: hasRun,
    view: { id: "maprace.contention", item: "run" },
  },
  showTimeline: {
    id: "maprace.showTimeline",
    title: "Show Goroutine Timeline",
    about: "goroutines and processors of an execution trace over time, and who woke whom",
    icon: "$(pulse)",
    view: { id: "maprace.contention" },
  },
  showLineInTimeline: {
    id: "maprace.showLineInTimeline",
    title: "Show Line in Goroutine Timeline",
    about: "the goroutines that waited at the cursor's line",
    when: "editorLangId == go",
  },
  removeRun: {
    id: "maprace.removeRun",
    title: "Remove Run",
    icon: "$(trash)",
    when: "false",
    view: { id: "maprace.contention", item: "run", inline: true },
  },
  clearProfiles: {
    id: "maprace.clearProfiles",
    title: "Clear Profile Data",
    about: "remove every kept run",
    when: hasRun,
  },
  verifyFinding: {
    id: "maprace.verifyFinding",
    title: "Verify Finding",
    about: "run tests and programs until both accesses of the finding at the cursor are seen to collide",
    icon: "$(beaker)",
    when: "editorLangId == go",
    editor: true,
    view: { id: "maprace.findings", item: "finding", inline: true },
  },
  verifyFile: {
    id: "maprace.verifyFile",
    title: "Verify All in File",
    about: "the same for every finding of the file",
    when: "editorLangId == go",
  },
  raceTests: {
    id: "maprace.raceTests",
    title: "Run Tests with Race Detector...",
    about: "of a test, a package or the workspace; races become findings with both stacks",
    view: { id: "maprace.reports" },
    icon: "$(run)",
  },
  importReport: {
    id: "maprace.importReport",
    title: "Import Race Report or Crash Log...",
    about: "from a file, the clipboard or the terminal's selection; joined with the findings at the same lines",
    view: { id: "maprace.reports" },
    icon: "$(cloud-download)",
  },
  clearReports: {
    id: "maprace.clearReports",
    title: "Clear Race Reports",
    about: "forget imported reports and their marks",
    when: "maprace.hasReports",
    view: { id: "maprace.reports" },
    icon: "$(clear-all)",
  },
  stressTest: {
    id: "maprace.stressTest",
    title: "Generate Stress Test",
    about: "a test that calls both accesses of the finding concurrently, run without touching the tree",
    when: "editorLangId == go",
    view: { id: "maprace.findings", item: "finding" },
  },
  watchMap: {
    id: "maprace.watchMap",
    title: "Watch This Map in Debugger",
    about: "a debug session that logs goroutine and map at both accesses and stops at the runtime's fatal error",
    when: "editorLangId == go",
    view: { id: "maprace.findings", item: "finding" },
  },
  narrowWatch: {
    id: "maprace.narrowWatch",
    title: "Narrow Map Watch...",
    about: "while a map is watched: only one map or goroutine, stop at a key, stop at each write",
    when: "maprace.watching",
  },
  markIntended: {
    id: "maprace.markIntended",
    title: "Mark as intended...",
    about: "silence the finding with a reason until one of its lines or the guard changes",
    when: "editorLangId == go",
    view: { id: "maprace.findings", item: "finding" },
  },
  forgetVerdict: {
    id: "maprace.forgetVerdict",
    title: "Forget Verdict",
    about: "take back what a verification or a mark said of the finding",
    when: "editorLangId == go",
    view: { id: "maprace.findings", item: "finding" },
  },
  showVerification: {
    id: "maprace.showVerification",
    title: "Show Verification Log",
    about: "what was run to verify, and the reports it gave",
  },
  showRun: { id: "maprace.showRun", title: "Show Run", when: "false" },
  profileTest: { id: "maprace.profileTest", title: "Profile Test", when: "false" },
  openSite: { id: "maprace.openSite", title: "Open Call Site", when: "false" },
  openLocation: { id: "maprace.openLocation", title: "Open Location", when: "false" },
  showOutput: {
    id: "maprace.showOutput",
    title: "Show Output",
    about: "what the server did and what was run, with its arguments",
  },
  restart: { id: "maprace.restart", title: "Restart Language Server", about: "start it anew; runs are loaded again" },
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
