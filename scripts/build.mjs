// Bundles the extension, the language server and the CLI into dist/.
import { createHash } from "node:crypto";
import { chmodSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const production = process.argv.includes("--production");

/** Names the sources of everything that works out facts, so that the server and the CLI share what they keep. */
function sourcesDigest() {
  const hash = createHash("sha256");
  for (const dir of ["common/src", "server/src"]) {
    const names = readdirSync(join(root, dir), { recursive: true }).map(String).sort();
    for (const name of names.filter((one) => one.endsWith(".ts")))
      hash.update(`${dir}/${name}\0`).update(readFileSync(join(root, dir, name)));
  }
  return hash.digest("hex");
}

const define = { MAPRACE_SOURCES: JSON.stringify(sourcesDigest()) };

/** @param {string} from @param {string} to @param {Partial<import("esbuild").BuildOptions>} more */
const bundle = (from, to, more = {}) =>
  build({
    entryPoints: [join(root, from)],
    outfile: join(root, "dist", to),
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    // Names stay: reports of errors are read, and keeping them aside costs a call for each function that is made.
    minifyWhitespace: production,
    minifySyntax: production,
    sourcemap: production ? false : "linked",
    logLevel: "warning",
    define,
    ...more,
  });

/**
 * The server is a file of its own beside the command line: half of what that would have to read and compile for nothing. And
 * without parts that are loaded later, all constants of a file are constants to the runtime.
 */
const serverBeside = {
  name: "server-beside",
  setup: (build) => build.onResolve({ filter: /\/lsp\/main\.ts$/ }, () => ({ path: "./server.js", external: true })),
};

rmSync(join(root, "dist"), { recursive: true, force: true });
await Promise.all([
  bundle("client/src/extension.ts", "extension.js", { external: ["vscode"] }),
  bundle("client/webview/flame/main.ts", "flame.js", { platform: "browser", target: "es2022", format: "iife" }),
  bundle("client/webview/timeline/main.ts", "timeline.js", { platform: "browser", target: "es2022", format: "iife" }),
  bundle("server/src/lsp/main.ts", "server.js"),
  bundle("server/src/host/reader.ts", "reader.js"),
  bundle("server/src/cli/main.ts", "maprace.js", { banner: { js: "#!/usr/bin/env node" }, plugins: [serverBeside] }),
]);
chmodSync(join(root, "dist/maprace.js"), 0o755);
