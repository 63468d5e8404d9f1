import * as path from "node:path";
import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import { commands } from "../../../common/src/commands.ts";
import type { Finding } from "../../../common/src/finding.ts";
import { subjectOf } from "../../../common/src/verdicts/verdict.ts";
import { chooseTests } from "../collect/targets.ts";
import { importReport } from "./import.ts";
import type { Reports } from "./reports.ts";
import { generateStress } from "./stress.ts";
import type { Verdicts } from "./verdicts.ts";
import type { Verifier } from "./verifier.ts";

/** What the verifying commands work with. */
export interface VerifyParts {
  readonly client: LanguageClient;
  readonly verdicts: Verdicts;
  readonly verifier: Verifier;
  readonly reports: Reports;
  /** Every finding that is shown. */
  readonly findings: () => readonly Finding[];
  /** Those that a comment or a verdict silences. */
  readonly silenced: () => readonly Finding[];
  /** The finding a command was called for: a row, a fingerprint, or the one at the cursor. */
  readonly chosen: (argument: unknown) => Promise<Finding | undefined>;
}

/** The verifying commands of the palette, by id. */
export function verifyCommands(parts: VerifyParts): Readonly<Record<string, (...args: unknown[]) => unknown>> {
  const { client, verdicts, verifier, reports, findings, silenced, chosen } = parts;
  const withFinding = (run: (finding: Finding) => unknown) => async (argument: unknown) => {
    const finding = await chosen(argument);
    return finding === undefined ? undefined : run(finding);
  };
  return {
    [commands.verifyFinding.id]: withFinding((finding) => verifier.verify([finding])),
    [commands.verifyFile.id]: () => {
      const file = vscode.window.activeTextEditor?.document.uri.fsPath;
      const here = findings().filter(({ primary }) => path.relative(primary.location.path, file ?? "") === "");
      if (here.length === 0) void vscode.window.showInformationMessage(vscode.l10n.t("No findings in this file."));
      return verifier.verify(here);
    },
    [commands.raceTests.id]: async () => {
      const target = await chooseTests(client);
      if (target === undefined) return;
      const outcome = await verifier.race(target);
      if (outcome === undefined) return;
      if (outcome.reports.length > 0) await vscode.commands.executeCommand("maprace.reports.focus");
      else
        vscode.window.setStatusBarMessage(
          `Maprace: ${outcome.passed ? vscode.l10n.t("no race was seen; that proves nothing") : vscode.l10n.t("tests failed, no race was seen")}`,
          10_000,
        );
    },
    [commands.importReport.id]: (uri) => importReport(reports, uri instanceof vscode.Uri ? uri : undefined),
    [commands.clearReports.id]: () => reports.clear(),
    [commands.stressTest.id]: withFinding((finding) => generateStress(client, verifier, finding)),
    [commands.markIntended.id]: withFinding((finding) => markIntended(finding, verdicts)),
    [commands.forgetVerdict.id]: async (argument) => {
      const finding = (argument === undefined ? atCursor(silenced()) : undefined) ?? (await chosen(argument));
      return finding === undefined ? undefined : verdicts.forget(finding);
    },
    [commands.showVerification.id]: () => verifier.output.show(),
  };
}

/** What is silenced has no diagnostic to ask the server for. */
function atCursor(findings: readonly Finding[]): Finding | undefined {
  const editor = vscode.window.activeTextEditor;
  const line = (editor?.selection.active.line ?? -1) + 1;
  const file = editor?.document.uri.fsPath ?? "";
  return findings.find(
    ({ primary: { location } }) => location.line === line && path.relative(location.path, file) === "",
  );
}

/** Silences a finding until one of its lines or its guard changes. The reason is kept with it. */
async function markIntended(finding: Finding, verdicts: Verdicts): Promise<void> {
  const reason = await vscode.window.showInputBox({
    title: vscode.l10n.t("Mark {0} {1} as intended", finding.rule, finding.map),
    prompt: vscode.l10n.t("Why can the two accesses never collide, or why does it not matter?"),
    validateInput: (text) => (text.trim().length < 3 ? vscode.l10n.t("A reason is needed.") : undefined),
  });
  if (reason === undefined) return;
  await verdicts.add(finding, {
    ...subjectOf(finding),
    outcome: "intended",
    evidence: reason.trim(),
    toolchain: "",
    command: "",
    runs: 0,
    seconds: 0,
    time: Date.now(),
    log: "",
  });
}
