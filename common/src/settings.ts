import { type Metric, metrics } from "./contention.ts";
import { type Scope, scopes } from "./scope.ts";

/** One setting, in our own words; the manifest's entries are generated from these. */
export interface Setting<T> {
  readonly default: T;
  readonly description: string;
  readonly enum?: readonly string[];
  readonly scope?: "resource" | "window" | "machine-overridable";
}

function setting<T>(one: Setting<T>): Setting<T> {
  return one;
}

/** Every setting under `maprace.`; the source of the manifest and of the server's configuration. */
export const settings = {
  enable: setting<boolean>({ default: true, description: "Analyse Go files.", scope: "resource" }),
  minConfidence: setting<string>({
    default: "likely",
    enum: ["possible", "likely", "confirmed"],
    description: "The least confidence a finding needs to be shown.",
    scope: "resource",
  }),
  includeTests: setting<boolean>({ default: true, description: "Analyse _test.go files too.", scope: "resource" }),
  includeGenerated: setting<boolean>({
    default: true,
    description: "Show findings in generated files.",
    scope: "resource",
  }),
  buildTags: setting<readonly string[]>({
    default: [],
    description: "Build tags for choosing files, added to those of go.buildTags.",
    scope: "resource",
  }),
  goos: setting<string>({
    default: "",
    description: "Operating system to analyse for; empty is this machine's.",
    scope: "resource",
  }),
  goarch: setting<string>({
    default: "",
    description: "Architecture to analyse for; empty is this machine's.",
    scope: "resource",
  }),
  goroot: setting<string>({
    default: "",
    description: "Directory of the Go installation whose sources are read; empty searches the environment.",
    scope: "machine-overridable",
  }),
  exclude: setting<readonly string[]>({
    default: [],
    description: "Path prefixes, relative to the workspace folder, whose findings are left out.",
    scope: "resource",
  }),
  scope: setting<string>({
    default: "auto",
    enum: ["auto", ...scopes],
    description:
      "How much is analysed: everything, changed packages and those that import them, packages of open files, nothing; auto takes the most that memory and time allow.",
    scope: "window",
  }),
  memoryLimit: setting<number>({
    default: 0,
    description: "Megabytes that the language server may use before it analyses less; 0 takes what its runtime allows.",
    scope: "window",
  }),
  library: setting<readonly string[]>({
    default: [],
    description:
      "Functions of your own that start goroutines or wait for them, one line each: `example.com/pool.(Pool).Submit runs 1 often`.",
    scope: "resource",
  }),
  "inlayHints.guards": setting<boolean>({
    default: false,
    description: "Show `guarded by mu` behind the declarations of maps.",
    scope: "resource",
  }),
  "diagnostics.delay": setting<number>({
    default: 150,
    description: "Milliseconds without a keystroke before a file is analysed again.",
    scope: "window",
  }),
  codeLens: setting<boolean>({
    default: true,
    description: "Show code lenses: waits of functions, and `Profile` on tests and benchmarks.",
    scope: "resource",
  }),
  "overlay.metric": setting<string>({
    default: "wait",
    enum: metrics,
    description:
      "Which number the overlay shows: waits both suffered and caused, one of the two, CPU time in map operations, CPU time, or slowdown by waiting.",
    scope: "window",
  }),
  "overlay.threshold": setting<number>({
    default: 1,
    description: "Least share of the run's total, in percent, that a line needs to be marked.",
    scope: "window",
  }),
  pathMappings: setting<readonly string[]>({
    default: [],
    description: "Where sources of profiles from elsewhere are, as `/build/path=/path/here`.",
    scope: "machine-overridable",
  }),
  "profile.kinds": setting<readonly string[]>({
    default: ["mutex", "block", "cpu", "goroutine"],
    description:
      "What Profile Contention collects: mutex, block, cpu, goroutine; trace adds an execution trace, with the longest wait and its waker.",
    scope: "resource",
  }),
  "profile.mutexFraction": setting<number>({
    default: 1,
    description: "One of this many contention events is recorded; 1 records all.",
    scope: "resource",
  }),
  "profile.blockRate": setting<number>({
    default: 1,
    description: "One blocking event per this many nanoseconds blocked is recorded; 1 records all.",
    scope: "resource",
  }),
  "profile.benchtime": setting<string>({
    default: "1s",
    description: "How long or how often a benchmark runs, as `go test -benchtime`.",
    scope: "resource",
  }),
  "profile.count": setting<number>({ default: 1, description: "How often tests run.", scope: "resource" }),
  "profile.seconds": setting<number>({
    default: 10,
    description: "How long a program or a running process is watched.",
    scope: "resource",
  }),
  "verify.budget": setting<number>({
    default: 60,
    description: "Seconds that verifying one finding may take.",
    scope: "resource",
  }),
  "verify.arguments": setting<readonly string[]>({
    default: [],
    description: "Arguments of programs that are run to verify a finding; empty takes those of a launch configuration.",
    scope: "resource",
  }),
  "verify.share": setting<boolean>({
    default: false,
    description: "Keep verdicts in .maprace/verdicts.json of the workspace, for everybody, rather than in the editor.",
    scope: "window",
  }),
  "verify.delve": setting<string>({
    default: "dlv",
    description: "Delve, the debugger that watches maps.",
    scope: "machine-overridable",
  }),
  "profile.keep": setting<number>({
    default: 20,
    description: "How many runs are kept per workspace.",
    scope: "window",
  }),
} as const;

