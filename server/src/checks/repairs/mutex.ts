import type { AccessReport, Finding } from "../../../../common/src/finding.ts";
import { Kind, type Node, type Tree } from "../../syntax/tree.ts";
import { bytes, declarationAt, type Edit, importEdits, indent, lineEnd, lineStart, statementAt } from "./edits.ts";
import { lockCalls, lockSections, type Section } from "./locking.ts";
import { defined, type Repair, type Trees } from "./repair.ts";

/** Declares a mutex beside the map and takes it around every access. */
export function introduceMutex(finding: Finding, trees: Trees): Repair[] {
  const accesses = [finding.primary, finding.other, ...finding.more].filter(
    (one, index, all) =>
      all.findIndex((two) => two.location.path === one.location.path && two.location.start === one.location.start) ===
      index,
  );
  if (finding.more.length >= 20 || finding.map === "") return [];
  const name = `${finding.map}Mu`;
  const declaration = declare(finding, name, trees);
  if (declaration === undefined) return [];
  const edits: Edit[] = [...declaration.edits];
  const byPath = new Map<string, AccessReport[]>();
  for (const one of accesses) byPath.set(one.location.path, [...(byPath.get(one.location.path) ?? []), one]);
  for (const [path, list] of byPath) {
    const tree = trees.tree(path);
    if (tree === undefined) return [];
    const sections: Section[] = [];
    for (const one of list) {
      const base = declaration.field ? ownerText(tree, one, finding) : "";
      if (base === undefined) return [];
      sections.push({
        start: one.location.start,
        end: one.location.end,
        calls: lockCalls(base === "" ? name : `${base}.${name}`, false),
      });
    }
    const made = lockSections(tree, path, sections);
    if (made === undefined) return [];
    edits.push(...made);
  }
  return [{ title: `Add ${name} and lock every access of ${finding.map}`, preferred: false, edits }];
}

/** `t` of an access `t.n["k"]`, or the receiver of a method of the type that has the field. */
function ownerText(tree: Tree, access: AccessReport, finding: Finding): string | undefined {
  let found: string | undefined;
  const visit = (node: Node) => {
    if (tree.kind(node) === Kind.SelectorExpr && tree.name(tree.last(node)) === finding.map)
      found ??= tree.text(tree.child(node));
    for (const child of tree.children(node)) visit(child);
  };
  const { start, end } = access.location;
  const at = statementAt(tree, start, end);
  if (at !== undefined) visit(at.statement);
  found ??= receiverOf(tree, start, ownerOf(finding)[0] ?? "");
  return found !== undefined && /^[\w.]+$/.test(found) ? found : undefined;
}

function receiverOf(tree: Tree, offset: number, type: string): string | undefined {
  const declaration = declarationAt(tree, offset);
  if (tree.kind(declaration) !== Kind.FuncDecl || (tree.flags(declaration) & 1) === 0) return undefined;
  const field = tree.child(tree.child(declaration));
  const named = tree.flags(field) >> 1 === 1 && tree.text(tree.last(field)).replace(/^\*/, "") === type;
  return named ? tree.name(tree.child(field)) : undefined;
}

/** Edits that declare the mutex beside the map: in its struct, behind its package variable, before its local one. */
function declare(finding: Finding, name: string, trees: Trees): { edits: Edit[]; field: boolean } | undefined {
  const { path } = finding.primary.location;
  const tree = trees.tree(path);
  if (tree === undefined || new TextDecoder().decode(tree.src).includes(name)) return undefined;
  const imports = importEdits(tree, path, "sync");
  const field = fieldOf(tree, finding);
  if (field !== 0 && oneLine(tree, field)) {
    // `struct{ n map[string]int }` opened up.
    const at = tree.start(field);
    const end = tree.end(field);
    const brace = at - gap(tree, at, -1) - 1;
    return {
      edits: [
        ...imports,
        { path, start: brace - gap(tree, brace, -1), end: at, text: " {\n\t" },
        { path, start: end, end: end + gap(tree, end, 1), text: `\n\n\t${name} sync.Mutex\n` },
      ],
      field: true,
    };
  }
  const section = field === 0 ? undefined : sectionOf(tree, field);
  if (section !== undefined)
    return { edits: [...imports, ...alignedField(tree, path, section, field, name)], field: true };
  if (field !== 0) {
    const at = lineEnd(tree, tree.end(field));
    const more = tree.next(field) !== 0 ? "\n" : "";
    return {
      edits: [
        ...imports,
        { path, start: at, end: at, text: `\n\n${indent(tree, tree.start(field))}${name} sync.Mutex${more}` },
      ],
      field: true,
    };
  }
  const spot = variableOf(tree, finding);
  if (spot === undefined) return undefined;
  return { edits: [...imports, { path, ...spot, text: spot.text.replace("NAME", name) }], field: false };
}

/** The only field of a struct that is written on one line. */
function oneLine(tree: Tree, field: Node): boolean {
  const before = bytes(tree, lineStart(tree, tree.start(field)), tree.start(field));
  const after = bytes(tree, tree.end(field), lineEnd(tree, tree.end(field)));
  return /\{\s*$/.test(before) && /^\s*\}/.test(after);
}

