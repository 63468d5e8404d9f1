import { atoms, Tok } from "./token.ts";
import { Kind, type Node, type Tree } from "./tree.ts";

/** A field of a struct, a method of an interface, or the rest of a declaration. */
interface Part {
  readonly text: string;
  readonly names: number[];
  /** What it is a member of. */
  readonly member: "struct" | "interface" | undefined;
  /** Names of other things. */
  readonly uses: Set<number>;
  /** What is embedded is another package's. */
  readonly foreign: boolean;
}

interface Shown {
  text: string;
  /** Names that stand for themselves in the package. */
  readonly own: Set<number>;
  readonly parts: Part[];
  /** A method that other packages cannot call. */
  readonly hidden: boolean;
  /** Of a method: names in its receiver. What is done with a value may hang on the methods it has. */
  readonly receiver: Set<number>;
  /** May take its type from a value. */
  inferred: boolean;
}

/** What a package shows to others: its declarations, bodies left out. */
export type Surface = ReadonlyMap<string, Shown>;

const surfaces = new WeakMap<Tree, Surface>();

/** Declarations of a package's files; several of one name are one entry. */
export function surfaceOf(trees: Iterable<Tree>): Surface {
  const surface = new Map<string, Shown>();
  const joined = new Set<Shown>();
  for (const tree of trees) {
    let own = surfaces.get(tree);
    if (own === undefined) {
      own = surfaceOfFile(tree);
      surfaces.set(tree, own);
    }
    for (const [key, entry] of own) {
      let known = surface.get(key);
      if (known !== undefined && !joined.has(known)) {
        known = copyOf(known);
        joined.add(known);
      }
      if (known !== undefined) join(known, entry);
      surface.set(key, known ?? entry);
    }
  }
  return surface;
}

function copyOf(entry: Shown): Shown {
  const { own, parts, receiver } = entry;
  return { ...entry, own: new Set(own), parts: [...parts], receiver: new Set(receiver) };
}

function join(entry: Shown, more: Shown): void {
  entry.text += more.text;
  entry.inferred ||= more.inferred;
  entry.parts.push(...more.parts);
  for (const name of more.own) entry.own.add(name);
  for (const name of more.receiver) entry.receiver.add(name);
}

function surfaceOfFile(tree: Tree): Surface {
  const surface = new Map<string, Shown>();
  const clause = shown(surface, `package ${tree.text(tree.child(tree.root))}`, false);
  clause.text += "package ";
  for (const one of declaredNames(tree)) clause.own.add(one);
  for (const declaration of tree.children(tree.root)) {
    if (tree.kind(declaration) === Kind.FuncDecl) addFunction(surface, tree, declaration);
    if (tree.kind(declaration) !== Kind.GenDecl) continue;
    if (tree.tok(declaration) === Tok.Import) addImports(surface, tree, declaration);
    else
      for (const spec of tree.children(declaration)) {
        const key = `${tree.flags(declaration)} ${tree.text(spec).split(/[\s=({[]/, 1)[0]}`;
        const entry = shown(surface, key, false);
        entry.inferred ||= tree.kind(spec) === Kind.ValueSpec && (tree.flags(spec) & 1) === 0;
        for (const name of namesMade(tree, spec)) entry.own.add(name);
        addPart(entry, tree, spec, tree.end(spec), namesMade(tree, spec));
      }
  }
  return surface;
}

/** What an import names means something else once it has changed, and so does what is declared with it. */
function addImports(surface: Map<string, Shown>, tree: Tree, declaration: Node): void {
  for (const spec of tree.children(declaration)) {
    const entry = shown(surface, `import ${tree.text(spec)}`, false);
    entry.text += "import ";
    const first = tree.child(spec);
    const name = tree.kind(first) === Kind.Ident ? tree.text(first) : importName(tree.text(first).slice(1, -1));
    if (name !== undefined && name !== ".") entry.own.add(atoms.intern(name));
    else for (const one of declaredNames(tree)) entry.own.add(one);
  }
}

function declaredNames(tree: Tree): number[] {
  return tree.children(tree.root).flatMap((declaration) => {
    if (tree.kind(declaration) === Kind.FuncDecl)
      return [tree.atom(tree.nth(declaration, tree.flags(declaration) & 1))];
    return tree.children(declaration).flatMap((spec) => namesMade(tree, spec));
  });
}

/** The name an import path most likely goes by: its last element, without version or `.v2`; undefined where that is none. */
export function importName(path: string): string | undefined {
  const parts = path.split("/");
  let last = parts[parts.length - 1] ?? "";
  if (/^v\d+$/.test(last) && parts.length > 1) last = parts[parts.length - 2] ?? "";
  last = last.replace(/\.v\d+$/, "");
  return /^[\p{L}_][\p{L}\p{N}_]*$/u.test(last) ? last : undefined;
}

