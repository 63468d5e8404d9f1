import type { Finding } from "../../../common/src/finding.ts";
import type { Positions } from "../base/positions.ts";
import { checks } from "./registry.ts";
import type { Trees } from "./repairs/repair.ts";

/** A place between two characters; lines and UTF-16 columns from 0. */
interface Point {
  readonly line: number;
  readonly column: number;
}

/** A fix as an editor applies it. */
export interface Fix {
  readonly title: string;
  readonly preferred: boolean;
  readonly edits: readonly { readonly path: string; readonly from: Point; readonly to: Point; readonly text: string }[];
}

/** Fixes of a finding's rule, with places in lines and columns. */
export function fixesFor(finding: Finding, sources: Trees & { positions(path: string): Positions | undefined }): Fix[] {
  const check = checks.find((one) => one.rule === finding.rule);
  return (check?.fix(finding, sources) ?? []).map((repair) => ({
    title: repair.title,
    preferred: repair.preferred,
    edits: repair.edits.flatMap((edit) => {
      const positions = sources.positions(edit.path);
      if (positions === undefined) return [];
      const point = (offset: number): Point => ({ line: positions.line(offset), column: positions.column(offset) });
      return [{ path: edit.path, from: point(edit.start), to: point(edit.end), text: edit.text }];
    }),
  }));
}

/** Puts a directive above the finding's line; its reason is left to the one who knows it. */
export function suppressionFix(finding: Finding, lineText: string): Fix {
  const { path, line } = finding.primary.location;
  const at = { line: line - 1, column: 0 };
  const indent = /^\s*/.exec(lineText)?.[0] ?? "";
  const text = `${indent}//maprace:ignore ${finding.rule} \n`;
  return {
    title: `Suppress ${finding.rule} with a reason`,
    preferred: false,
    edits: [{ path, from: at, to: at, text }],
  };
}
