import * as path from "node:path";
import * as vscode from "vscode";
import {
  LanguageClient,
  type LanguageClientOptions,
  RevealOutputChannelOn,
  type ServerOptions,
  TransportKind,
} from "vscode-languageclient/node";

/** The language server's process: started with the extension, reads Go files and executes nothing. */
export function createClient(context: vscode.ExtensionContext, output: vscode.LogOutputChannel): LanguageClient {
  const module = context.asAbsolutePath(path.join("dist", "server.js"));
  const server: ServerOptions = {
    run: { module, transport: TransportKind.ipc },
    debug: { module, transport: TransportKind.ipc, options: { execArgv: ["--nolazy", "--inspect=6019"] } },
  };
  const options: LanguageClientOptions = {
    documentSelector: [{ language: "go", scheme: "file" }],
    outputChannel: output,
    revealOutputChannelOn: RevealOutputChannelOn.Never,
    // Lenses may name this extension's commands.
    initializationOptions: { ...vscode.workspace.getConfiguration("maprace"), commands: true },
  };
  return new LanguageClient("maprace", "Maprace", server, options);
}