function addFunction(surface: Map<string, Shown>, tree: Tree, node: Node): void {
  const flags = tree.flags(node);
  const name = tree.nth(node, flags & 1);
  const end = headEnd(tree, node);
  const method = (flags & 1) !== 0;
  const key = new TextDecoder().decode(tree.src.subarray(tree.start(node), tree.end(name)));
  const entry = shown(surface, key, method && !isExported(tree.atom(name)));
  if (method) addUses(tree, tree.child(node), end, entry.receiver);
  else entry.own.add(tree.atom(name));
  addPart(entry, tree, node, end, [tree.atom(name)]);
}

function shown(surface: Map<string, Shown>, key: string, hidden: boolean): Shown {
  let entry = surface.get(key);
  if (entry === undefined) {
    entry = { text: "", own: new Set(), parts: [], hidden, receiver: new Set(), inferred: false };
    surface.set(key, entry);
  }
  return entry;
}

interface Member {
  readonly node: Node;
  readonly of: Part["member"];
}

/** What a node says, whatever its layout and comments are; members are left to `members` where it is there. */
function said(tree: Tree, node: Node, end: number, members?: Member[]): string {
  if (tree.start(node) >= end) return "";
  const own = `${tree.kind(node)} ${tree.flags(node)} ${tree.tok(node)} ${tree.atom(node)}`;
  const inner = members === undefined ? undefined : membersOf(tree, node);
  if (inner !== undefined) {
    const of = tree.kind(node) === Kind.StructType ? "struct" : "interface";
    for (const one of inner) members?.push({ node: one, of });
    return `(${own})`;
  }
  const children = tree.children(node);
  if (children.length === 0) return tree.kind(node) === Kind.BasicLit ? `(${own} ${tree.text(node)})` : `(${own})`;
  return `(${own}${children.map((child) => said(tree, child, end, members)).join("")})`;
}

/** Do two versions of a file declare the same, in the same order, whatever their function bodies, comments and layout are? */
export function declareTheSame(a: Tree, b: Tree): boolean {
  const [all, others] = [a.children(a.root), b.children(b.root)];
  if (all.length !== others.length) return false;
  return all.every(
    (node, index) => said(a, node, headEnd(a, node)) === said(b, others[index] ?? 0, headEnd(b, others[index] ?? 0)),
  );
}

/** The text of all declarations, function bodies left out. */
export function declarationBytes(tree: Tree): Uint8Array[] {
  return tree.children(tree.root).map((node) => tree.src.subarray(tree.start(node), headEnd(tree, node)));
}

/**
 * As `declarationBytes`, of a whole package as others see it: nobody else can name a function that is not exported, and none
 * but a variable or constant without a type shows what it returns.
 */
export function shownBytes(trees: readonly Tree[]): Uint8Array[] {
  const used = new Set<number>();
  for (const tree of trees)
    for (const node of tree.children(tree.root))
      if (tree.kind(node) === Kind.GenDecl) for (const spec of tree.children(node)) addAtoms(tree, spec, used);
  const hidden = (tree: Tree, node: Node) => {
    if (tree.kind(node) !== Kind.FuncDecl || (tree.flags(node) & 1) !== 0) return false;
    const name = tree.atom(tree.child(node));
    return !isExported(name) && !used.has(name);
  };
  const shown = (tree: Tree) => tree.children(tree.root).filter((node) => !hidden(tree, node));
  return trees.flatMap((tree) => [
    ...shown(tree).map((node) => tree.src.subarray(tree.start(node), headEnd(tree, node))),
    fileEnd,
  ]);
}

/** What a name means is told by the imports of its file. */
const fileEnd = new Uint8Array(1);

function addAtoms(tree: Tree, node: Node, atoms: Set<number>): void {
  atoms.add(tree.atom(node));
  for (const child of tree.children(node)) addAtoms(tree, child, atoms);
}

/** Where a declaration ends, a function's body left out. */
function headEnd(tree: Tree, node: Node): number {
  const hasBody = tree.kind(node) === Kind.FuncDecl && (tree.flags(node) & 2) !== 0;
  return hasBody ? tree.start(tree.last(node)) : tree.end(node);
}

/** Fields of a struct, methods of an interface. */
function membersOf(tree: Tree, node: Node): readonly Node[] | undefined {
  const kind = tree.kind(node);
  return kind === Kind.StructType || kind === Kind.InterfaceType ? tree.children(tree.child(node)) : undefined;
}

/** Names that a node declares: its first children. */
function namesMade(tree: Tree, node: Node): number[] {
  const kind = tree.kind(node);
  const count = kind === Kind.TypeSpec ? 1 : kind === Kind.Field || kind === Kind.ValueSpec ? tree.flags(node) >> 1 : 0;
  return tree
    .children(node)
    .slice(0, count)
    .map((name) => tree.atom(name));
}

