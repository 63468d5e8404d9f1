import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../harness/tools.ts";

test("maprace lsp speaks on standard input and output, told so or not", async () => {
  for (const flags of [[], ["--stdio"]]) {
    const child = spawn(process.execPath, [join(root, "dist/maprace.js"), "lsp", ...flags]);
    const params = { processId: null, rootUri: null, capabilities: {} };
    for (const [id, method] of [
      [1, "initialize"],
      [2, "shutdown"],
      [undefined, "exit"],
    ] as const) {
      const body = JSON.stringify({ jsonrpc: "2.0", id, method, ...(id === 1 ? { params } : {}) });
      child.stdin.write(`Content-Length: ${body.length}\r\n\r\n${body}`);
    }
    let said = "";
    child.stdout.on("data", (part: Buffer) => {
      said += part.toString();
    });
    const code = await new Promise((resolve) => child.once("close", resolve));
    assert.match(said, /"textDocumentSync"/);
    assert.equal(code, 0);
  }
});
