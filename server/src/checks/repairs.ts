import type { AccessReport, Finding } from "../../../common/src/finding.ts";
import { Kind, type Node, type Tree } from "../syntax/tree.ts";
import {
  bytes,
  contains,
  declarationAt,
  type Edit,
  functionAt,
  importEdits,
  indent,
  lineEnd,
  lineStart,
  statementAt,
} from "./edits.ts";
import { lockCalls, lockSections, type Section } from "./locking.ts";

/** A change that clears a finding. Offsets are bytes of the files as analysed. */
export interface Repair {
  readonly title: string;
  /** The one fix that is certainly meant. */
  readonly preferred: boolean;
  readonly edits: readonly Edit[];
}

/** The syntax of the files a finding names. */
export interface Trees {
  tree(path: string): Tree | undefined;
}

const reads = new Set(["read", "len", "iterate", "clone", "reflect"]);

/** Takes the guard around the primary access and the others of its function that miss it. */
export function lockWithGuard(finding: Finding, trees: Trees): Repair[] {
  const { guard, primary } = finding;
  const tree = trees.tree(primary.location.path);
  if (guard === undefined || tree === undefined || guard.text === "" || guard.text.includes("[")) return [];
  const sameFunction = [
    primary,
    ...[finding.other, ...finding.more].filter(
      (one) =>
        one.function === primary.function &&
        one.location.path === primary.location.path &&
        !one.locks.includes(guard.text),
    ),
  ];
  const shared = guard.shared && sameFunction.every((one) => reads.has(one.kind));
  const calls = lockCalls(guard.text, shared);
  const edits = lockSections(
    tree,
    primary.location.path,
    sameFunction.map((one) => ({ start: one.location.start, end: one.location.end, calls })),
  );
  return edits === undefined ? [] : [{ title: `Lock with ${guard.text}`, preferred: true, edits }];
}

/** `RLock` becomes `Lock` in the function that writes. */
export function writeLock(finding: Finding, trees: Trees): Repair[] {
  const { guard, primary } = finding;
  const tree = trees.tree(primary.location.path);
  if (tree === undefined || guard === undefined || guard.text === "") return [];
  const edits: Edit[] = [];
  const visit = (node: Node) => {
    for (const child of tree.children(node)) {
      visit(child);
      if (tree.kind(child) !== Kind.SelectorExpr || tree.text(tree.child(child)) !== guard.text) continue;
      const name = tree.last(child);
      const plain = tree.name(name).replace(/^R(Lock|Unlock)$/, "$1");
      if (plain !== tree.name(name))
        edits.push({ path: primary.location.path, start: tree.start(name), end: tree.end(name), text: plain });
    }
  };
  visit(functionAt(tree, primary.location.start));
  return edits.length === 0 ? [] : [{ title: `Take the write lock of ${guard.text}`, preferred: true, edits }];
}

/** A value receiver becomes a pointer, so that all calls lock the same mutex. */
export function pointerReceiver(finding: Finding, trees: Trees): Repair[] {
  const { path, start } = finding.primary.location;
  const tree = trees.tree(path);
  if (tree === undefined) return [];
  const declaration = declarationAt(tree, start);
  if (tree.kind(declaration) !== Kind.FuncDecl || (tree.flags(declaration) & 1) === 0) return [];
  const field = tree.child(tree.child(declaration));
  const type = tree.last(field);
  if (tree.kind(type) === Kind.StarExpr) return [];
  const at = tree.start(type);
  return [{ title: "Use a pointer receiver", preferred: true, edits: [{ path, start: at, end: at, text: "*" }] }];
}

/** Clones the map where it is fetched, under the lock. */
export function cloneUnderLock(finding: Finding, trees: Trees): Repair[] {
  const at = finding.fetched;
  const tree = at === undefined ? undefined : trees.tree(at.path);
  if (at === undefined || tree === undefined) return [];
  const edits: Edit[] = [
    ...importEdits(tree, at.path, "maps"),
    { path: at.path, start: at.start, end: at.end, text: `maps.Clone(${bytes(tree, at.start, at.end)})` },
  ];
  return [{ title: "Copy the map under the lock", preferred: !finding.primary.kind.startsWith("w"), edits }];
}

/** Moves a read behind the wait that follows it. */
export function moveBehindWait(finding: Finding, trees: Trees): Repair[] {
  const { path, start, end } = finding.primary.location;
  const tree = trees.tree(path);
  const found = tree === undefined ? undefined : statementAt(tree, start, end);
  if (tree === undefined || found === undefined) return [];
  const { statement, list } = found;
  const all = tree.children(list);
  const rest = all.slice(all.indexOf(statement) + 1);
  const index = rest.findIndex((one) => tree.kind(one) === Kind.ExprStmt && /^<-|\.Wait\(\)$/.test(tree.text(one)));
  const wait = rest[index];
  if (wait === undefined || contains(tree, statement, (node) => tree.kind(node) === Kind.ReturnStmt)) return [];
  const names = defined(tree, statement);
  const between = rest
    .slice(0, index + 1)
    .map((one) => tree.text(one))
    .join("\n");
  if (names.some((name) => new RegExp(`\\b${name}\\b`).test(between))) return [];
  const from = lineStart(tree, tree.start(statement));
  const to = lineEnd(tree, tree.end(statement)) + 1;
  const behind = lineEnd(tree, tree.end(wait)) + 1;
  const edits: Edit[] = [
    { path, start: from, end: to, text: "" },
    { path, start: behind, end: behind, text: bytes(tree, from, to) },
  ];
  return [{ title: "Move behind the wait", preferred: true, edits }];
}

function defined(tree: Tree, statement: Node): string[] {
  if (tree.kind(statement) !== Kind.AssignStmt) return [];
  return tree
    .children(statement)
    .slice(0, tree.flags(statement) >> 8)
    .filter((node) => tree.kind(node) === Kind.Ident)
    .map((node) => tree.name(node));
}

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
      const base = declaration.field ? ownerText(tree, one, finding.map) : "";
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

/** `t` of an access `t.n["k"]`. */
function ownerText(tree: Tree, access: AccessReport, map: string): string | undefined {
  let found: string | undefined;
  const visit = (node: Node) => {
    if (tree.kind(node) === Kind.SelectorExpr && tree.name(tree.last(node)) === map)
      found ??= tree.text(tree.child(node));
    for (const child of tree.children(node)) visit(child);
  };
  const at = statementAt(tree, access.location.start, access.location.end);
  if (at !== undefined) visit(at.statement);
  return found !== undefined && /^[\w.]+$/.test(found) ? found : undefined;
}

/** Edits that declare the mutex beside the map: in its struct, behind its package variable, before its local one. */
function declare(finding: Finding, name: string, trees: Trees): { edits: Edit[]; field: boolean } | undefined {
  const { path } = finding.primary.location;
  const tree = trees.tree(path);
  if (tree === undefined || new TextDecoder().decode(tree.src).includes(name)) return undefined;
  const imports = importEdits(tree, path, "sync");
  const field = fieldOf(tree, finding);
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

function fieldOf(tree: Tree, finding: Finding): Node {
  const [type, field] = finding.object.slice(finding.package.length + 1).split(".");
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
