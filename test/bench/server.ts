import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from "vscode-jsonrpc/node";
import { statusChanged } from "../../common/src/protocol.ts";

/** A language server in a process of its own, as an editor starts it. */
export class Server {
  readonly #child;
  readonly connection;
  readonly #scanned: Promise<void>;
  /** Notifications with findings so far. */
  published = 0;

  constructor(program: string) {
    this.#child = spawn(process.execPath, [program, "lsp", "--stdio"], { stdio: ["pipe", "pipe", "inherit"] });
    this.connection = createMessageConnection(
      new StreamMessageReader(this.#child.stdout),
      new StreamMessageWriter(this.#child.stdin),
    );
    this.#scanned = new Promise((resolve) => {
      this.connection.onNotification(statusChanged.method, ({ state }: { state: string }) => {
        if (state === "idle") resolve();
      });
    });
    this.connection.onNotification("textDocument/publishDiagnostics", () => void this.published++);
    this.connection.onRequest("workspace/configuration", ({ items }: { items: unknown[] }) =>
      items.map(() => ({ delay: 100 })),
    );
    this.connection.onRequest("client/registerCapability", () => null);
    this.connection.onRequest("window/workDoneProgress/create", () => null);
    this.connection.listen();
  }

  /** Seconds until everything was scanned for the first time. */
  async begin(root: string): Promise<number> {
    const began = performance.now();
    await this.connection.sendRequest("initialize", {
      processId: process.pid,
      rootUri: null,
      workspaceFolders: [{ uri: pathToFileURL(root).href, name: "root" }],
      capabilities: { workspace: { configuration: true }, window: { workDoneProgress: true } },
    });
    await this.connection.sendNotification("initialized", {});
    await this.#scanned;
    return (performance.now() - began) / 1000;
  }

  async open(path: string, text: string): Promise<void> {
    await this.connection.sendNotification("textDocument/didOpen", {
      textDocument: { uri: pathToFileURL(path).href, languageId: "go", version: 1, text },
    });
  }

  /** Megabytes that are resident now, and the most that ever were. */
  memory(): { now: number; peak: number } {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, "utf8");
    const read = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) >> 10;
    return { now: read("VmRSS"), peak: read("VmHWM") };
  }

  end(): void {
    this.#child.kill("SIGKILL");
  }
}
