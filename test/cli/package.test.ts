import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root, run } from "../harness/tools.ts";

test("the packaged extension has every bundle, and no source", () => {
  const listed = run(process.execPath, [join(root, "node_modules/@vscode/vsce/vsce"), "ls", "--no-dependencies"]);
  const files = listed.stdout.split("\n").filter((line) => /\.(js|ts|mjs|map)$/.test(line));
  const bundles = readdirSync(join(root, "dist")).filter((name) => name.endsWith(".js"));
  assert.deepEqual(files.sort(), bundles.map((name) => `dist/${name}`).sort(), listed.stderr);
});
