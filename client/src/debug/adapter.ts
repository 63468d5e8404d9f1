import * as vscode from "vscode";
import { type Adapter, startAdapter } from "../../../common/src/run/debug/dap.ts";
import { goTools } from "../collect/tools.ts";
import { isTrusted } from "../jobs.ts";

/** The product's own debug type: Delve, started by us, whether golang.go is there or not. */
export const debugType = "maprace";

/** Starts `dlv dap` for each session of the type and ends it with the session. */
export class DelveAdapters implements vscode.DebugAdapterDescriptorFactory, vscode.Disposable {
  readonly #adapters = new Map<string, Adapter>();
  readonly #stop = new AbortController();
  readonly #log: vscode.OutputChannel;
  readonly #subscriptions: vscode.Disposable[];

  constructor(log: vscode.OutputChannel) {
    this.#log = log;
    this.#subscriptions = [
      vscode.debug.registerDebugAdapterDescriptorFactory(debugType, this),
      vscode.debug.onDidTerminateDebugSession(({ id }) => {
        void this.#adapters.get(id)?.stop();
        this.#adapters.delete(id);
      }),
    ];
  }

  async createDebugAdapterDescriptor(session: vscode.DebugSession): Promise<vscode.DebugAdapterDescriptor> {
    const reason = vscode.l10n.t("Debugging runs code of this workspace, so the workspace must be trusted first.");
    if (!(await isTrusted(reason))) throw new Error(reason);
    const resource = session.workspaceFolder?.uri;
    const { env } = await goTools(resource);
    const delve = vscode.workspace.getConfiguration("maprace", resource).get<string>("verify.delve") ?? "dlv";
    const tools = { env, signal: this.#stop.signal, log: (text: string) => this.#log.append(text), progress: () => {} };
    const adapter = await startAdapter(delve, tools, resource?.fsPath ?? process.cwd());
    this.#adapters.set(session.id, adapter);
    return new vscode.DebugAdapterServer(adapter.port, adapter.host);
  }

  dispose(): void {
    this.#stop.abort();
    for (const one of this.#subscriptions) one.dispose();
  }
}
