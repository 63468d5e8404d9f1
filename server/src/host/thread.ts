import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { dirname, join } from "../base/paths.ts";
import { InputError } from "./disk.ts";

type Answer<Value> = { readonly id: number } & (
  | { readonly value: Value }
  | { readonly error: string; readonly input: boolean }
);

interface Waiting<Value> {
  resolve(value: Value): void;
  reject(error: Error): void;
}

/** A thread of this same program, or of a part of it, that answers requests; it starts when first asked and keeps the process alive while it owes an answer. */
export class Thread<Request, Value> {
  readonly #role: string;
  readonly #program: string;
  #worker: Worker | undefined;
  #next = 1;
  readonly #waiting = new Map<number, Waiting<Value>>();

  /** `role` is what `serveThread` of the other side is called with; `program` is a file beside this one. */
  constructor(role: string, program?: string) {
    this.#role = role;
    this.#program = program === undefined ? __filename : join(dirname(__filename), program);
  }

  /** Starts before it is asked. */
  start(): void {
    this.#started();
  }

  /** Throws `InputError` where the other side did. */
  ask(request: Request): Promise<Value> {
    const worker = this.#started();
    const id = this.#next++;
    worker.ref();
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      worker.postMessage({ id, request });
    });
  }

  /** Ends the thread in the midst of its work; who waits gets an error. */
  dispose(): void {
    void this.#worker?.terminate();
  }

  #started(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const worker = new Worker(this.#program, {
      workerData: { mapraceRole: this.#role },
      resourceLimits: { maxOldGenerationSizeMb: 4096 },
    });
    const fail = (error: Error) => {
      this.#worker = undefined;
      for (const waiting of this.#waiting.values()) waiting.reject(error);
      this.#waiting.clear();
    };
    worker.on("message", (answer: Answer<Value>) => {
      const waiting = this.#waiting.get(answer.id);
      this.#waiting.delete(answer.id);
      if (this.#waiting.size === 0) worker.unref();
      if ("value" in answer) waiting?.resolve(answer.value);
      else waiting?.reject(answer.input ? new InputError(answer.error) : new Error(answer.error));
    });
    worker.once("error", fail);
    worker.once("exit", () => fail(new Error("the thread ended")));
    worker.unref();
    this.#worker = worker;
    return worker;
  }
}

/** In a thread of this role: answers requests from now on, and says true. What is transferred is not copied. */
export function serveThread<Value>(
  role: string,
  makeAnswer: () => (request: never) => Value,
  transfer: (value: Value) => ArrayBuffer[] = () => [],
): boolean {
  const data: unknown = workerData;
  const port = parentPort;
  if (isMainThread || port === null || typeof data !== "object" || data === null) return false;
  if (!("mapraceRole" in data) || data.mapraceRole !== role) return false;
  const answer = makeAnswer();
  port.on("message", ({ id, request }: { id: number; request: never }) => {
    try {
      const value = answer(request);
      port.postMessage({ id, value } satisfies Answer<unknown>, transfer(value));
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      port.postMessage({ id, error: text, input: error instanceof InputError } satisfies Answer<unknown>);
    }
  });
  return true;
}
