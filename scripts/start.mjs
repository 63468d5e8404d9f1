// `npm start [-- DIR] [--no-editor]`: installs, builds, scans DIR (the sample by default), prints the findings and for the
// sample the contention of its benchmark, then opens an editor on it with the extension loaded. Another DIR is only read.

import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { ensureDependencies } from "./deps.mjs";
import { fail, node, root, step } from "./setup.mjs";

const args = process.argv.slice(2);
const withEditor = !args.includes("--no-editor");
const named = args.find((arg) => !arg.startsWith("--"));
const dir = resolve(process.env.INIT_CWD ?? process.cwd(), named ?? join(root, "sample"));
if (!existsSync(dir)) fail(`${dir} does not exist`);

ensureDependencies();
step("build");
if (node(["scripts/build.mjs"]) !== 0) fail("the build failed, see above");

step(`scan ${dir}`);
const status = node([join(root, "dist/maprace.js"), "scan", "-C", dir]);
if (status > 1) process.exit(status);
if (named === undefined) {
  step("profile the contention of the sample's benchmark");
  const profiled = node([
    join(root, "dist/maprace.js"),
    "profile",
    "--run=./...",
    "--bench=.",
    "--benchtime=300ms",
    "--top=4",
    "--save",
    "-C",
    dir,
  ]);
  if (profiled !== 0) process.exit(profiled);
}
if (withEditor) await openEditor();

async function openEditor() {
  const probe = spawnSync("code", ["--version"], { encoding: "utf8", shell: process.platform === "win32" });
  if (
    probe.status === 0 &&
    process.env.DISPLAY !== "" &&
    (process.platform !== "linux" || process.env.DISPLAY !== undefined)
  ) {
    step("open VS Code");
    spawnSync("code", ["--extensionDevelopmentPath", root, dir], {
      stdio: "inherit",
      shell: process.platform === "win32",
    });
    return;
  }
  const { editorUrl, startEditor } = await import("./editor.mjs");
  const dataDir = mkdtempSync(join(tmpdir(), "maprace-editor-"));
  const token = randomBytes(24).toString("hex");
  const open = named === undefined ? join(dir, "store/inventory.go") : undefined;
  const editor = await startEditor({ dataDir, token, trust: true });
  const end = () => {
    editor.stop();
    rmSync(dataDir, { recursive: true, force: true });
    process.exit(0);
  };
  process.on("SIGINT", end);
  process.on("SIGTERM", end);
  step("the editor is ready; Ctrl+C ends it");
  console.log(editorUrl(editor.port, dir, { token, open }));
}
