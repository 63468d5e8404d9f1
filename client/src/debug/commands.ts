import * as path from "node:path";
import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import { commands } from "../../../common/src/commands.ts";
import type { Dossier } from "../../../common/src/dossier.ts";
import type { Finding } from "../../../common/src/finding.ts";
import { exactly } from "../../../common/src/plan/test-names.ts";
import { dossier, testsIn } from "../../../common/src/protocol.ts";
import { mapFunctionsAt } from "../../../common/src/run/debug/map-calls.ts";
import type { TestItem } from "../../../common/src/tests.ts";
import { collectOptions, goTools } from "../collect/tools.ts";
import { programArguments } from "../verify/arguments.ts";
import { debugType } from "./adapter.ts";
import type { MapWatch } from "./watch.ts";

/** The debugging commands of the palette, by id. */
export function debugCommands(
  client: LanguageClient,
  watch: MapWatch,
  storage: vscode.Uri,
  chosen: (argument: unknown) => Promise<Finding | undefined>,
): Readonly<Record<string, (...args: unknown[]) => unknown>> {
  return {
    [commands.watchMap.id]: async (argument) => {
      const finding = await chosen(argument);
      if (finding !== undefined) await watchMap(client, watch, storage, finding);
    },
    [commands.narrowWatch.id]: () => narrow(watch),
  };
}

async function watchMap(client: LanguageClient, watch: MapWatch, storage: vscode.Uri, finding: Finding): Promise<void> {
  const uri = vscode.Uri.file(finding.primary.location.path);
  const about = await client.sendRequest<Dossier | null>(dossier.method, {
    uri: uri.toString(),
    fingerprint: finding.fingerprint,
  });
  if (about === null) return;
  const target = await chooseTarget(client, finding);
  if (target === undefined) return;
  const configuration: vscode.DebugConfiguration = {
    type: debugType,
    name: vscode.l10n.t("Watch {0}", finding.map),
    // A binary of the debugger's own would be left in the package.
    output: path.join(storage.fsPath, process.platform === "win32" ? "watched.exe" : "watched"),
    ...target,
  };
  await vscode.workspace.fs.createDirectory(storage);
  await watch.start(finding, about.watch.points, vscode.workspace.getWorkspaceFolder(uri), configuration);
}

interface Launch {
  readonly request: string;
  readonly [key: string]: unknown;
}
type Choice = vscode.QuickPickItem & { readonly run: () => Promise<Launch | undefined> | Launch };

/** What is run under the debugger: tests of the package, the program, or a process that runs already. */
async function chooseTarget(client: LanguageClient, finding: Finding): Promise<Launch | undefined> {
  const dirs = new Set([finding.primary, finding.other].map(({ location }) => path.dirname(location.path)));
  const choices: Choice[] = [];
  for (const dir of dirs) choices.push(...(await ofPackage(client, dir)));
  choices.push({ label: `$(radio-tower) ${vscode.l10n.t("Running process...")}`, run: attach });
  const picked = await vscode.window.showQuickPick(choices, {
    title: vscode.l10n.t("Watch {0} in the debugger", finding.map),
    placeHolder: vscode.l10n.t("What should run?"),
  });
  return picked?.run();
}

async function ofPackage(client: LanguageClient, dir: string): Promise<Choice[]> {
  const names = (await vscode.workspace.fs.readDirectory(vscode.Uri.file(dir))).map(([name]) => name);
  const tests: TestItem[] = [];
  for (const name of names.filter((one) => one.endsWith("_test.go"))) {
    const uri = vscode.Uri.file(path.join(dir, name)).toString();
    tests.push(...(await client.sendRequest<readonly TestItem[]>(testsIn.method, { uri })));
  }
  const description = vscode.workspace.asRelativePath(dir);
  const test = (label: string, args: string[]): Choice => ({
    label: `$(beaker) ${label}`,
    description,
    run: () => ({ request: "launch", mode: "test", program: dir, cwd: dir, args }),
  });
  const choices = tests.map(({ name, kind }) =>
    kind === "bench"
      ? test(name, ["-test.run=^$", `-test.bench=${exactly(name)}`, "-test.benchtime=100x"])
      : test(name, [`-test.run=${exactly(name)}`]),
  );
  if (tests.length > 1) choices.push(test(vscode.l10n.t("All tests of the package"), []));
  const sources = names.filter((name) => name.endsWith(".go") && !name.endsWith("_test.go")).slice(0, 1);
  for (const name of sources) {
    const text = new TextDecoder().decode(await vscode.workspace.fs.readFile(vscode.Uri.file(path.join(dir, name))));
    const args = programArguments(vscode.Uri.file(path.join(dir, name)));
    if (/^package main\b/m.test(text))
      choices.unshift({
        label: `$(play) ${vscode.l10n.t("This program")}`,
        description,
        run: () => ({ request: "launch", mode: "debug", program: dir, cwd: dir, args }),
      });
  }
  return choices;
}

