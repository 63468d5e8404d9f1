// Small helpers of the other scripts; needs nothing installed.
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..");

export function step(text) {
  console.log(`\n== ${text}`);
}

/** Ends the script with a message a person can act on. */
export function fail(text) {
  console.error(`maprace: ${text}`);
  process.exit(1);
}

/** Runs a command in the repository, its output shown. Returns its exit status. */
export function run(command, args, options = {}) {
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: "inherit",
    shell: process.platform === "win32" && command === "npm",
    ...options,
  });
  if (result.error !== undefined) fail(`${command}: ${result.error.message}`);
  return result.status ?? 1;
}

export function node(args, options = {}) {
  return run(process.execPath, args, options);
}

/** The installed Go's version; the toolchain line of a go.mod nearby is not followed. */
export function goVersion() {
  const result = spawnSync("go", ["version"], { encoding: "utf8", env: { ...process.env, GOTOOLCHAIN: "local" } });
  return result.status === 0 ? result.stdout.trim() : undefined;
}
