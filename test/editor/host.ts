import assert from "node:assert/strict";
import * as path from "node:path";
import * as vscode from "vscode";
import type { Finding } from "../../common/src/finding.ts";

/** Runs inside the extension host, of a desktop VS Code or of the embedded one. */
export async function run(): Promise<void> {
  const extension = vscode.extensions.getExtension<{ findings(): readonly Finding[] }>("maprace.maprace");
  assert.ok(extension, "the extension is not loaded");
  const api = await extension.activate();
  await until(
    () => api.findings().length === 5,
    () => `${api.findings().length} findings`,
  );

  const known = await vscode.commands.getCommands(true);
  for (const id of ["scanWorkspace", "explainFinding", "showAccessPath", "showOutput", "restart"])
    assert.ok(known.includes(`maprace.${id}`), id);

  const folder = vscode.workspace.workspaceFolders?.[0];
  assert.ok(folder);
  const file = vscode.Uri.joinPath(folder.uri, "store", "prices.go");
  const document = await vscode.workspace.openTextDocument(file);
  const own = () => vscode.languages.getDiagnostics(file).filter((one) => one.source === "maprace");
  await until(
    () => own().length === 2,
    () => `${own().length} diagnostics`,
  );
  const rules = own()
    .map((one) => (typeof one.code === "object" ? one.code.value : one.code))
    .sort((a, b) => (String(a) < String(b) ? -1 : 1));
  assert.deepEqual(rules, ["MR104", "MR107"]);

  const written = own().find((one) => typeof one.code === "object" && one.code.value === "MR104");
  assert.ok(written);
  const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
    "vscode.executeCodeActionProvider",
    file,
    written.range,
  );
  const fix = actions.find((action) => action.title === "Take the write lock of p.mu");
  assert.ok(fix?.edit, `no fix among ${actions.map((action) => action.title).join(", ")}`);
  assert.ok(await vscode.workspace.applyEdit(fix.edit));
  await until(
    () => own().length === 1,
    () => `${own().length} diagnostics after the fix`,
  );
  await vscode.window.showTextDocument(document);
  await vscode.commands.executeCommand("undo");
  await until(
    () => own().length === 2,
    () => `${own().length} diagnostics after undo`,
  );

  await vscode.commands.executeCommand("maprace.restart");
  await until(
    () => api.findings().length === 5,
    () => `${api.findings().length} findings after a restart`,
  );
  assert.equal(path.basename(file.fsPath), "prices.go");
}

async function until(test: () => boolean, state: () => string): Promise<void> {
  const end = Date.now() + 40_000;
  while (!test()) {
    if (Date.now() > end) throw new Error(`waited in vain: ${state()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