async function attach(): Promise<Launch | undefined> {
  const text = await vscode.window.showInputBox({
    title: vscode.l10n.t("Watch a running process"),
    prompt: vscode.l10n.t("Its process id; it must run code built from these sources"),
    validateInput: (value) => (/^\d+$/.test(value.trim()) ? undefined : vscode.l10n.t("A number is needed.")),
  });
  return text === undefined ? undefined : { request: "attach", mode: "local", processId: Number(text) };
}

/** Narrows a running watch to one map, goroutine or key, or widens it to each write of the map. */
async function narrow(watch: MapWatch): Promise<void> {
  const { maps } = watch;
  const goroutines = [...new Set(maps.flatMap((one) => one.goroutines))].sort((a, b) => a - b);
  const items: (vscode.QuickPickItem & { readonly run: () => unknown })[] = [
    ...maps.map(({ map, hits, writes, goroutines: by, common }) => ({
      label: `$(symbol-field) ${vscode.l10n.t("Only map 0x{0}", Number(map).toString(16))}`,
      description: vscode.l10n.t("{0} accesses, {1} writes, {2} goroutines", hits, writes, by.length),
      detail:
        common.length === 0
          ? vscode.l10n.t("no lock held at all of them")
          : vscode.l10n.t("{0} locks held at all of them", common.length),
      run: () => watch.onlyMap(map),
    })),
    ...goroutines.slice(0, 50).map((id) => ({
      label: `$(git-branch) ${vscode.l10n.t("Only goroutine {0}", id)}`,
      run: () => watch.onlyGoroutine(id),
    })),
    { label: `$(key) ${vscode.l10n.t("Stop at a key...")}`, run: () => stopAtKey(watch) },
    { label: `$(eye) ${vscode.l10n.t("Stop at each write of the map")}`, run: () => watch.stopAtWrites() },
  ];
  const picked = await vscode.window.showQuickPick(items, { title: vscode.l10n.t("Narrow Map Watch") });
  await picked?.run();
}

async function stopAtKey(watch: MapWatch): Promise<void> {
  const key = await vscode.window.showInputBox({
    title: vscode.l10n.t("Stop where a key is written"),
    prompt: vscode.l10n.t('A string in quotes, or a number: "sku-1", 42'),
    validateInput: (text) =>
      /^("([^"\\]|\\.)*"|-?\d+)$/.test(text.trim()) ? undefined : vscode.l10n.t("A string in quotes or a number."),
  });
  if (key === undefined) return;
  const { access } = watch;
  if (access === undefined) return;
  // The compiler's own listing names the function; by the key alone it is the usual one.
  const { go, env } = await goTools(vscode.Uri.file(access.path));
  const tools = { go, env, signal: new AbortController().signal, log: () => {}, progress: () => {} };
  const called = await mapFunctionsAt(access, collectOptions(vscode.Uri.file(access.path)), tools);
  const usual = `runtime.mapassign_${key.trim().startsWith('"') ? "faststr" : "fast64"}`;
  const keyed = called.filter((name) => /mapassign|mapaccess|mapdelete/.test(name));
  for (const name of keyed.length === 0 ? [usual] : keyed) watch.stopAtKey(name, key.trim());
}
