// Makes the vsix, from a production build.
import { statSync } from "node:fs";
import { join } from "node:path";
import { ensureDependencies } from "./deps.mjs";
import { fail, root, run } from "./setup.mjs";

ensureDependencies();
const vsce = join(root, "node_modules/@vscode/vsce/vsce");
if (run(process.execPath, [vsce, "package", "--no-dependencies", "--skip-license", "--out", "maprace.vsix"]) !== 0)
  fail("vsce failed, see above");
console.log(`maprace.vsix: ${(statSync(join(root, "maprace.vsix")).size / 1e6).toFixed(2)} MB`);
