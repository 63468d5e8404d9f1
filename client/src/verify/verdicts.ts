import * as path from "node:path";
import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import type { Finding } from "../../../common/src/finding.ts";
import { setVerdicts } from "../../../common/src/protocol.ts";
import { VerdictStore } from "../../../common/src/run/verdicts.ts";
import { type Verdict, verdictsFile } from "../../../common/src/verdicts/verdict.ts";

/** Verdicts of this workspace: in the editor's storage, or in the workspace's own file where the user shares them. */
export class Verdicts {
  readonly #client: LanguageClient;
  readonly #own: VerdictStore;

  constructor(context: vscode.ExtensionContext, client: LanguageClient) {
    this.#client = client;
    const storage = context.storageUri ?? context.globalStorageUri;
    this.#own = new VerdictStore(path.join(storage.fsPath, "verdicts.json"));
  }

  /** Tells the server what is kept; it reads the workspace's file itself. */
  async publish(): Promise<void> {
    const verdicts = await this.#own.read().catch(() => []);
    await this.#client.sendRequest(setVerdicts.method, { verdicts });
  }

  async add(finding: Finding, verdict: Verdict): Promise<void> {
    await this.#storeOf(finding).add([verdict]);
    await this.publish();
  }

  async forget(finding: Finding): Promise<void> {
    const shared = this.#sharedOf(finding);
    for (const store of shared === undefined ? [this.#own] : [this.#own, shared]) {
      const kept = await store.read();
      if (kept.some(({ fingerprint }) => fingerprint === finding.fingerprint)) await store.remove(finding.fingerprint);
    }
    await this.publish();
  }

  /** The log of the verdict on a finding. */
  async logOf(finding: Finding): Promise<string> {
    const shared = this.#sharedOf(finding);
    const lists = [await this.#own.read(), shared === undefined ? [] : await shared.read()];
    return lists.flat().find(({ fingerprint }) => fingerprint === finding.fingerprint)?.log ?? "";
  }

  #storeOf(finding: Finding): VerdictStore {
    const share = vscode.workspace.getConfiguration("maprace").get<boolean>("verify.share") === true;
    return share ? (this.#sharedOf(finding) ?? this.#own) : this.#own;
  }

  #sharedOf({ primary }: Finding): VerdictStore | undefined {
    const folder = vscode.workspace.getWorkspaceFolder(vscode.Uri.file(primary.location.path));
    return folder === undefined ? undefined : new VerdictStore(path.join(folder.uri.fsPath, verdictsFile));
  }
}
