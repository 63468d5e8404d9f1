import { stat } from "node:fs/promises";
import * as path from "node:path";
import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import { commands } from "../../../common/src/commands.ts";
import { type Metric, metrics } from "../../../common/src/contention.ts";
import { namedFile, type RunFile, type RunRecord, readRunRecord } from "../../../common/src/runs.ts";
import type { FlameEditor } from "../flame/editor.ts";
import { Hotspots, openSite } from "../paint/hotspots.ts";
import type { Overlay } from "../paint/overlay.ts";
import type { Collector } from "./collect.ts";
import { openInGoTool } from "./gotool.ts";
import type { Runs } from "./runs.ts";
import { chooseProcess, chooseTarget, type Target, testTarget } from "./targets.ts";

const lastKey = "maprace.lastTarget";

/** What the profiling commands work with. */
export interface ProfilingParts {
  readonly client: LanguageClient;
  readonly memory: vscode.Memento;
  readonly runs: Runs;
  readonly collector: Collector;
  readonly overlay: Overlay;
  readonly flame: FlameEditor;
}

/** The profiling commands of the palette, by id. */
export function profilingCommands(parts: ProfilingParts): Readonly<Record<string, (...args: unknown[]) => unknown>> {
  const { client, memory, runs, collector, overlay } = parts;
  const last = () => memory.get<Target>(lastKey);
  const profile = async (target: Target | undefined) => {
    if (target === undefined) return;
    await memory.update(lastKey, target);
    if (await collector.profile(target)) await overlay.setHidden(false);
  };
  const hotspots = new Hotspots(runs);
  return {
    [commands.profileContention.id]: async () => {
      const target = await chooseTarget(client, last());
      if (target === "file") await openProfile(runs);
      else await profile(target);
    },
    [commands.profileRepeat.id]: () => {
      const target = last();
      return target === undefined ? vscode.commands.executeCommand(commands.profileContention.id) : profile(target);
    },
    [commands.captureProcess.id]: async () => profile(await chooseProcess(last())),
    [commands.profileTest.id]: (test) => profile(readTest(test)),
    [commands.openProfile.id]: (uri) => openProfile(runs, uri instanceof vscode.Uri ? [uri] : undefined),
    [commands.showRun.id]: (id) => (typeof id === "string" ? runs.show([id], undefined) : undefined),
    [commands.removeRun.id]: (row) => {
      const record = recordOf(row);
      return record === undefined ? undefined : runs.remove(record.id);
    },
    [commands.comparePrevious.id]: () => comparePrevious(runs),
    [commands.compareProfiles.id]: () => compareTwo(runs),
    [commands.mergeRuns.id]: () => mergeRuns(runs),
    [commands.toggleOverlay.id]: () => overlay.setHidden(!overlay.hidden),
    [commands.chooseMetric.id]: chooseMetric,
    [commands.nextHotspot.id]: () => hotspots.go(1),
    [commands.previousHotspot.id]: () => hotspots.go(-1),
    [commands.openSite.id]: openSite,
    [commands.showFlameGraph.id]: (row) => showFlame(parts, recordOf(row)),
    [commands.openInPprof.id]: async (row) => {
      const files = await chooseFiles(recordOf(row) ?? shownRecord(runs));
      if (files !== undefined)
        await openInGoTool(
          "pprof",
          files.map((file) => file.path),
        );
    },
    [commands.clearProfiles.id]: () => runs.clear(),
  };
}

function readTest(raw: unknown): Target | undefined {
  if (typeof raw !== "object" || raw === null || !("uri" in raw && "name" in raw && "kind" in raw)) return undefined;
  const { uri, name, kind } = raw;
  if (typeof uri !== "string" || typeof name !== "string" || (kind !== "test" && kind !== "bench")) return undefined;
  return testTarget(vscode.Uri.parse(uri, true), { name, kind });
}

function recordOf(row: unknown): RunRecord | undefined {
  return typeof row === "object" && row !== null && "kind" in row && row.kind === "run" && "record" in row
    ? readRunRecord(row.record)
    : undefined;
}

function shownRecord(runs: Runs): RunRecord | undefined {
  const id = runs.view?.runs[0] ?? runs.records[0]?.id;
  return id === undefined ? undefined : runs.record(id);
}