/** Fields on the lines around, without a gap, comment or tag: gofmt aligns their types. */
function sectionOf(tree: Tree, field: Node): readonly Node[] | undefined {
  const declared: Node[] = [];
  const visit = (node: Node) => {
    const kids = tree.children(node);
    if (kids.includes(field)) declared.push(...kids);
    else for (const child of kids) visit(child);
  };
  visit(tree.root);
  const line = (node: Node) => tree.line(tree.start(node));
  const at = declared.indexOf(field);
  let [from, to] = [at, at];
  while (from > 0 && line(declared[from - 1] ?? 0) === line(declared[from] ?? 0) - 1) from--;
  while (to + 1 < declared.length && line(declared[to + 1] ?? 0) === line(declared[to] ?? 0) + 1) to++;
  const section = declared.slice(from, to + 1);
  const plain = section.every(
    (one) =>
      (tree.flags(one) & 1) === 0 &&
      tree.flags(one) >> 1 > 0 &&
      tree.line(tree.end(one)) === line(one) &&
      tree.end(one) === lineEnd(tree, tree.end(one)),
  );
  return plain ? section : undefined;
}

/** The mutex below the map, and the section's types one below the other. */
function alignedField(tree: Tree, path: string, section: readonly Node[], field: Node, name: string): Edit[] {
  const names = (one: Node) => bytes(tree, tree.start(one), nameEnd(tree, one));
  const width = Math.max(name.length, ...section.map((one) => names(one).length)) + 1;
  const edits = section.map((one): Edit => {
    const start = nameEnd(tree, one);
    return { path, start, end: tree.start(tree.last(one)), text: " ".repeat(width - names(one).length) };
  });
  const at = lineEnd(tree, tree.end(field));
  const text = `\n${indent(tree, tree.start(field))}${name.padEnd(width)}sync.Mutex`;
  return [...edits, { path, start: at, end: at, text }];
}

function nameEnd(tree: Tree, field: Node): number {
  return tree.end(tree.nth(field, (tree.flags(field) >> 1) - 1));
}

/** Spaces right before or behind an offset. */
function gap(tree: Tree, offset: number, direction: 1 | -1): number {
  let count = 0;
  while (tree.src[direction < 0 ? offset - 1 - count : offset + count] === 32) count++;
  return count;
}

/** Type and field of the map, or of the container that holds it. */
function ownerOf(finding: Finding): string[] {
  return finding.object
    .slice(finding.package.length + 1)
    .replace(/(\[\])+$/, "")
    .split(".");
}

function fieldOf(tree: Tree, finding: Finding): Node {
  const [type, field] = ownerOf(finding);
  if (field === undefined || field !== finding.map) return 0;
  for (const declaration of tree.children(tree.root)) {
    if (tree.kind(declaration) !== Kind.GenDecl) continue;
    for (const spec of tree.children(declaration)) {
      if (tree.kind(spec) !== Kind.TypeSpec || tree.name(tree.child(spec)) !== type) continue;
      const struct = tree.last(spec);
      if (tree.kind(struct) !== Kind.StructType) continue;
      for (const one of tree.children(tree.child(struct))) {
        const names = tree.children(one).slice(0, tree.flags(one) >> 1);
        if (names.some((ident) => tree.name(ident) === field)) return one;
      }
    }
  }
  return 0;
}

function variableOf(tree: Tree, finding: Finding): { start: number; end: number; text: string } | undefined {
  const { map } = finding;
  if (finding.object === `${finding.package}.${map}`) {
    const declaration = tree
      .children(tree.root)
      .find(
        (node) =>
          tree.kind(node) === Kind.GenDecl &&
          tree.children(node).some((spec) => tree.kind(spec) === Kind.ValueSpec && tree.name(tree.child(spec)) === map),
      );
    if (declaration === undefined) return undefined;
    const at = tree.end(declaration);
    return { start: at, end: at, text: "\n\nvar NAME sync.Mutex" };
  }
  const accesses = [finding.primary, finding.other, ...finding.more];
  const start = Math.min(...accesses.map((one) => one.location.start));
  let found: Node = 0;
  const visit = (node: Node) => {
    for (const child of tree.children(node)) {
      if (found === 0 && tree.start(child) <= start && declares(tree, child, map)) found = child;
      visit(child);
    }
  };
  visit(declarationAt(tree, start));
  if (found === 0) return undefined;
  const space = indent(tree, tree.start(found));
  const at = lineStart(tree, tree.start(found)) + space.length;
  return at === tree.start(found) ? { start: at, end: at, text: `var NAME sync.Mutex\n${space}` } : undefined;
}

/** Does the statement declare the local variable? */
function declares(tree: Tree, node: Node, name: string): boolean {
  if (tree.kind(node) === Kind.AssignStmt)
    return defined(tree, node).includes(name) && bytes(tree, tree.start(node), tree.end(node)).includes(":=");
  if (tree.kind(node) !== Kind.DeclStmt) return false;
  return tree
    .children(tree.child(node))
    .some((spec) => tree.kind(spec) === Kind.ValueSpec && tree.name(tree.child(spec)) === name);
}
