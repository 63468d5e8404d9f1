// Every gate that needs no test: formatting, lint, types, dead code, layers, ratchets, generated files.
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const bin = (name) => join(root, "node_modules", ".bin", process.platform === "win32" ? `${name}.cmd` : name);

const gates = [
  ["biome", bin("biome"), ["check", "--error-on-warnings", "."]],
  ["types", bin("tsc"), ["-b"]],
  ["oxlint", bin("oxlint"), ["--type-aware", "--deny-warnings"]],
  ["knip", bin("knip"), []],
  ["layers", process.execPath, ["scripts/layers.mjs"]],
  ["ratchet", process.execPath, ["scripts/ratchet.mjs"]],
  ["generated", process.execPath, ["scripts/gen.mjs", "--check"]],
];

let failed = 0;
for (const [name, command, args] of gates) {
  const result = spawnSync(command, args, { cwd: root, encoding: "utf8", shell: process.platform === "win32" });
  const ok = result.status === 0;
  console.log(`${ok ? "ok  " : "FAIL"} ${name}`);
  if (!ok) {
    failed++;
    console.log(result.stdout, result.stderr, result.error ?? "");
  }
}
process.exitCode = failed === 0 ? 0 : 1;
