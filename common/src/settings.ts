/** One setting, in our own words; the manifest's entries are generated from these. */
export interface Setting<T> {
  readonly default: T;
  readonly description: string;
  readonly enum?: readonly string[];
  readonly scope?: "resource" | "window" | "machine-overridable";
}

/** Every setting under `maprace.`; the source of the manifest and of the server's configuration. */
export const settings = {
  enable: { default: true, description: "Analyse Go files.", scope: "resource" } as Setting<boolean>,
  minConfidence: {
    default: "likely",
    enum: ["possible", "likely", "confirmed"],
    description: "The least confidence a finding needs to be shown.",
    scope: "resource",
  } as Setting<string>,
  includeTests: { default: true, description: "Analyse _test.go files too.", scope: "resource" } as Setting<boolean>,
  includeGenerated: {
    default: true,
    description: "Show findings in generated files.",
    scope: "resource",
  } as Setting<boolean>,
  buildTags: {
    default: [],
    description: "Build tags for choosing files, added to those of go.buildTags.",
    scope: "resource",
  } as Setting<readonly string[]>,
  goos: {
    default: "",
    description: "Operating system to analyse for; empty is this machine's.",
    scope: "resource",
  } as Setting<string>,
  goarch: {
    default: "",
    description: "Architecture to analyse for; empty is this machine's.",
    scope: "resource",
  } as Setting<string>,
  goroot: {
    default: "",
    description: "Directory of the Go installation whose sources are read; empty searches the environment.",
    scope: "machine-overridable",
  } as Setting<string>,
  exclude: {
    default: [],
    description: "Path prefixes, relative to the workspace folder, whose findings are left out.",
    scope: "resource",
  } as Setting<readonly string[]>,
  "diagnostics.delay": {
    default: 150,
    description: "Milliseconds without a keystroke before a file is analysed again.",
    scope: "window",
  } as Setting<number>,
} as const;

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
  readonly delay: number;
}

/** Reads settings from untyped JSON; what has the wrong type falls back to its default. */
export function readConfiguration(raw: unknown): Configuration {
  const record = isRecord(raw) ? raw : {};
  const diagnostics = isRecord(record["diagnostics"]) ? record["diagnostics"] : {};
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
    delay: number(diagnostics["delay"] ?? record["diagnostics.delay"], settings["diagnostics.delay"].default),
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

function strings(value: unknown): readonly string[] {
  const list = typeof value === "string" ? value.split(/[\s,]+/) : Array.isArray(value) ? value : [];
  return list.filter((one): one is string => typeof one === "string" && one !== "");
}
