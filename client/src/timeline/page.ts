import { randomBytes } from "node:crypto";
import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import { closeTimeline, timelineSlice, timelineWaits, timelineWindow } from "../../../common/src/protocol.ts";
import type { TimelineRequest } from "../../../common/src/timeline.ts";
import { openInGoTool } from "../collect/gotool.ts";
import { openFrame } from "../paint/frames.ts";
import { styles } from "./style.ts";

/** Connects a timeline's webview with the server: it asks for windows of the trace and opens sources. */
export class TimelinePage {
  readonly #client: LanguageClient;
  readonly #webview: vscode.Webview;
  readonly #file: string;
  #search: string;
  #closed = false;

  constructor(client: LanguageClient, webview: vscode.Webview, file: string, search: string) {
    this.#client = client;
    this.#webview = webview;
    this.#file = file;
    this.#search = search;
  }

  open(extension: vscode.Uri): void {
    const dist = vscode.Uri.joinPath(extension, "dist");
    this.#webview.options = { enableScripts: true, localResourceRoots: [dist] };
    this.#webview.html = html(this.#webview, vscode.Uri.joinPath(dist, "timeline.js"));
    this.#webview.onDidReceiveMessage((message: unknown) => void this.#receive(message));
  }

  async find(search: string): Promise<void> {
    await this.#webview.postMessage({ type: "search", text: search });
  }

  close(): void {
    this.#closed = true;
    void this.#client.sendRequest(closeTimeline.method, { file: this.#file }).catch(() => undefined);
  }

  /** Messages come from a page that shows hostile text: every field is looked at. */
  async #receive(message: unknown): Promise<void> {
    if (typeof message !== "object" || message === null || !("type" in message)) return;
    if (message.type === "ready") {
      if (this.#search !== "") await this.find(this.#search);
      this.#search = "";
    } else if (message.type === "trace") await openInGoTool("trace", [this.#file]);
    else if (message.type === "open" && "frame" in message) await openFrame(this.#client, message.frame);
    else await this.#ask(message);
  }

  async #ask(message: object & Record<"type", unknown>): Promise<void> {
    try {
      const answer = await this.#answer(message);
      if (answer !== undefined && !this.#closed) await this.#webview.postMessage(answer);
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      if (!this.#closed) await this.#webview.postMessage({ type: "error", text });
    }
  }

  async #answer(message: object & Record<"type", unknown>): Promise<object | undefined> {
    const file = this.#file;
    if (message.type === "waits")
      return { type: "waits", waits: await this.#client.sendRequest(timelineWaits.method, { file }) };
    if (message.type === "window" && "request" in message) {
      const request = readRequest(message.request);
      if (request === undefined) return undefined;
      return {
        type: "window",
        window: await this.#client.sendRequest(timelineWindow.method, { ...request, file }),
      };
    }
    if (message.type !== "slice" || !("rows" in message && "row" in message && "slice" in message)) return undefined;
    const { rows, row, slice } = message;
    if ((rows !== "goroutines" && rows !== "processors") || typeof row !== "number" || typeof slice !== "number")
      return undefined;
    return {
      type: "slice",
      slice: await this.#client.sendRequest(timelineSlice.method, { file, rows, row, slice }),
    };
  }
}

function readRequest(raw: unknown): Omit<TimelineRequest, "file"> | undefined {
  if (typeof raw !== "object" || raw === null) return undefined;
  const { rows, order, search, ...numbers }: Partial<Record<keyof TimelineRequest, unknown>> = raw;
  const { from, to, first, count, reveal, columns } = numbers;
  if (rows !== "goroutines" && rows !== "processors") return undefined;
  if ((order !== "start" && order !== "waiting" && order !== "name") || typeof search !== "string") return undefined;
  if (!isNumber(from) || !isNumber(to) || !isNumber(first)) return undefined;
  if (!isNumber(count) || !isNumber(reveal) || !isNumber(columns)) return undefined;
  return { rows, order, search, from, to, first, count, reveal, columns };
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function html(webview: vscode.Webview, script: vscode.Uri): string {
  const nonce = randomBytes(16).toString("base64");
  const policy = `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'`;
  const { t } = vscode.l10n;
  return `<!DOCTYPE html><html lang="${vscode.env.language}"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<style nonce="${nonce}">${styles}</style></head><body>
<header>
<label>${t("Rows")} <select id="rows"><option value="goroutines">${t("goroutines")}</option><option value="processors">${t("processors (P)")}</option></select></label>
<label>${t("Order")} <select id="order"><option value="start">${t("as they began")}</option><option value="waiting">${t("longest waiting first")}</option><option value="name">${t("by function")}</option></select></label>
<label>${t("Search")} <input id="search" type="search" placeholder="${t("function, lock, file.go:12")}"></label><span id="matches" role="status"></span>
<progress id="progress" max="1" aria-label="${t("Reading the trace")}"></progress>
<span class="gap"></span>
<button id="out" title="${t("Zoom out")}">−</button><button id="in" title="${t("Zoom in")}">+</button><button id="reset">${t("Whole")}</button><button id="trace">${t("Open in go tool trace")}</button>
</header>
<div id="message" role="alert"></div>
<main>
<canvas id="timeline" tabindex="0" role="application" aria-describedby="details" aria-label="${t("Timeline; arrow keys move, plus and minus zoom, n and p go from slice to slice, Enter shows the slice, w goes to who woke it, o opens the source")}"></canvas>
<aside><table><thead><tr><th>${t("Worst waits")}</th><th>${t("total")}</th><th>${t("count")}</th><th>${t("p99")}</th><th>${t("longest")}</th></tr></thead><tbody id="waits"></tbody><tbody id="annotations-head" hidden><tr><th colspan="5">${t("Tasks and regions of the program")}</th></tr></tbody><tbody id="annotations"></tbody></table></aside>
</main>
<ul class="legend"><li class="running">${t("running")}</li><li class="runnable">${t("runnable")}</li><li class="waiting">${t("waiting")}</li><li class="syscall">${t("system call")}</li><li class="region">${t("task above, region below, log")}</li></ul>
<footer><div id="details" role="status" aria-live="polite"></div><div id="stack"></div></footer>
<script nonce="${nonce}" src="${webview.asWebviewUri(script).toString()}"></script></body></html>`;
}
