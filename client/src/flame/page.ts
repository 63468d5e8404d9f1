import { randomBytes } from "node:crypto";
import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import type { FlameGraph, FlameRequest } from "../../../common/src/contention.ts";
import { flameGraph } from "../../../common/src/protocol.ts";
import { openInGoTool } from "../collect/gotool.ts";
import { openFrame } from "../paint/frames.ts";

/** Fills a webview with the flame graph of files. */
export function openFlamePage(
  client: LanguageClient,
  extension: vscode.Uri,
  webview: vscode.Webview,
  files: readonly string[],
  root: FlameRequest["root"],
): void {
  const page = new FlamePage(client, webview, files);
  const dist = vscode.Uri.joinPath(extension, "dist");
  webview.options = { enableScripts: true, localResourceRoots: [dist] };
  webview.html = html(webview, vscode.Uri.joinPath(dist, "flame.js"), root);
  webview.onDidReceiveMessage((message: unknown) => void page.receive(message, root));
}

/** Connects a flame graph's webview with the server: it asks for windows of the call tree and opens sources. */
class FlamePage {
  readonly #client: LanguageClient;
  readonly #webview: vscode.Webview;
  readonly #files: readonly string[];
  /** What is wanted now; answers to older requests are dropped. */
  #wanted = 0;

  constructor(client: LanguageClient, webview: vscode.Webview, files: readonly string[]) {
    this.#client = client;
    this.#webview = webview;
    this.#files = files;
  }

  /** Messages come from a page that shows hostile text: every field is looked at. */
  async receive(message: unknown, root: FlameRequest["root"]): Promise<void> {
    if (typeof message !== "object" || message === null || !("type" in message)) return;
    if (message.type === "ready") await this.#send({ files: this.#files, sampleType: "", root, node: 0 });
    else if (message.type === "pprof") await openInGoTool("pprof", this.#files);
    else if (message.type === "graph") {
      const request = readRequest(message);
      if (request !== undefined) await this.#send({ ...request, files: this.#files });
    } else if (message.type === "open" && "label" in message) await openFrame(this.#client, message.label);
  }

  async #send(request: FlameRequest): Promise<void> {
    const own = ++this.#wanted;
    try {
      const graph = await this.#client.sendRequest<FlameGraph>(flameGraph.method, request);
      if (own === this.#wanted) await this.#webview.postMessage({ type: "graph", graph });
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      if (own === this.#wanted) await this.#webview.postMessage({ type: "error", text });
    }
  }
}

function readRequest(message: object): Omit<FlameRequest, "files"> | undefined {
  if (!("sampleType" in message && "root" in message && "node" in message)) return undefined;
  const { sampleType, root, node } = message;
  if (typeof sampleType !== "string" || typeof node !== "number" || (root !== "all" && root !== "locks"))
    return undefined;
  return { sampleType, root, node };
}

function html(webview: vscode.Webview, script: vscode.Uri, root: FlameRequest["root"]): string {
  const nonce = randomBytes(16).toString("base64");
  const policy = `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'`;
  const selected = (value: string) => (value === root ? " selected" : "");
  return `<!DOCTYPE html><html lang="${vscode.env.language}"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<style nonce="${nonce}">${styles}</style></head><body>
<header>
<label>${vscode.l10n.t("Values")} <select id="sample"></select></label>
<label>${vscode.l10n.t("Rooted at")} <select id="root"><option value="locks"${selected("locks")}>${vscode.l10n.t("locks, callers below")}</option><option value="all"${selected("all")}>${vscode.l10n.t("the program, callees below")}</option></select></label>
<label>${vscode.l10n.t("Search")} <input id="search" type="search" placeholder="/"></label><span id="matches" role="status"></span>
<span class="gap"></span>
<button id="reset">${vscode.l10n.t("Whole")}</button><button id="pprof">${vscode.l10n.t("Open in go tool pprof")}</button>
</header>
<div id="trail" role="navigation" aria-label="${vscode.l10n.t("Zoomed to")}"></div>
<div id="message" role="alert"></div>
<div id="scroller"><canvas id="graph" tabindex="0" role="application" aria-describedby="details" aria-label="${vscode.l10n.t("Flame graph; arrow keys move, Enter zooms, o opens the source")}"></canvas><div id="spacer"></div></div>
<footer><div id="details" role="status" aria-live="polite"></div><button id="place" hidden></button></footer>
<script nonce="${nonce}" src="${webview.asWebviewUri(script).toString()}"></script></body></html>`;
}

const styles = `
html, body { height: 100%; margin: 0; }
body { display: flex; flex-direction: column; padding: 0; color: var(--vscode-foreground); font-family: var(--vscode-font-family); font-size: var(--vscode-font-size); }
header, footer, #trail { display: flex; flex-wrap: wrap; gap: 0.4em 1em; align-items: center; padding: 0.4em 0.8em; }
#trail { gap: 0.3em; min-height: 1.8em; }
footer { border-top: 1px solid var(--vscode-widget-border, transparent); min-height: 2em; }
.gap { flex: 1; }
select, input { color: var(--vscode-input-foreground); background: var(--vscode-input-background); border: 1px solid var(--vscode-input-border, var(--vscode-widget-border, transparent)); padding: 2px 4px; font: inherit; }
button { color: var(--vscode-button-secondaryForeground); background: var(--vscode-button-secondaryBackground); border: 1px solid var(--vscode-contrastBorder, transparent); padding: 2px 8px; font: inherit; cursor: pointer; border-radius: 2px; }
#place { color: var(--vscode-textLink-foreground); background: none; padding: 0; }
#trail button + button::before { content: "› "; }
:focus-visible { outline: 1px solid var(--vscode-focusBorder); outline-offset: -1px; }
#message:empty { display: none; }
#message { padding: 0.8em; }
#scroller { flex: 1; overflow-y: auto; overflow-x: hidden; padding: 0 0.8em; min-height: 0; }
#graph { position: sticky; top: 0; width: 100%; height: 100%; display: block; }
#details { font-family: var(--vscode-editor-font-family); overflow-wrap: anywhere; }`;
