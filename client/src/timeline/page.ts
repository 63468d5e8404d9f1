import { randomBytes } from "node:crypto";
import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import { closeTimeline, timelineSlice, timelineWaits, timelineWindow } from "../../../common/src/protocol.ts";
import type { TimelineRequest } from "../../../common/src/timeline.ts";
import { openInGoTool } from "../collect/gotool.ts";
import { openFrame } from "../paint/frames.ts";
import { markup } from "./markup.ts";
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
${markup(t)}
<script nonce="${nonce}" src="${webview.asWebviewUri(script).toString()}"></script></body></html>`;
}
