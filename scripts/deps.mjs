// Installs the npm dependencies where they are missing or older than the lock file.
import { copyFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fail, root, run, step } from "./setup.mjs";

const lock = join(root, "package-lock.json");
const stamp = join(root, "node_modules/.maprace-lock.json");

export function ensureDependencies() {
  const [major = 0] = process.versions.node.split(".").map(Number);
  if (major < 20) fail(`Node 20 or newer is needed, this is ${process.versions.node}`);
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === readFileSync(lock, "utf8")) return;
  step("install");
  // No dependency needs its install script.
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
  if (run("npm", args) !== 0) fail("npm ci failed, see above");
  copyFileSync(lock, stamp);
}