function addPart(entry: Shown, tree: Tree, node: Node, end: number, names: number[], member?: Part["member"]): void {
  const members: Member[] = [];
  const text = said(tree, node, end, members);
  const uses = new Set<number>();
  addUses(tree, node, end, uses);
  entry.text += text;
  entry.parts.push({ text, names, member, uses, foreign: names.length === 0 && isForeign(tree, node) });
  for (const { node: one, of } of members) addPart(entry, tree, one, tree.end(one), namesMade(tree, one), of);
}

/** `pkg.T` or `*pkg.T`, embedded. */
function isForeign(tree: Tree, field: Node): boolean {
  const type = tree.child(field);
  return tree.kind(tree.kind(type) === Kind.StarExpr ? tree.child(type) : type) === Kind.SelectorExpr;
}

/** Names of other things below a node, members left out. */
function addUses(tree: Tree, node: Node, end: number, uses: Set<number>): void {
  if (membersOf(tree, node) !== undefined) return;
  const made = new Set(namesMade(tree, node));
  for (const child of tree.children(node)) {
    if (tree.start(child) >= end) return;
    const atom = tree.atom(child);
    if (atom !== 0 && !made.has(atom)) uses.add(atom);
    addUses(tree, child, end, uses);
  }
}

/** What changed in the declarations of a package. */
export interface Changes {
  /** Names by which functions may notice it. */
  readonly names: ReadonlySet<number>;
  /** Names that stand for fields, where they are selected or are keys. */
  readonly fields: ReadonlySet<number>;
  /** Types, as `import/path.Name`, that have other fields or methods: who looks into their values as a whole may notice it. */
  readonly layout: ReadonlySet<string>;
}

/**
 * What others may notice: names that changed declarations make. Other packages can name no others than the exported ones,
 * but those may be declared with what is not exported, or take their type from it. `inside`: what functions of the
 * package itself may notice. `paths`: the import paths that the types may go by.
 */
export function changesOf(before: Surface, after: Surface, inside: boolean, paths: readonly string[]): Changes {
  const changed = new Set<number>();
  const own = new Set<number>();
  const fields = new Set<number>();
  const isKnown = declaredIn(before, after);
  const layout = new Set<number>();
  let deep = inside;
  for (const key of new Set([...before.keys(), ...after.keys()])) {
    const [old, now] = [before.get(key), after.get(key)];
    if (old?.text === now?.text) continue;
    const all = [...differing(old, now), ...differing(now, old)];
    const parts = inside ? all : all.filter((part) => !isHidden(part));
    for (const one of [old, now]) if (one !== undefined) for (const type of laidOut(one)) layout.add(type);
    const both = old !== undefined && now !== undefined && !isOtherOfSeveral(old, now);
    if (parts.length === 0 && !inside && both) continue;
    // Of a struct with other fields only they are noticed by name: it is the same type.
    if (both && isStruct(now) && all.every((part) => isField(part, isKnown))) {
      for (const { names, uses } of parts) for (const name of names.length > 0 ? names : uses) fields.add(name);
      continue;
    }
    if (old !== undefined && now !== undefined && !both) deep = true;
    for (const name of [...(old?.own ?? []), ...(now?.own ?? [])]) own.add(name);
    if (old === undefined || now === undefined) {
      const receiver = (old ?? now)?.receiver ?? [];
      for (const name of receiver) own.add(name);
      deep ||= [...receiver].length > 0;
    }
    for (const { names, member, uses } of parts) {
      for (const name of names) changed.add(name);
      if (member === undefined || names.length > 0) continue;
      // What is embedded gives its own names to whatever holds the value.
      deep = true;
      for (const name of uses) changed.add(name);
    }
  }
  for (const entry of after.values())
    if (infers(entry) && usesAny(entry, fields)) for (const name of entry.own) own.add(name);
  const all = [...changed, ...own, ...following(after, own, inside, deep)];
  const types = [...layout].flatMap((type) => paths.map((path) => `${path}.${atoms.text(type)}`));
  // A name that is missing, in half a line, is nobody's.
  const noticed = (names: readonly number[]) => {
    const known = names.filter((name) => name !== 0);
    return inside ? new Set(known) : exported(known);
  };
  return { names: noticed(all), fields: noticed([...fields]), layout: new Set(types) };
}

/** Types that have other fields or methods when this changes. */
function laidOut(entry: Shown): Iterable<number> {
  if (entry.receiver.size > 0) return entry.receiver;
  return isStruct(entry) ? entry.own : [];
}

