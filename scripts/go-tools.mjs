// A C compiler and Delve for the tests that run race builds and a debugger: installed where that is allowed.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { root, run, step } from "./setup.mjs";

const delveVersion = "v1.27.2";
const bin = join(root, "node_modules/.cache/maprace/bin");
const delve = join(bin, process.platform === "win32" ? "dlv.exe" : "dlv");

const starts = (program, args) => spawnSync(program, args, { stdio: "ignore" }).status === 0;

/** Installs what is missing; says so where it may not. Returns the path on which both are found. */
export function ensureGoTools() {
  if (process.platform !== "darwin" && !starts("gcc", ["--version"])) ensureCompiler();
  if (!existsSync(delve) && !starts("dlv", ["version"])) ensureDelve();
  return [bin, process.env.PATH ?? ""].join(delimiter);
}

function ensureCompiler() {
  const apt = process.platform === "linux" && process.getuid?.() === 0 && existsSync("/usr/bin/apt-get");
  if (apt) {
    step("install a C compiler");
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    run("apt-get", ["update", "-qq"], { env });
    run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "gcc", "libc6-dev"], { env });
  }
  if (!starts("gcc", ["--version"]))
    console.log(
      "maprace: there is no C compiler, so tests that need the race detector do not run (they count as skipped)",
    );
}

function ensureDelve() {
  step("install Delve");
  const env = { ...process.env, GOBIN: bin, GOFLAGS: "-mod=mod" };
  run("go", ["install", `github.com/go-delve/delve/cmd/dlv@${delveVersion}`], { env });
  if (!existsSync(delve))
    console.log(
      "maprace: Delve could not be installed, so tests that need a debugger do not run (they count as skipped)",
    );
}
