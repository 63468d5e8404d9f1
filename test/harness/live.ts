import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root, run, scratch } from "./tools.ts";

/** Files that make a module of the sample a contended service with `net/http/pprof`. */
export const liveFiles = { "cmd/live/main.go": readFileSync(join(root, "test/fixtures/live/main.go"), "utf8") };

const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** Builds and starts the service of a module that has `liveFiles`; answers its address. */
export async function startLive(
  module: string,
  args: readonly string[] = [],
): Promise<{ address: string; stop(): void }> {
  const binary = join(scratch(), "live");
  const built = run("go", ["build", "-o", binary, "./cmd/live"], { cwd: module });
  if (built.status !== 0) throw new Error(built.stderr);
  const child = spawn(binary, args, { stdio: ["ignore", "pipe", "inherit"] });
  running.add(child);
  const stop = () => {
    running.delete(child);
    child.kill("SIGKILL");
  };
  const address = await new Promise<string>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`the service ended with ${code}`)));
    child.stdout.once("data", (data: Buffer) => resolve(data.toString().trim()));
  });
  return { address, stop };
}

/** A copy of the sample with the service in it. */
export function liveModule(): string {
  const dir = join(scratch(), "shop");
  cpSync(join(root, "sample"), dir, { recursive: true, filter: (path) => !path.endsWith("/.maprace") });
  cpSync(join(root, "test/fixtures/live"), join(dir, "cmd/live"), { recursive: true });
  return dir;
}
