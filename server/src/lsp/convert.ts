import {
  type CodeAction,
  CodeActionKind,
  type Diagnostic,
  DiagnosticSeverity,
  type Range,
} from "vscode-languageserver";
import { commands } from "../../../common/src/commands.ts";
import type { Finding, Location } from "../../../common/src/finding.ts";
import type { Severity } from "../../../common/src/verdicts/matrix.ts";
import type { DirectiveRemark } from "../checks/suppression.ts";

/** `file:` URI of an absolute path with `/`. */
export function toUri(path: string): string {
  const encoded = path.split("/").map(encodeURIComponent).join("/");
  return encoded.startsWith("/") ? `file://${encoded}` : `file:///${encoded}`;
}

/** Path of a `file:` URI; undefined for other schemes. */
export function toPath(uri: string): string | undefined {
  if (!uri.startsWith("file:")) return undefined;
  try {
    const path = decodeURIComponent(new URL(uri).pathname);
    return /^\/[A-Za-z]:/.test(path) ? path.slice(1) : path;
  } catch {
    return undefined;
  }
}

export function toRange(at: Location): Range {
  return {
    start: { line: at.line - 1, character: at.column - 1 },
    end: { line: at.endLine - 1, character: at.endColumn - 1 },
  };
}

const severities: Readonly<Record<Severity, DiagnosticSeverity>> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  information: DiagnosticSeverity.Information,
  hint: DiagnosticSeverity.Hint,
  none: DiagnosticSeverity.Hint,
};

/** A page for each rule. */
const docs = "https://github.com/maprace/maprace/blob/main/docs/checks";

/** A finding as a diagnostic: one plain sentence, the rest as related information. */
export function toDiagnostic(finding: Finding): Diagnostic {
  const related: { location: Location; message: string }[] = [];
  const { primary, other } = finding;
  const self = primary.location.path === other.location.path && primary.location.start === other.location.start;
  if (!self)
    related.push({ location: other.location, message: `${other.kind} in ${other.function}, ${locks(other.locks)}` });
  for (const [index, access] of (self ? [primary] : [primary, other]).entries()) {
    if (access.start === undefined) continue;
    const which = index === 0 ? "this access" : "the other access";
    related.push({
      location: access.start.location,
      message: `goroutine of ${which}: ${access.start.label} in ${access.start.function}`,
    });
  }
  return {
    range: toRange(primary.location),
    severity: severities[finding.judgement?.severity ?? "hint"],
    code: finding.rule,
    codeDescription: { href: `${docs}/${finding.rule}.md` },
    source: "maprace",
    message: finding.confidence === "confirmed" ? `${finding.message} (seen by a run).` : `${finding.message}.`,
    relatedInformation: related.map((one) => ({
      location: { uri: toUri(one.location.path), range: toRange(one.location) },
      message: one.message,
    })),
    data: { fingerprint: finding.fingerprint },
  };
}

function locks(held: readonly string[]): string {
  return held.length === 0 ? "no lock held" : `holding ${held.join(", ")}`;
}

/** What the editor's own commands offer for a finding, behind its fixes. */
export function commandActions({ fingerprint, confidence }: Finding, diagnostic: Diagnostic): CodeAction[] {
  const wanted = [
    [commands.verifyFinding, confidence === "confirmed" ? "Verify again" : "Verify: run tests until it collides"],
    [commands.watchMap, commands.watchMap.title],
    [commands.stressTest, commands.stressTest.title],
    [commands.markIntended, commands.markIntended.title],
  ] as const;
  return wanted.map(([{ id }, title]) => ({
    title,
    kind: CodeActionKind.QuickFix,
    diagnostics: [diagnostic],
    command: { command: id, title, arguments: [fingerprint] },
  }));
}

/** What is wrong with a directive, on its line. */
export function remarkDiagnostic({ line, message }: DirectiveRemark): Diagnostic {
  return {
    range: { start: { line: line - 1, character: 0 }, end: { line: line - 1, character: 1000 } },
    severity: DiagnosticSeverity.Information,
    code: "directive",
    source: "maprace",
    message,
  };
}

/** A locale the formatter knows; English where it does not. */
export function canonicalLocale(locale: string): string {
  try {
    return Intl.NumberFormat.supportedLocalesOf(locale)[0] ?? "en";
  } catch {
    return "en";
  }
}
