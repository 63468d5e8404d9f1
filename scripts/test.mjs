// Builds, sets up what tests need, runs them. `--long` runs the big fuzz and soak runs; names of test files narrow it.
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fail, goVersion, node, root, step } from "./setup.mjs";

const args = process.argv.slice(2);
const long = args.includes("--long");
const wanted = args.filter((arg) => !arg.startsWith("--"));

if (goVersion() === undefined)
  fail("Go is needed for the tests: the parser is compared with Go's own. Install it from your system's packages.");
await import("./deps.mjs").then(({ ensureDependencies }) => ensureDependencies());
step("build");
if (node(["scripts/build.mjs"]) !== 0) fail("the build failed");

const { build } = await import("esbuild");
const out = join(root, "out/test");
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });

const tests = readdirSync(join(root, "test"), { recursive: true })
  .map(String)
  .map((name) => name.replaceAll("\\", "/"))
  .filter((name) => name.endsWith(".test.ts"))
  .filter((name) => wanted.length === 0 || wanted.some((one) => name.includes(one)));
if (tests.length === 0) fail(`no test file matches ${wanted.join(", ")}`);
await build({
  entryPoints: tests.map((name) => join(root, "test", name)),
  outdir: out,
  outbase: join(root, "test"),
  outExtension: { ".js": ".cjs" },
  bundle: true,
  platform: "node",
  target: "node20",
  format: "cjs",
  sourcemap: "linked",
  external: [
    "playwright-core",
    "fast-check",
    "ajv",
    "vscode",
    "@vscode/test-electron",
    "vscode-languageserver-protocol",
    "vscode-jsonrpc",
  ],
  logLevel: "error",
});

if (tests.some((name) => name.startsWith("editor/"))) {
  await build({
    entryPoints: [join(root, "test/editor/host.ts")],
    outfile: join(out, "editor/host.cjs"),
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    external: ["vscode"],
    logLevel: "error",
  });
  const { ensureEditor } = await import("./editor.mjs");
  ensureEditor();
}

const needsTools = tests.some((name) => name.startsWith("verify/") || name === "editor/verify.test.ts");
const { ensureGoTools } = await import("./go-tools.mjs");
const path = needsTools ? ensureGoTools() : process.env.PATH;

step(`${tests.length} test files`);
const result = spawnSync(
  process.execPath,
  [
    "--enable-source-maps",
    "--test",
    "--test-reporter=spec",
    "--test-concurrency=2",
    ...tests.map((name) => join(out, name.replace(/\.ts$/, ".cjs"))),
  ],
  {
    cwd: root,
    stdio: "inherit",
    env: {
      ...process.env,
      PATH: path,
      MAPRACE_ROOT: root,
      MAPRACE_LONG: long ? "1" : "0",
      NODE_PATH: join(root, "node_modules"),
    },
  },
);
process.exitCode = result.status ?? 1;
