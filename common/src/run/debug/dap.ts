import { connect, type Socket } from "node:net";
import { StreamMessageReader, StreamMessageWriter } from "vscode-jsonrpc/node";
import { Cancelled, CollectError, type Toolbox } from "../collect.ts";
import { type Outcome, runProcess } from "../process.ts";

/** A message of the debug adapter protocol, as far as it is used here. */
interface DapMessage {
  readonly jsonrpc?: unknown;
  readonly type?: unknown;
  readonly event?: unknown;
  readonly request_seq?: unknown;
  readonly success?: unknown;
  readonly message?: unknown;
  readonly body?: unknown;
}

/** Delve's adapter, started and listening. */
export interface Adapter {
  readonly host: string;
  readonly port: number;
  /** Ends it and what it debugs. */
  stop(): Promise<void>;
}

/** Starts `dlv dap` on a loopback port. Throws `CollectError` where there is no Delve, `Cancelled` on cancel. */
export async function startAdapter(delve: string, tools: Omit<Toolbox, "go">, cwd: string): Promise<Adapter> {
  const stop = new AbortController();
  const signal = AbortSignal.any([tools.signal, stop.signal]);
  let said = "";
  const running: { ended: Outcome | undefined } = { ended: undefined };
  const listening = new Promise<{ host: string; port: number }>((resolve, reject) => {
    const onOutput = (text: string) => {
      said = (said + text).slice(-4000);
      tools.log(text);
      const found = /DAP server listening at: (.+):(\d+)/.exec(said);
      if (found !== null) resolve({ host: found[1] ?? "127.0.0.1", port: Number(found[2]) });
    };
    const silent = () => reject(new CollectError(`${delve} dap does not listen within 20 s`));
    setTimeout(silent, 20_000).unref();
    const args = ["dap", "--listen=127.0.0.1:0", "--check-go-version=false"];
    void runProcess({ program: delve, args, cwd, env: tools.env, signal, onOutput }).then((outcome) => {
      running.ended = outcome;
      reject(ended(delve, outcome));
    });
  });
  try {
    return {
      ...(await listening),
      stop: async () => {
        stop.abort();
        while (running.ended === undefined) await new Promise((resolve) => setTimeout(resolve, 20));
      },
    };
  } catch (error) {
    stop.abort();
    throw error;
  }
}

function ended(delve: string, { error, cancelled, tail, code }: Outcome): Error {
  if (cancelled) return new Cancelled();
  if (error !== undefined)
    return new CollectError(
      `Delve cannot be started (${error}). Install it with \`go install github.com/go-delve/delve/cmd/dlv@latest\`, or name it in maprace.verify.delve; race runs and everything else work without it`,
    );
  return new CollectError(`${delve} dap ended with ${code ?? "a signal"}: ${tail.trim()}`);
}

/** Requests and events of one debug session. */
export class DapClient {
  readonly #socket: Socket;
  readonly #writer: StreamMessageWriter;
  readonly #waiting = new Map<number, { resolve: (body: unknown) => void; reject: (error: Error) => void }>();
  readonly #onEvent: (event: string, body: unknown) => void;
  #seq = 0;

  private constructor(socket: Socket, onEvent: (event: string, body: unknown) => void) {
    this.#socket = socket;
    this.#onEvent = onEvent;
    this.#writer = new StreamMessageWriter(socket);
    const reader = new StreamMessageReader(socket);
    // Its watch over half a message would go on after the connection has closed in the middle of one, and keep us alive.
    reader.partialMessageTimeout = 0;
    reader.listen((message) => this.#receive(message));
    socket.on("error", () => undefined);
    socket.once("close", () => {
      for (const { reject } of this.#waiting.values()) reject(new CollectError("the debugger closed the connection"));
      this.#waiting.clear();
      onEvent("closed", undefined);
    });
  }

  static open({ host, port }: Adapter, onEvent: (event: string, body: unknown) => void): Promise<DapClient> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port });
      socket.once("error", reject);
      socket.once("connect", () => resolve(new DapClient(socket, onEvent)));
    });
  }

  /** Sends a request; its body. Throws `CollectError` with the adapter's own words. */
  request(command: string, args: object): Promise<unknown> {
    const seq = ++this.#seq;
    return new Promise((resolve, reject) => {
      this.#waiting.set(seq, { resolve, reject });
      const message = { jsonrpc: "2.0", seq, type: "request", command, arguments: args };
      this.#writer.write(message).catch(reject);
    });
  }

  #receive(message: DapMessage): void {
    if (message.type === "event" && typeof message.event === "string") this.#onEvent(message.event, message.body);
    if (message.type !== "response" || typeof message.request_seq !== "number") return;
    const waiting = this.#waiting.get(message.request_seq);
    this.#waiting.delete(message.request_seq);
    if (message.success === true) waiting?.resolve(message.body);
    else waiting?.reject(new CollectError(`the debugger: ${errorText(message)}`));
  }

  close(): void {
    this.#socket.destroy();
  }
}

function errorText({ message, body }: DapMessage): string {
  const error: unknown = typeof body === "object" && body !== null && "error" in body ? body.error : undefined;
  const format: unknown = typeof error === "object" && error !== null && "format" in error ? error.format : undefined;
  return typeof format === "string" ? format : typeof message === "string" ? message : "no reason given";
}
