// A real VS Code for tests and for `npm start` where no desktop one is: the server that code-server carries, and a browser.
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { fail, root, run, step } from "./setup.mjs";

const version = "4.100.3";
const home = join(root, ".cache/editor");
const vscode = join(home, "node_modules/code-server/lib/vscode");
const stamp = join(home, `installed-${version}`);
const browsers = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** Path of the editor's server script; installed first where it is missing. */
export function ensureEditorServer() {
  const main = join(vscode, "out/server-main.js");
  if (existsSync(stamp) && existsSync(main)) return main;
  step("install the embedded editor");
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, "package.json"), '{ "private": true }\n');
  const quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  const install = (args, cwd) => {
    if (run("npm", ["install", ...quiet, ...args], { cwd }) !== 0)
      fail("the embedded editor could not be installed, see above");
  };
  install([`code-server@${version}`], home);
  install(["--omit=dev"], vscode);
  if (process.platform === "linux" && process.arch === "x64") {
    // The editor's own installer would download ripgrep; without it file search fails.
    install(["--no-save", "@vscode/ripgrep-linux-x64@1.18.0"], home);
    const bin = join(vscode, "node_modules/@vscode/ripgrep/bin");
    mkdirSync(bin, { recursive: true });
    copyFileSync(join(home, "node_modules/@vscode/ripgrep-linux-x64/bin/rg"), join(bin, "rg"));
    chmodSync(join(bin, "rg"), 0o755);
  }
  writeFileSync(stamp, "");
  return main;
}

/** Path of a Chromium; installed from Debian's packages where that is possible. */
export function ensureBrowser() {
  const known = [process.env.MAPRACE_CHROME ?? "", ...browsers].find((path) => path !== "" && existsSync(path));
  if (known !== undefined) return known;
  const apt = process.platform === "linux" && process.getuid?.() === 0 && existsSync("/usr/bin/apt-get");
  if (!apt) fail("a Chromium or Chrome is needed for the editor tests: install one, or name it in MAPRACE_CHROME");
  step("install a browser");
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  run("apt-get", ["update", "-qq"], { env });
  if (
    run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "chromium", "fonts-dejavu-core"], { env }) !== 0
  ) {
    fail("chromium could not be installed, see above");
  }
  return browsers[0];
}

export function ensureEditor() {
  ensureEditorServer();
  ensureBrowser();
}

/** Settings that keep the editor quiet. */
export function editorSettings(trust) {
  return {
    "security.workspace.trust.enabled": trust,
    "security.workspace.trust.startupPrompt": "never",
    "workbench.startupEditor": "none",
    "telemetry.telemetryLevel": "off",
    "update.mode": "none",
    "extensions.autoCheckUpdates": false,
    "extensions.ignoreRecommendations": true,
    "git.enabled": false,
    "editor.minimap.enabled": false,
    // A save in the midst of typing, whose text is then undone, leaves a file the editor takes for unchanged.
    "files.autoSave": "off",
    "editor.hover.delay": 100,
    "workbench.tips.enabled": false,
    "chat.commandCenter.enabled": false,
  };
}

/** A port nobody uses now, on the loopback address. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

/** Starts the editor's server in a data directory of its own. Returns its port and how to stop it, children included. */
export async function startEditor({ dataDir, token, trust = false, env = process.env }) {
  const main = ensureEditorServer();
  const port = await freePort();
  const user = join(dataDir, "data/User");
  mkdirSync(user, { recursive: true });
  writeFileSync(join(user, "settings.json"), JSON.stringify(editorSettings(trust), undefined, 2));
  const args = [
    main,
    "--host",
    "127.0.0.1",
    "--port",
    String(port),
    "--accept-server-license-terms",
    "--telemetry-level",
    "off",
    "--server-data-dir",
    dataDir,
  ];
  args.push(...(token === undefined ? ["--without-connection-token"] : ["--connection-token", token]));
  const child = spawn(process.execPath, args, {
    detached: process.platform !== "win32",
    stdio: ["ignore", "pipe", "pipe"],
    env,
  });
  let log = "";
  child.stdout.on("data", (chunk) => (log += chunk));
  child.stderr.on("data", (chunk) => (log += chunk));
  const stop = () => {
    if (child.exitCode !== null || child.pid === undefined) return;
    if (process.platform === "win32") spawnSync("taskkill", ["/pid", String(child.pid), "/T", "/F"]);
    else {
      try {
        process.kill(-child.pid, "SIGKILL");
      } catch {
        // It ended by itself.
      }
    }
  };
  const until = Date.now() + 60_000;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the editor's server ended:\n${log}`);
    try {
      const response = await fetch(`http://127.0.0.1:${port}/`, { redirect: "manual" });
      if (response.status < 500) break;
    } catch {
      // Not yet listening.
    }
    if (Date.now() > until) {
      stop();
      throw new Error(`the editor's server did not answer within 60 s:\n${log}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return { port, stop, log: () => log, child };
}

/** Address of a folder with the extension under development loaded. */
export function editorUrl(port, folder, { token, tests, open } = {}) {
  const remote = (path) => `vscode-remote://127.0.0.1:${port}${path}`;
  const payload = [
    ["skipWelcome", "true"],
    ["extensionDevelopmentPath", remote(root)],
  ];
  if (tests !== undefined) payload.push(["extensionTestsPath", remote(tests)]);
  if (open !== undefined) payload.push(["openFile", remote(open)]);
  const query = new URLSearchParams({ folder, payload: JSON.stringify(payload) });
  if (token !== undefined) query.set("tkn", token);
  return `http://127.0.0.1:${port}/?${query}`;
}
