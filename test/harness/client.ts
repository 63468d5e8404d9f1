import { type ChildProcessByStdio, spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { pathToFileURL } from "node:url";
import {
  createMessageConnection,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from "vscode-jsonrpc/node";
import type { Diagnostic } from "vscode-languageserver-protocol";
import { type StatusParams, statusChanged } from "../../common/src/protocol.ts";
import { root, scratch } from "./tools.ts";

/** A client on the server's standard input and output, as any editor would be. */
export class Client {
  readonly connection: MessageConnection;
  readonly diagnostics = new Map<string, Diagnostic[]>();
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  #waiting: (() => void)[] = [];
  configuration: Record<string, unknown> = {};
  readonly progress: string[] = [];
  readonly log: string[] = [];
  readonly statuses: StatusParams[] = [];

  /** `flags` are those of the runtime. */
  constructor(flags: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
    this.#child = spawn(process.execPath, [...flags, join(root, "dist/maprace.js"), "lsp", "--stdio"], {
      stdio: ["pipe", "pipe", "inherit"],
      env: { ...process.env, MAPRACE_CACHE: "off", ...env },
    });
    this.#child.once("exit", () => {
      for (const wake of this.#waiting.splice(0)) wake();
    });
    this.connection = createMessageConnection(
      new StreamMessageReader(this.#child.stdout),
      new StreamMessageWriter(this.#child.stdin),
    );
    this.connection.onNotification(
      "textDocument/publishDiagnostics",
      ({ uri, diagnostics }: { uri: string; diagnostics: Diagnostic[] }) => {
        this.diagnostics.set(uri, diagnostics);
        for (const wake of this.#waiting.splice(0)) wake();
      },
    );
    this.connection.onNotification(statusChanged.method, (status: StatusParams) => {
      this.statuses.push(status);
      for (const wake of this.#waiting.splice(0)) wake();
    });
    this.connection.onNotification("$/progress", ({ value }: { value: { kind: string } }) => {
      this.progress.push(value.kind);
    });
    this.connection.onRequest("workspace/configuration", ({ items }: { items: { section: string }[] }) =>
      items.map(({ section }) => (section === "maprace" ? this.configuration : null)),
    );
    this.connection.onRequest("client/registerCapability", () => null);
    this.connection.onRequest("window/workDoneProgress/create", () => null);
    this.connection.onNotification("window/logMessage", ({ message }: { message: string }) => {
      this.log.push(message);
    });
    this.connection.listen();
    // Who waits for an answer of a server that ended is told so.
    this.#child.once("exit", () => this.connection.dispose());
  }

  async start(...folders: string[]): Promise<unknown> {
    return this.startWith({}, ...folders);
  }

  /** With further initialization options. */
  async startWith(initializationOptions: Record<string, unknown>, ...folders: string[]): Promise<unknown> {
    const result = await this.connection.sendRequest("initialize", {
      processId: process.pid,
      rootUri: null,
      initializationOptions,
      workspaceFolders: folders.map((dir) => ({ uri: pathToFileURL(dir).href, name: dir })),
      capabilities: {
        textDocument: { publishDiagnostics: { relatedInformation: true } },
        workspace: {
          configuration: true,
          workspaceFolders: true,
          didChangeConfiguration: { dynamicRegistration: true },
          didChangeWatchedFiles: { dynamicRegistration: true },
        },
        window: { workDoneProgress: true },
      },
    });
    await this.connection.sendNotification("initialized", {});
    return result;
  }

  /** Waits until the diagnostics of a file satisfy `test`. */
  async until(uri: string, check: (diagnostics: Diagnostic[]) => boolean): Promise<Diagnostic[]> {
    return this.#awaited(() => this.diagnostics.get(uri), check);
  }

  /** Waits for a status of the server. */
  async status(check: (status: StatusParams) => boolean): Promise<StatusParams> {
    return this.#awaited(() => this.statuses.at(-1), check);
  }

  /** The server's end, by itself or by a signal. */
  async ended(): Promise<void> {
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== null || signalCode !== null) return;
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), 60_000);
    await new Promise((resolve) => this.#child.once("exit", resolve));
    clearTimeout(timer);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  async #awaited<Value>(read: () => Value | undefined, check: (value: Value) => boolean): Promise<Value> {
    const end = Date.now() + 60_000;
    for (;;) {
      const known = read();
      if (known !== undefined && check(known)) return known;
      if (Date.now() > end || this.#child.signalCode !== null)
        throw new Error(`not what is waited for: ${JSON.stringify(known)}\n${this.log.join("\n")}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 500);
        this.#waiting.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  async stop(): Promise<number | null> {
    await this.connection.sendRequest("shutdown");
    await this.connection.sendNotification("exit");
    return new Promise<number | null>((resolve) => this.#child.once("exit", resolve));
  }

  /** Ends the server the polite way, so that what it ran is written down; one that does not answer is killed. */
  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), 3_000);
    // A server that is killed answers nobody.
    const ended = new Promise<void>((resolve) => this.#child.once("exit", () => resolve()));
    const stopped = this.stop().catch(() => void this.#child.kill("SIGKILL"));
    await Promise.race([stopped, ended]);
    clearTimeout(timer);
  }
}

/** A module in a fresh directory. */
export function project(files: Readonly<Record<string, string>>): { dir: string; uri: (name: string) => string } {
  const dir = scratch();
  writeFileSync(join(dir, "go.mod"), "module example.com/m\n\ngo 1.24\n");
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(dir, name, ".."), { recursive: true });
    writeFileSync(join(dir, name), text);
  }
  return { dir, uri: (name) => pathToFileURL(join(dir, name)).href };
}