/** Profiles from files become a run like any other. */
async function openProfile(runs: Runs, chosen?: readonly vscode.Uri[]): Promise<void> {
  const uris =
    chosen ??
    (await vscode.window.showOpenDialog({
      canSelectMany: true,
      title: vscode.l10n.t("Open Profile"),
      filters: {
        [vscode.l10n.t("Profiles")]: ["pprof", "gz", "prof", "out", "trace"],
        [vscode.l10n.t("All files")]: ["*"],
      },
    }));
  if (uris === undefined || uris.length === 0) return;
  try {
    const files = uris.map(({ fsPath }) => namedFile(fsPath));
    const times = await Promise.all(files.map(async (file) => (await stat(file.path)).mtimeMs));
    const { id } = await runs.store.create();
    const label = files.map((file) => path.basename(file.path)).join(", ");
    const record = { id, label, time: Math.max(...times), seconds: 0, command: "", files, notes: [], ratesSet: false };
    const notes = await runs.add(record);
    if (notes.length > 0) void vscode.window.showWarningMessage(notes.join("; "));
  } catch (error) {
    void vscode.window.showErrorMessage(error instanceof Error ? error.message : String(error));
  }
}

type RunItem = vscode.QuickPickItem & { readonly id: string };

function items(runs: Runs): RunItem[] {
  return runs.records.map(({ id, label, time }) => ({
    id,
    label,
    description: new Date(time).toLocaleString(vscode.env.language),
  }));
}

/** Of the same target where there is one. */
async function comparePrevious(runs: Runs): Promise<void> {
  const current = shownRecord(runs);
  const older = runs.records.filter((one) => current !== undefined && one.time < current.time);
  const base = older.find((one) => one.label === current?.label) ?? older[0];
  if (current === undefined || base === undefined) {
    void vscode.window.showInformationMessage(vscode.l10n.t("There is no earlier run to compare with."));
    return;
  }
  await runs.show([current.id], base.id);
}

async function compareTwo(runs: Runs): Promise<void> {
  const current = await vscode.window.showQuickPick(items(runs), {
    title: vscode.l10n.t("Compare Two Profiles"),
    placeHolder: vscode.l10n.t("The run to look at"),
  });
  if (current === undefined) return;
  const others = items(runs).filter(({ id }) => id !== current.id);
  const base = await vscode.window.showQuickPick(others, {
    title: vscode.l10n.t("Compare Two Profiles"),
    placeHolder: vscode.l10n.t("The run to compare it with"),
  });
  if (base !== undefined) await runs.show([current.id], base.id);
}

async function mergeRuns(runs: Runs): Promise<void> {
  const chosen = await vscode.window.showQuickPick(items(runs), {
    title: vscode.l10n.t("Merge Runs"),
    placeHolder: vscode.l10n.t("Their median and spread is shown"),
    canPickMany: true,
  });
  if (chosen !== undefined && chosen.length > 0)
    await runs.show(
      chosen.map(({ id }) => id),
      undefined,
    );
}

async function chooseMetric(): Promise<void> {
  const texts: Readonly<Record<Metric, string>> = {
    wait: vscode.l10n.t("Wait suffered and wait caused"),
    suffered: vscode.l10n.t("Wait suffered: at the waiter's Lock"),
    caused: vscode.l10n.t("Wait caused: at the holder's Unlock"),
    mapCpu: vscode.l10n.t("CPU time in map operations"),
    cpu: vscode.l10n.t("CPU time"),
    slowdown: vscode.l10n.t("Slowdown by waiting"),
  };
  const picked = await vscode.window.showQuickPick(
    metrics.map((metric) => ({ label: texts[metric], metric })),
    { title: vscode.l10n.t("Choose Metric") },
  );
  if (picked !== undefined)
    await vscode.workspace
      .getConfiguration("maprace")
      .update("overlay.metric", picked.metric, vscode.ConfigurationTarget.Global);
}

async function showFlame({ runs, flame }: ProfilingParts, record = shownRecord(runs)): Promise<void> {
  const files = await chooseFiles(record);
  const [first] = files ?? [];
  if (files !== undefined && first !== undefined)
    flame.show(
      files.map((file) => file.path),
      `${first.kind}: ${record?.label ?? ""}`,
    );
}

/** Files of one kind, chosen where a run has several kinds. */
async function chooseFiles(record: RunRecord | undefined): Promise<readonly RunFile[] | undefined> {
  const files = record?.files.filter(({ kind }) => kind !== "goroutine" && kind !== "trace") ?? [];
  const kinds = [...new Set(files.map(({ kind }) => kind))];
  if (kinds.length === 0) {
    void vscode.window.showInformationMessage(vscode.l10n.t("The run has no profile to draw."));
    return undefined;
  }
  const kind =
    kinds.length === 1
      ? kinds[0]
      : await vscode.window.showQuickPick(kinds, {
          title: record?.label ?? "",
          placeHolder: vscode.l10n.t("Which profile?"),
        });
  return kind === undefined ? undefined : files.filter((file) => file.kind === kind);
}
