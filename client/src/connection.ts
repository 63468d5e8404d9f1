import * as path from "node:path";
import * as vscode from "vscode";
import {
  CloseAction,
  type CloseHandlerResult,
  ErrorAction,
  type ErrorHandler,
  LanguageClient,
  type LanguageClientOptions,
  RevealOutputChannelOn,
  type ServerOptions,
  TransportKind,
} from "vscode-languageclient/node";
import { RestartPlan } from "../../common/src/plan/restarts.ts";

/** Starts a server that ended anew, later each time. What made it end it knows by its journal. */
class Restarts implements ErrorHandler {
  readonly #plan = new RestartPlan();

  error() {
    return { action: ErrorAction.Continue };
  }

  async closed(): Promise<CloseHandlerResult> {
    const { pause, count } = this.#plan.ended(performance.now());
    if (pause === undefined) {
      const message = vscode.l10n.t("The language server ended {0} times in five minutes and stays down.", count);
      return { action: CloseAction.DoNotRestart, message };
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
    return { action: CloseAction.Restart, handled: true };
  }
}

/** The language server's process: started with the extension, reads Go files and executes nothing. */
export function createClient(context: vscode.ExtensionContext, output: vscode.LogOutputChannel): LanguageClient {
  const limit = vscode.workspace.getConfiguration("maprace").get<number>("memoryLimit", 0);
  // The runtime's own limit lies above: less is analysed before it is reached.
  const execArgv = limit > 0 ? [`--max-old-space-size=${Math.ceil(limit * 1.25)}`] : [];
  const module = context.asAbsolutePath(path.join("dist", "server.js"));
  const server: ServerOptions = {
    run: { module, transport: TransportKind.ipc, options: { execArgv } },
    debug: { module, transport: TransportKind.ipc, options: { execArgv: [...execArgv, "--nolazy", "--inspect=6019"] } },
  };
  const options: LanguageClientOptions = {
    documentSelector: [{ language: "go", scheme: "file" }],
    outputChannel: output,
    revealOutputChannelOn: RevealOutputChannelOn.Never,
    // Lenses may name this extension's commands.
    initializationOptions: () => ({ ...vscode.workspace.getConfiguration("maprace"), commands: true }),
    errorHandler: new Restarts(),
  };
  return new LanguageClient("maprace", "Maprace", server, options);
}
