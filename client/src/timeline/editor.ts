import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import { TimelinePage } from "./page.ts";

const viewType = "maprace.timeline";

/** Opens execution traces as timelines; the file is read by the server and never written. */
export class TimelineEditor implements vscode.CustomReadonlyEditorProvider {
  readonly #client: LanguageClient;
  readonly #extension: vscode.Uri;
  /** Open timelines by file, the newest last. */
  readonly #pages = new Map<string, TimelinePage>();
  /** What a page that is about to open shall look for. */
  #search = "";

  constructor(client: LanguageClient, extension: vscode.Uri) {
    this.#client = client;
    this.#extension = extension;
  }

  register(): vscode.Disposable {
    return vscode.window.registerCustomEditorProvider(viewType, this, {
      webviewOptions: { retainContextWhenHidden: true },
    });
  }

  openCustomDocument(uri: vscode.Uri): vscode.CustomDocument {
    return { uri, dispose: () => undefined };
  }

  resolveCustomEditor({ uri }: vscode.CustomDocument, panel: vscode.WebviewPanel): void {
    const page = new TimelinePage(this.#client, panel.webview, uri.fsPath, this.#search);
    this.#search = "";
    page.open(this.#extension);
    this.#pages.set(uri.fsPath, page);
    panel.onDidDispose(() => {
      this.#pages.delete(uri.fsPath);
      page.close();
    });
  }

  /** The trace that was opened last and still is. */
  get last(): string | undefined {
    return [...this.#pages.keys()].at(-1);
  }

  async show(file: string, search: string): Promise<void> {
    const page = this.#pages.get(file);
    this.#search = page === undefined ? search : "";
    await vscode.commands.executeCommand("vscode.openWith", vscode.Uri.file(file), viewType);
    if (search !== "") await page?.find(search);
  }
}