/** Settings that name programs, flags or places: not read from an untrusted workspace. */
export const restricted = [
  "goroot",
  "pathMappings",
  "profile.benchtime",
  "verify.arguments",
  "verify.delve",
] as const satisfies readonly (keyof typeof settings)[];

/** The settings' values as the server uses them. */
export interface Configuration {
  readonly enable: boolean;
  readonly minConfidence: string;
  readonly includeTests: boolean;
  readonly includeGenerated: boolean;
  readonly buildTags: readonly string[];
  readonly goos: string;
  readonly goarch: string;
  readonly goroot: string;
  readonly exclude: readonly string[];
  readonly library: readonly string[];
  /** Undefined where it is left to the server. */
  readonly scope: Scope | undefined;
  /** Megabytes; 0 is the runtime's own. */
  readonly memoryLimit: number;
  readonly guardHints: boolean;
  readonly delay: number;
  readonly codeLens: boolean;
  readonly metric: Metric;
  /** Share, 0 to 1. */
  readonly threshold: number;
  readonly pathMappings: readonly string[];
}

/** Reads settings from untyped JSON; what has the wrong type falls back to its default. */
export function readConfiguration(raw: unknown): Configuration {
  const record = isRecord(raw) ? raw : {};
  const diagnostics = isRecord(record["diagnostics"]) ? record["diagnostics"] : {};
  const overlay = isRecord(record["overlay"]) ? record["overlay"] : {};
  const hints = isRecord(record["inlayHints"]) ? record["inlayHints"] : {};
  return {
    enable: bool(record["enable"], settings.enable.default),
    minConfidence: oneOf(record["minConfidence"], settings.minConfidence),
    includeTests: bool(record["includeTests"], settings.includeTests.default),
    includeGenerated: bool(record["includeGenerated"], settings.includeGenerated.default),
    buildTags: strings(record["buildTags"]),
    goos: text(record["goos"]),
    goarch: text(record["goarch"]),
    goroot: text(record["goroot"]),
    exclude: strings(record["exclude"]),
    library: lines(record["library"]),
    scope: scopes.find((one) => one === record["scope"]),
    memoryLimit: number(record["memoryLimit"], settings.memoryLimit.default),
    guardHints: bool(hints["guards"] ?? record["inlayHints.guards"], settings["inlayHints.guards"].default),
    delay: number(diagnostics["delay"] ?? record["diagnostics.delay"], settings["diagnostics.delay"].default),
    codeLens: bool(record["codeLens"], settings.codeLens.default),
    metric: metrics.find((one) => one === (overlay["metric"] ?? record["overlay.metric"])) ?? "wait",
    threshold: number(overlay["threshold"] ?? record["overlay.threshold"], settings["overlay.threshold"].default) / 100,
    pathMappings: strings(record["pathMappings"]),
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function bool(value: unknown, fallback: boolean): boolean {
  return typeof value === "boolean" ? value : fallback;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function number(value: unknown, fallback: number): number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : fallback;
}

function oneOf(value: unknown, setting: Setting<string>): string {
  return typeof value === "string" && setting.enum?.includes(value) === true ? value : setting.default;
}

/** Whole lines: blanks are part of them. */
function lines(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === "string") : [];
}

function strings(value: unknown): readonly string[] {
  const list = typeof value === "string" ? value.split(/[\s,]+/) : Array.isArray(value) ? value : [];
  return list.filter((one): one is string => typeof one === "string" && one !== "");
}
