// Which statements of the server the tests run: fails below the share that is demanded. Editor tests are left out, so that
// what they alone reach does not count. With --report the data of the last run are looked at again.
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import MCR from "monocart-coverage-reports";
import { fail, node, root } from "./setup.mjs";

const least = 92;
const data = join(root, "out/coverage");
const folders = readdirSync(join(root, "test"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== "editor")
  .map((entry) => `${entry.name}/`);

if (!process.argv.includes("--report")) {
  rmSync(data, { recursive: true, force: true });
  mkdirSync(data, { recursive: true });
  if (node(["scripts/test.mjs", ...folders], { env: { ...process.env, NODE_V8_COVERAGE: data } }) !== 0)
    process.exit(1);
}
const report = MCR({
  name: "server",
  outputDir: join(root, "out/coverage-report"),
  reports: [["console-details", { skipPercent: process.argv.includes("--all") ? 0 : 85 }]],
  entryFilter: { "**/node_modules/**": false, "**/*.js": true, "**/*.cjs": true },
  sourceFilter: { "**/server/src/**": true, "**/*": false },
  logging: "error",
});
await report.addFromDir(data);
const results = await report.generate();
const { statements, functions, lines } = results?.summary ?? {};
console.log(
  `of the server's statements tests run ${statements?.pct} % (${statements?.covered} of ${statements?.total}), of its functions ${functions?.pct} %, of its lines ${lines?.pct} %`,
);
if (statements === undefined || !(statements.pct >= least)) fail(`at least ${least} % are demanded`);