/** Of two declarations of one name one counts, which may be another one now. */
function isOtherOfSeveral(old: Shown, now: Shown): boolean {
  const [then, here] = [old, now].map(({ parts }) => parts.filter(({ member }) => member === undefined).length);
  return then !== here || (here !== 1 && !now.own.has(blank));
}

const blank = atoms.intern("_");

function isStruct({ parts }: Shown): boolean {
  return parts.some(({ member }) => member === "struct");
}

/** A field that gives no other name to its struct than its own: one with a name, or of a type that is nowhere declared. */
function isField({ names, member, uses, foreign }: Part, isKnown: (name: number) => boolean): boolean {
  if (member !== "struct") return false;
  const [first = 0, second = 0, ...more] = uses;
  // Of another package's names only the exported ones can be named.
  const missing = foreign ? more.length === 0 && !isExported(second) : second === 0 && !isKnown(first);
  return names.length > 0 || missing;
}

/** May a name stand for a type that is declared? A dot import may declare any. */
function declaredIn(...surfaces: readonly Surface[]): (name: number) => boolean {
  let names: Set<number> | undefined;
  const all = surfaces.some((surface) => [...surface.keys()].some((key) => key.startsWith("import . ")));
  return (name) => {
    const types = () => surfaces.flatMap((one) => [...one].flatMap(([key, entry]) => typesOf(key, entry)));
    names ??= new Set([atoms.intern("error"), ...types()]);
    return all || names.has(name);
  };
}

function typesOf(key: string, { own }: Shown): number[] {
  return key.startsWith(`${Tok.Type} `) ? [...own] : [];
}

function differing(one: Shown | undefined, other: Shown | undefined): Part[] {
  const same = new Set(other?.parts.map(({ text }) => text));
  return one?.parts.filter(({ text }) => !same.has(text)) ?? [];
}

/** A member that other packages cannot name. */
function isHidden({ member, names }: Part): boolean {
  return member !== undefined && names.length > 0 && !names.some(isExported);
}

/** Names by which others may notice that the types of names of other packages changed: `var x = pkg.F()`. */
export function inferredAtoms(surface: Surface, changed: ReadonlySet<number>): Set<number> {
  const inferred = [...surface.values()].filter((entry) => infers(entry) && usesAny(entry, changed));
  const own = new Set(inferred.flatMap((entry) => [...entry.own]));
  return exported([...own, ...following(surface, own, false, false)]);
}

/** Names of a package by which its own functions may notice that names of others changed. */
export function concernedAtoms(surface: Surface, changed: ReadonlySet<number>): Set<number> {
  return new Set([...changed, ...following(surface, changed, true, true)]);
}

function usesAny({ parts }: Shown, names: ReadonlySet<number>): boolean {
  return parts.some(({ uses }) => [...uses].some((atom) => names.has(atom)));
}

function infers({ inferred }: Shown): boolean {
  return inferred;
}

/** What declarations make that name what is not exported, or take their type from what is; with `deep`, that name anything. */
function following(surface: Surface, own: ReadonlySet<number>, inside: boolean, deep: boolean): Set<number> {
  const made = new Set<number>();
  const known = new Set(own);
  for (let size = -1; size !== known.size; ) {
    size = known.size;
    for (const entry of surface.values()) {
      if (!inside && entry.hidden) continue;
      const any = deep || infers(entry);
      for (const part of entry.parts) {
        if (!inside && isHidden(part)) continue;
        if (![...part.uses].some((atom) => known.has(atom) && (any || !isExported(atom)))) continue;
        for (const name of entry.own) {
          known.add(name);
          made.add(name);
        }
        for (const name of part.names) made.add(name);
      }
    }
  }
  return made;
}

function exported(names: readonly number[]): Set<number> {
  return new Set(names.filter((atom) => isExported(atom)));
}

function isExported(atom: number): boolean {
  return /^\p{Lu}/u.test(atoms.text(atom));
}

/** Does a file name one of these? */
export function mentions(tree: Tree, wanted: ReadonlySet<number>): boolean {
  for (let node = 1; node < tree.size; node++) if (wanted.has(tree.atom(node))) return true;
  return false;
}

/** Does what is below a node name one of these, or one of the fields where a field may be meant? */
export function mentionsBelow(
  tree: Tree,
  node: Node,
  names: ReadonlySet<number>,
  fields: ReadonlySet<number>,
): boolean {
  const kind = tree.kind(node);
  const field = kind === Kind.SelectorExpr ? tree.nth(node, 1) : kind === Kind.KeyValueExpr ? tree.child(node) : 0;
  if (names.has(tree.atom(node)) || (field !== 0 && fields.has(tree.atom(field)))) return true;
  for (let child = tree.child(node); child !== 0; child = tree.next(child))
    if (mentionsBelow(tree, child, names, fields)) return true;
  return false;
}
