import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The repository, whichever directory the test bundle lies in. */
export const root = process.env["MAPRACE_ROOT"] ?? process.cwd();

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function run(
  command: string,
  args: readonly string[],
  options: { cwd?: string; input?: string; env?: NodeJS.ProcessEnv } = {},
): Ran {
  const result = spawnSync(command, args, {
    encoding: "utf8",
    maxBuffer: 1 << 28,
    timeout: 300_000,
    cwd: root,
    ...options,
  });
  if (result.error !== undefined) throw result.error;
  return { status: result.status, stdout: result.stdout, stderr: result.stderr };
}

/** The built CLI; it keeps no results unless `MAPRACE_CACHE` says where. */
export function maprace(args: readonly string[], options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}): Ran {
  const env = { ...process.env, MAPRACE_CACHE: "off", ...options.env };
  return run(process.execPath, [join(root, "dist/maprace.js"), ...args], { ...options, env });
}

/** A Go tool of test/go. */
export function goTool(name: string, input: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Ran {
  const options = { cwd: join(root, "test/go"), input, env: { ...process.env, ...env } };
  return run("go", ["run", `./${name}`, ...args], options);
}

export function goroot(): string {
  return run("go", ["env", "GOROOT"], {
    cwd: tmpdir(),
    env: { ...process.env, GOTOOLCHAIN: "local", GOWORK: "off", GOFLAGS: "" },
  }).stdout.trim();
}

/** A fresh directory, gone when the process ends. */
export function scratch(): string {
  const dir = mkdtempSync(join(tmpdir(), "maprace-test-"));
  process.setMaxListeners(100);
  process.on("exit", () => {
    if (existsSync(dir)) rmSync(dir, { recursive: true, force: true });
  });
  return dir;
}
