import * as path from "node:path";
import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import type { ContentionView } from "../../../common/src/contention.ts";
import { contentionView, forgetRun, loadRun, showRuns } from "../../../common/src/protocol.ts";
import { RunStore } from "../../../common/src/run/store.ts";
import type { RunRecord } from "../../../common/src/runs.ts";

const anchorsName = "anchors.json";
const shownKey = "maprace.shownRuns";

/** Kept runs of this workspace, and which of them is shown. Profiles stay files; the server reads them. */
export class Runs implements vscode.Disposable {
  readonly #client: LanguageClient;
  readonly #memory: vscode.Memento;
  readonly #store: RunStore;
  /** Runs that the command line left in `.maprace/runs` of the workspace. */
  readonly #left: readonly RunStore[];
  readonly #loaded = new Set<string>();
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly onDidChange = this.#changed.event;
  #records: readonly { readonly record: RunRecord; readonly store: RunStore }[] = [];
  #view: ContentionView | undefined;

  constructor(context: vscode.ExtensionContext, client: LanguageClient) {
    this.#client = client;
    this.#memory = context.workspaceState;
    const storage = context.storageUri ?? context.globalStorageUri;
    this.#store = new RunStore(path.join(storage.fsPath, "runs"));
    const folders = vscode.workspace.workspaceFolders?.filter((folder) => folder.uri.scheme === "file") ?? [];
    this.#left = folders.map((folder) => new RunStore(path.join(folder.uri.fsPath, ".maprace", "runs")));
  }

  get store(): RunStore {
    return this.#store;
  }

  /** The newest first. */
  get records(): readonly RunRecord[] {
    return this.#records.map(({ record }) => record);
  }

  get view(): ContentionView | undefined {
    return this.#view;
  }

  /** The execution traces of the runs: of the shown ones, where they have any. */
  traces(): readonly { readonly record: RunRecord; readonly path: string }[] {
    const of = (records: readonly RunRecord[]) =>
      records.flatMap((record) =>
        record.files.flatMap(({ kind, path: file }) => (kind === "trace" ? [{ record, path: file }] : [])),
      );
    const shown = of(this.records.filter(({ id }) => this.#view?.runs.includes(id)));
    return shown.length > 0 ? shown : of(this.records);
  }

  record(id: string): RunRecord | undefined {
    return this.records.find((one) => one.id === id);
  }

  /** Reads what is kept and shows what was shown last, else the newest run. */
  async restore(): Promise<void> {
    await this.#list();
    const last = this.#memory.get<{ runs: string[]; base: string | null }>(shownKey);
    const known = last?.runs.filter((id) => this.record(id) !== undefined);
    const newest = this.#records[0]?.record.id;
    const chosen =
      known !== undefined && (known.length > 0 || last?.runs.length === 0)
        ? known
        : newest === undefined
          ? []
          : [newest];
    if (chosen.length > 0) await this.show(chosen, last?.base ?? undefined);
    else this.#changed.fire(undefined);
  }

  async #list(): Promise<void> {
    const stores = [this.#store, ...this.#left];
    const lists = await Promise.all(
      stores.map(async (store) => (await store.list()).map((record) => ({ record, store }))),
    );
    this.#records = lists.flat().sort((a, b) => b.record.time - a.record.time);
    await vscode.commands.executeCommand("setContext", "maprace.hasRun", this.#records.length > 0);
  }

  /** Keeps a run, loads and shows it. Returns what the user should know of it. */
  async add(record: RunRecord): Promise<readonly string[]> {
    const kept = await this.#store.save(record);
    try {
      const notes = await this.#load(kept, this.#store);
      await this.#store.prune(vscode.workspace.getConfiguration("maprace").get<number>("profile.keep") ?? 20);
      await this.#list();
      await this.show([kept.id], undefined);
      return [...kept.notes, ...notes];
    } catch (error) {
      // A run that cannot be read is no run.
      await this.#store.remove(kept.id);
      throw error;
    }
  }

  async #load(record: RunRecord, store: RunStore): Promise<readonly string[]> {
    const anchors = path.join(store.dir(record.id), anchorsName);
    const answer = await this.#client.sendRequest<{ anchors: string; notes: readonly string[] }>(loadRun.method, {
      record,
      anchors,
    });
    if (store === this.#store) await store.write(record.id, anchorsName, answer.anchors);
    this.#loaded.add(record.id);
    return answer.notes;
  }

  /** Shows one run, the median of several, or one against `base`; no ids hide everything. */
  async show(ids: readonly string[], base: string | undefined): Promise<void> {
    const wanted = base === undefined ? ids : [...ids, base];
    for (const { record, store } of this.#records) {
      if (wanted.includes(record.id) && !this.#loaded.has(record.id)) await this.#load(record, store);
    }
    const params = { runs: ids, base: base ?? null };
    this.#view = await this.#client.sendRequest<ContentionView>(showRuns.method, params);
    await this.#memory.update(shownKey, params);
    this.#changed.fire(undefined);
  }

  /** The sources were analysed anew: names of locks and findings may have changed. */
  async refresh(): Promise<void> {
    if (this.#view === undefined || this.#view.runs.length === 0) return;
    this.#view = await this.#client.sendRequest<ContentionView>(contentionView.method, {});
    this.#changed.fire(undefined);
  }

  /** A new server process knows nothing yet. */
  async reload(): Promise<void> {
    this.#loaded.clear();
    if (this.#view !== undefined && this.#view.runs.length > 0) await this.show(this.#view.runs, this.#view.base);
  }

  async remove(id: string): Promise<void> {
    const found = this.#records.find(({ record }) => record.id === id);
    if (found === undefined) return;
    await found.store.remove(id);
    this.#loaded.delete(id);
    await this.#client.sendRequest(forgetRun.method, { id });
    await this.#list();
    await this.show(
      this.#view?.runs.filter((one) => one !== id) ?? [],
      this.#view?.base === id ? undefined : this.#view?.base,
    );
  }

  async clear(): Promise<void> {
    for (const { id } of this.records) await this.remove(id);
  }

  dispose(): void {
    this.#changed.dispose();
  }
}
