import type { Finding } from "../../../common/src/finding.ts";
import type { Problem } from "../packages/workspace.ts";

/** What a scan looked at and how long it took. */
export interface Summary {
  readonly files: number;
  readonly packages: number;
  readonly functions: number;
  readonly bytes: number;
  readonly findings: number;
  /** Held back by directives in the sources. */
  readonly suppressed: number;
  /** Held back by verdicts: called intended, or refuted. */
  readonly intended: number;
  readonly seconds: number;
  /** Nothing has changed since an earlier scan, whose findings these are. */
  readonly unchanged: boolean;
}

/** The JSON output; docs/scan.schema.json is its schema. */
export function json(findings: readonly Finding[], problems: readonly Problem[], summary: Summary): string {
  return `${JSON.stringify({ version: 1, summary, findings, problems }, undefined, 2)}\n`;
}

const levels = { possible: "notice", likely: "warning", confirmed: "error" } as const;

/** Workflow commands that GitHub shows as annotations. */
export function github(findings: readonly Finding[]): string {
  return findings
    .map(({ primary, rule, message, reason, confidence }) => {
      const at = primary.location;
      const level = levels[confidence];
      const properties = `file=${property(at.path)},line=${at.line},endLine=${at.endLine},col=${at.column},title=${property(`maprace ${rule}`)}`;
      return `::${level} ${properties}::${data(`${message} (${reason})`)}\n`;
    })
    .join("");
}

function data(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(text: string): string {
  return data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
