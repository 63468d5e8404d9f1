import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import { openFlamePage } from "./page.ts";

const viewType = "maprace.flame";

/** Opens profiles from the explorer as flame graphs; the file is read by the server and never written. */
export class FlameEditor implements vscode.CustomReadonlyEditorProvider {
  readonly #client: LanguageClient;
  readonly #extension: vscode.Uri;

  constructor(client: LanguageClient, extension: vscode.Uri) {
    this.#client = client;
    this.#extension = extension;
  }

  register(): vscode.Disposable {
    return vscode.window.registerCustomEditorProvider(viewType, this, {
      supportsMultipleEditorsPerDocument: true,
      webviewOptions: { retainContextWhenHidden: true },
    });
  }

  openCustomDocument(uri: vscode.Uri): vscode.CustomDocument {
    return { uri, dispose: () => undefined };
  }

  resolveCustomEditor({ uri }: vscode.CustomDocument, { webview }: vscode.WebviewPanel): void {
    openFlamePage(this.#client, this.#extension, webview, [uri.fsPath], "all");
  }

  /** Several files of a run as one graph. */
  show(files: readonly string[], title: string): void {
    const panel = vscode.window.createWebviewPanel(viewType, title, vscode.ViewColumn.Active, {
      retainContextWhenHidden: true,
    });
    openFlamePage(this.#client, this.#extension, panel.webview, files, "locks");
  }
}
