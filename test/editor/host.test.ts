import assert from "node:assert/strict";
import { cpSync, existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { format } from "node:util";
import { runTests } from "@vscode/test-electron";
import { EditorWindow, patience } from "../harness/editor.ts";
import { root, scratch } from "../harness/tools.ts";

const tests = join(root, "out/test/editor/host.cjs");

test("the extension in its host: findings, diagnostics, fixes, restart", async () => {
  assert.ok(existsSync(tests), "the host tests are not built");
  const desktop = process.env["MAPRACE_VSCODE"] ?? "";
  if (desktop !== "") {
    const folder = join(scratch(), "workspace");
    cpSync(join(root, "sample"), folder, { recursive: true });
    assert.equal(
      await runTests({
        vscodeExecutablePath: desktop,
        extensionDevelopmentPath: root,
        extensionTestsPath: tests,
        launchArgs: [folder, "--disable-workspace-trust"],
      }),
      0,
    );
    return;
  }
  const lines: string[] = [];
  let finish: (code: number) => void = () => undefined;
  const exit = new Promise<number>((resolve) => {
    finish = resolve;
  });
  const editor = await EditorWindow.open(join(root, "sample"), {
    tests,
    expose: {
      codeAutomationLog: (_type: string, args: unknown[]) => lines.push(format(...args)),
      codeAutomationExit: (code: number) => finish(code),
    },
  });
  const timer = setTimeout(() => finish(-1), 2 * patience);
  const code = await exit;
  clearTimeout(timer);
  await editor.close();
  assert.equal(code, 0, lines.join("\n"));
});
