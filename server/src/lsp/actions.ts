import { type CodeAction, CodeActionKind } from "vscode-languageserver/node";
import type { Finding } from "../../../common/src/finding.ts";
import { fixesFor, suppressionFix } from "../checks/fixes.ts";
import type { Analysis } from "../engine/analysis.ts";
import { toDiagnostic, toUri } from "./convert.ts";

type Fix = ReturnType<typeof fixesFor>[number];
type Edit = Fix["edits"][number];

/** Quick fixes of a finding, the one that keeps it from being shown last. */
export function quickFixes(finding: Finding, analysis: Analysis): CodeAction[] {
  const { location } = finding.primary;
  const suppressing = suppressionFix(finding, analysis.line(location.path, location.line));
  return [...fixesFor(finding, analysis), suppressing].map((fix) => quickFix(finding, fix));
}

function quickFix(finding: Finding, fix: Fix): CodeAction {
  const changes: Record<string, { range: ReturnType<typeof range>; newText: string }[]> = {};
  for (const edit of fix.edits) {
    const uri = toUri(edit.path);
    const list = changes[uri] ?? [];
    changes[uri] = list;
    list.push({ range: range(edit), newText: edit.text });
  }
  return {
    title: fix.title,
    kind: CodeActionKind.QuickFix,
    isPreferred: fix.preferred,
    diagnostics: [toDiagnostic(finding)],
    edit: { changes },
  };
}

function range({ from, to }: Edit) {
  return {
    start: { line: from.line, character: from.column },
    end: { line: to.line, character: to.column },
  };
}
