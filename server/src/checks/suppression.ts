import type { Finding } from "../../../common/src/finding.ts";
import type { Tree } from "../syntax/tree.ts";

/** A comment that says which findings of a line are intended. */
export interface Directive {
  /** Line (from 1) whose findings it speaks of: its own, or the next where it stands alone. */
  readonly target: number;
  readonly line: number;
  /** Rules it names; empty for all of them. */
  readonly rules: readonly string[];
  readonly reason: string;
  readonly text: string;
  /** The form demands a reason: `//nolint` does not. */
  readonly reasoned: boolean;
}

/** Something about a directive its author should know. */
export interface DirectiveRemark {
  readonly path: string;
  readonly line: number;
  readonly message: string;
}

const own = /^\/\/\s*maprace:ignore(?:\s+(MR\d+(?:\s*,\s*MR\d+)*))?(?:\s+(.*))?$/;
const lint = /^\/\/\s*lint:ignore\s+([\w,*]+)(?:\s+(.*))?$/;
const nolint = /^\/\/\s*nolint:([\w,-]+)(?:\s*\/\/\s*(.*))?/;

/** The directives of a file, in source order. */
export function directivesOf(tree: Tree): Directive[] {
  const found: Directive[] = [];
  const decoder = new TextDecoder();
  for (let i = 0; i < tree.comments.length; i += 2) {
    const [start, end] = [tree.comments[i] ?? 0, tree.comments[i + 1] ?? 0];
    if (tree.src[start + 1] !== 47 || !begins(tree.src, start + 2, end)) continue;
    const text = decoder.decode(tree.src.subarray(start, end)).trimEnd();
    const read = readDirective(text);
    if (read === undefined) continue;
    const line = tree.line(start);
    const before = decoder.decode(tree.src.subarray(tree.lines[line] ?? 0, start));
    found.push({ ...read, text, line: line + 1, target: before.trim() === "" ? line + 2 : line + 1 });
  }
  return found;
}

/** `m`, `l` or `n` behind any blanks: the three forms begin so, and most comments are not even decoded. */
function begins(src: Uint8Array, from: number, end: number): boolean {
  let at = from;
  while (at < end && (src[at] === 32 || src[at] === 9)) at++;
  return src[at] === 109 || src[at] === 108 || src[at] === 110;
}

function readDirective(text: string): Pick<Directive, "rules" | "reason" | "reasoned"> | undefined {
  const rules = (list: string | undefined) =>
    (list ?? "")
      .split(",")
      .map((one) => one.trim())
      .filter((one) => one !== "");
  const ours = own.exec(text);
  if (ours !== null) return { rules: rules(ours[1]), reason: (ours[2] ?? "").trim(), reasoned: true };
  const checked = lint.exec(text);
  if (checked !== null) {
    const named = rules(checked[1]).filter((one) => /^MR\d+$/.test(one));
    return named.length === 0 ? undefined : { rules: named, reason: (checked[2] ?? "").trim(), reasoned: true };
  }
  const silenced = nolint.exec(text);
  if (silenced === null || !rules(silenced[1]).includes("maprace")) return undefined;
  return { rules: [], reason: (silenced[2] ?? "").trim(), reasoned: false };
}

/** Parts findings into those that stay and those a directive calls intended, and says what is wrong with the directives. */
export function suppress(
  findings: readonly Finding[],
  directives: ReadonlyMap<string, readonly Directive[]>,
): { kept: Finding[]; suppressed: Finding[]; remarks: DirectiveRemark[] } {
  const used = new Set<Directive>();
  const kept: Finding[] = [];
  const suppressed: Finding[] = [];
  for (const finding of findings) {
    const { path, line } = finding.primary.location;
    const directive = directives
      .get(path)
      ?.find((one) => one.target === line && (one.rules.length === 0 || one.rules.includes(finding.rule)));
    if (directive !== undefined) used.add(directive);
    (directive === undefined ? kept : suppressed).push(finding);
  }
  const remarks: DirectiveRemark[] = [];
  for (const [path, list] of directives) {
    for (const one of list) {
      if (!used.has(one)) remarks.push({ path, line: one.line, message: `nothing is reported here: ${one.text}` });
      else if (one.reasoned && one.reason === "")
        remarks.push({ path, line: one.line, message: `no reason is given: ${one.text}` });
    }
  }
  return { kept, suppressed, remarks };
}
