import * as path from "node:path";
import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import { testsIn } from "../../../common/src/protocol.ts";
import type { TestItem } from "../../../common/src/tests.ts";

/** What is profiled; plain data, so that the last one can be remembered. */
export type Target =
  | { readonly kind: "test"; readonly what: "test" | "bench"; readonly dir: string; readonly name: string }
  | { readonly kind: "package"; readonly what: "test" | "bench"; readonly dir: string; readonly pattern: string }
  | { readonly kind: "program"; readonly dir: string; readonly args: readonly string[]; readonly seconds: number }
  | { readonly kind: "process"; readonly url: string; readonly seconds: number };

export function targetLabel(target: Target): string {
  switch (target.kind) {
    case "test":
      return `${target.name} in ${vscode.workspace.asRelativePath(target.dir)}`;
    case "package": {
      const where = target.pattern === "." ? vscode.workspace.asRelativePath(target.dir) : vscode.l10n.t("workspace");
      return target.what === "bench" ? vscode.l10n.t("benchmarks of {0}", where) : vscode.l10n.t("tests of {0}", where);
    }
    case "program":
      return vscode.l10n.t("program {0}", vscode.workspace.asRelativePath(target.dir));
    case "process":
      return target.url;
  }
}

type Choice = vscode.QuickPickItem & {
  /** Whole packages of tests. */
  readonly tests?: boolean;
  readonly run: () => Promise<Target | undefined> | Target | undefined;
};

/** The quick pick of Profile Contention: what stands at the cursor first. */
export async function chooseTarget(
  client: LanguageClient,
  last: Target | undefined,
): Promise<Target | "file" | undefined> {
  const editor = vscode.window.activeTextEditor;
  const document =
    editor?.document.languageId === "go" && editor.document.uri.scheme === "file" ? editor.document : undefined;
  const choices: Choice[] = [];
  if (document !== undefined && editor !== undefined) {
    const line = editor.selection.active.line + 1;
    choices.push(...(await atCursor(client, document.uri, line)), ...ofPackage(document));
  }
  const folder =
    (document === undefined ? undefined : vscode.workspace.getWorkspaceFolder(document.uri)) ??
    vscode.workspace.workspaceFolders?.[0];
  if (folder !== undefined) choices.push(...ofWorkspace(folder.uri.fsPath));
  const process: Choice = {
    label: `$(radio-tower) ${vscode.l10n.t("Running process...")}`,
    description: vscode.l10n.t("by the URL of its net/http/pprof"),
    run: () => chooseProcess(last),
  };
  const file = { label: `$(file) ${vscode.l10n.t("Profile from a file...")}`, run: () => undefined };
  if (last !== undefined)
    choices.unshift({
      label: `$(debug-rerun) ${targetLabel(last)}`,
      description: vscode.l10n.t("last time"),
      run: () => last,
    });
  const picked = await vscode.window.showQuickPick([...choices, process, file], {
    title: vscode.l10n.t("Profile Contention"),
    placeHolder: vscode.l10n.t("What should be profiled?"),
  });
  return picked === file ? "file" : picked?.run();
}

/** Tests to run: at the cursor, of the package, of the workspace. */
export async function chooseTests(client: LanguageClient): Promise<Target | undefined> {
  const editor = vscode.window.activeTextEditor;
  const choices: Choice[] = [];
  if (editor?.document.languageId === "go" && editor.document.uri.scheme === "file") {
    choices.push(...(await atCursor(client, editor.document.uri, editor.selection.active.line + 1)));
    choices.push(...ofPackage(editor.document).filter(({ tests }) => tests === true));
  }
  const folder = vscode.workspace.workspaceFolders?.[0];
  if (folder !== undefined) choices.push(...ofWorkspace(folder.uri.fsPath).filter(({ tests }) => tests === true));
  const picked = await vscode.window.showQuickPick(choices, {
    title: vscode.l10n.t("Run Tests with Race Detector"),
    placeHolder: vscode.l10n.t("Which tests?"),
  });
  return picked?.run();
}

async function atCursor(client: LanguageClient, uri: vscode.Uri, line: number): Promise<Choice[]> {
  const tests = await client.sendRequest<readonly TestItem[]>(testsIn.method, { uri: uri.toString() });
  const around = (items: readonly TestItem[]): TestItem[] =>
    items.flatMap((item) =>
      item.line <= line && line <= item.endLine ? [...around(item.children), item] : around(item.children),
    );
  const items = around(tests);
  // A file with one test has it at hand wherever the cursor is.
  const offered = items.length > 0 ? items : tests.length <= 3 ? tests : [];
  return offered.map((item) => ({
    label: `$(beaker) ${item.name}`,
    description: item.kind === "bench" ? vscode.l10n.t("benchmark") : vscode.l10n.t("test"),
    run: () => testTarget(uri, item),
  }));
}

export function testTarget(uri: vscode.Uri, item: Pick<TestItem, "name" | "kind">): Target {
  return { kind: "test", what: item.kind, dir: path.dirname(uri.fsPath), name: item.name };
}

function ofPackage(document: vscode.TextDocument): Choice[] {
  const dir = path.dirname(document.uri.fsPath);
  const description = vscode.workspace.asRelativePath(dir);
  const choices: Choice[] = [
    {
      label: `$(package) ${vscode.l10n.t("Benchmarks of this package")}`,
      description,
      run: () => ({ kind: "package", what: "bench", dir, pattern: "." }),
    },
    {
      label: `$(package) ${vscode.l10n.t("Tests of this package")}`,
      tests: true,
      description,
      run: () => ({ kind: "package", what: "test", dir, pattern: "." }),
    },
  ];
  if (/^package main\b/m.test(document.getText()))
    choices.push({ label: `$(play) ${vscode.l10n.t("This program...")}`, description, run: () => chooseProgram(dir) });
  return choices;
}

function ofWorkspace(dir: string): Choice[] {
  return [
    {
      label: `$(folder) ${vscode.l10n.t("All benchmarks of the workspace")}`,
      run: () => ({ kind: "package", what: "bench", dir, pattern: "./..." }),
    },
    {
      label: `$(folder) ${vscode.l10n.t("All tests of the workspace")}`,
      tests: true,
      run: () => ({ kind: "package", what: "test", dir, pattern: "./..." }),
    },
  ];
}

async function chooseProgram(dir: string): Promise<Target | undefined> {
  const text = await vscode.window.showInputBox({
    title: vscode.l10n.t("Profile {0}", vscode.workspace.asRelativePath(dir)),
    prompt: vscode.l10n.t("Arguments of the program; quotes keep blanks together"),
  });
  if (text === undefined) return undefined;
  return { kind: "program", dir, args: splitArguments(text), seconds: watchSeconds() };
}

/** Arguments as a person types them; no shell is asked. */
function splitArguments(text: string): string[] {
  return [...text.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map((match) => match[1] ?? match[2] ?? match[3] ?? "");
}

export async function chooseProcess(last: Target | undefined): Promise<Target | undefined> {
  const url = await vscode.window.showInputBox({
    title: vscode.l10n.t("Capture from Running Process"),
    prompt: vscode.l10n.t("Where its net/http/pprof answers"),
    value: last?.kind === "process" ? last.url : "http://localhost:6060/debug/pprof/",
  });
  return url === undefined || url.trim() === ""
    ? undefined
    : { kind: "process", url: url.trim(), seconds: watchSeconds() };
}

function watchSeconds(): number {
  const seconds = vscode.workspace.getConfiguration("maprace").get<number>("profile.seconds") ?? 10;
  return Math.min(600, Math.max(1, Math.round(seconds)));
}
