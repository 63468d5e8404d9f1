import { spawn, spawnSync } from "node:child_process";

export interface ProcessOptions {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
  readonly onOutput?: (text: string) => void;
  /** Milliseconds after which the whole group is ended. */
  readonly timeout?: number;
  readonly onStart?: (pid: number) => void;
}

export interface Outcome {
  readonly code: number | null;
  /** Standard output, cut at its limit. */
  readonly stdout: string;
  /** The end of standard output and error together. */
  readonly tail: string;
  readonly cancelled: boolean;
  readonly timedOut: boolean;
  /** Why the process could not be started. */
  readonly error: string | undefined;
  readonly seconds: number;
}

const tailLimit = 16_000;
const stdoutLimit = 8 << 20;
/** Time between the polite and the final signal. */
const grace = 2000;

/**
 * Runs a program with an argument array, never through a shell, in a process group of its own. On cancel, on time-out
 * and after the program's end whatever is left of the group is ended too.
 */
export function runProcess(options: ProcessOptions): Promise<Outcome> {
  return new Running(options).outcome;
}

class Running {
  readonly outcome: Promise<Outcome>;
  readonly #began = performance.now();
  readonly #child;
  #stdout = "";
  #tail = "";
  #cancelled = false;
  #timedOut = false;
  #ended = false;
  #timers: NodeJS.Timeout[] = [];

  constructor(options: ProcessOptions) {
    const { program, args, cwd, env, signal, onOutput, timeout } = options;
    this.#child = spawn(program, args, {
      cwd,
      env: env ?? process.env,
      shell: false,
      windowsHide: true,
      detached: process.platform !== "win32",
      stdio: ["ignore", "pipe", "pipe"],
    });
    if (this.#child.pid !== undefined) options.onStart?.(this.#child.pid);
    this.#child.stdout.setEncoding("utf8").on("data", (text: string) => {
      if (this.#stdout.length < stdoutLimit) this.#stdout += text;
      this.#output(text, onOutput);
    });
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => this.#output(text, onOutput));
    const cancel = () => {
      this.#cancelled = true;
      this.#stop();
    };
    if (timeout !== undefined)
      this.#timers.push(
        setTimeout(() => {
          this.#timedOut = true;
          this.#stop();
        }, timeout),
      );
    this.outcome = new Promise((resolve) => {
      const finish = (code: number | null, error?: string) => {
        if (this.#ended) return;
        this.#ended = true;
        signal?.removeEventListener("abort", cancel);
        for (const timer of this.#timers) clearTimeout(timer);
        resolve(this.#result(code, error));
      };
      this.#child.once("error", (error) => finish(null, error.message));
      this.#child.once("close", (code) => finish(code));
      this.#child.once("exit", (code) => {
        // Children that outlive their parent would keep the pipes open.
        endGroup(this.#child.pid, "SIGKILL");
        this.#timers.push(setTimeout(() => finish(code), 500));
      });
    });
    if (signal?.aborted === true) cancel();
    else signal?.addEventListener("abort", cancel, { once: true });
  }

  #output(text: string, onOutput: ((text: string) => void) | undefined): void {
    this.#tail = (this.#tail + text).slice(-tailLimit);
    onOutput?.(text);
  }

  #stop(): void {
    if (this.#ended) return;
    endGroup(this.#child.pid, "SIGTERM");
    this.#timers.push(setTimeout(() => endGroup(this.#child.pid, "SIGKILL"), grace));
  }

  #result(code: number | null, error: string | undefined): Outcome {
    return {
      code,
      stdout: this.#stdout,
      tail: this.#tail,
      cancelled: this.#cancelled,
      timedOut: this.#timedOut,
      error,
      seconds: (performance.now() - this.#began) / 1000,
    };
  }
}

/** Ends a process and all its children. */
function endGroup(pid: number | undefined, signal: "SIGTERM" | "SIGKILL"): void {
  if (pid === undefined) return;
  if (process.platform === "win32") {
    spawnSync("taskkill", ["/pid", String(pid), "/T", "/F"], { windowsHide: true });
    return;
  }
  try {
    process.kill(-pid, signal);
  } catch {
    // The group has ended.
  }
}
