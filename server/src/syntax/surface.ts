import { atoms } from "./token.ts";
import { Kind, type Node, type Tree } from "./tree.ts";

interface Shown {
  text: string;
  /** Names that the declaration makes: its own, those of fields and interface methods. */
  readonly names: Set<number>;
  /** Those of them that stand for themselves in the package. */
  readonly own: Set<number>;
  readonly atoms: Set<number>;
}

/** What a package shows to others: its declarations, bodies left out. */
export type Surface = ReadonlyMap<string, Shown>;

/** Declarations of a package's files; several of one name are one entry. */
export function surfaceOf(trees: Iterable<Tree>): Surface {
  const surface = new Map<string, Shown>();
  for (const tree of trees) {
    for (const declaration of tree.children(tree.root)) {
      if (tree.kind(declaration) === Kind.FuncDecl) addFunction(surface, tree, declaration);
      if (tree.kind(declaration) !== Kind.GenDecl) continue;
      for (const spec of tree.children(declaration)) {
        const key = `${tree.flags(declaration)} ${tree.text(spec).split(/[\s=({[]/, 1)[0]}`;
        add(shown(surface, key), tree, spec, tree.end(spec), true);
      }
    }
  }
  return surface;
}

function addFunction(surface: Map<string, Shown>, tree: Tree, node: Node): void {
  const flags = tree.flags(node);
  const name = tree.nth(node, flags & 1);
  const end = (flags & 2) === 0 ? tree.end(node) : tree.start(tree.last(node));
  const entry = shown(surface, new TextDecoder().decode(tree.src.subarray(tree.start(node), tree.end(name))));
  entry.names.add(tree.atom(name));
  if ((flags & 1) === 0) entry.own.add(tree.atom(name));
  add(entry, tree, node, end, false);
}

function shown(surface: Map<string, Shown>, key: string): Shown {
  const entry = surface.get(key) ?? {
    text: "",
    names: new Set<number>(),
    own: new Set<number>(),
    atoms: new Set<number>(),
  };
  surface.set(key, entry);
  return entry;
}

function add(entry: Shown, tree: Tree, node: Node, end: number, names: boolean): void {
  entry.text += `${new TextDecoder().decode(tree.src.subarray(tree.start(node), end))}\n`;
  const visit = (at: Node) => {
    if (tree.start(at) >= end) return;
    if (tree.atom(at) !== 0) entry.atoms.add(tree.atom(at));
    const kind = tree.kind(at);
    const made = kind === Kind.TypeSpec ? 1 : kind === Kind.Field || kind === Kind.ValueSpec ? tree.flags(at) >> 1 : 0;
    if (names)
      for (let index = 0; index < made; index++) {
        const name = tree.atom(tree.nth(at, index));
        entry.names.add(name);
        if (at === node) entry.own.add(name);
      }
    for (const child of tree.children(at)) visit(child);
  };
  visit(node);
}

/**
 * Names by which other packages may notice what changed: those that declarations make, and those that came or went in
 * them. They can name no others than the exported ones, but those may be declared with what is not exported, or take
 * their type from it.
 */
export function changedAtoms(before: Surface, after: Surface): Set<number> {
  const changed = new Set<number>();
  const own = new Set<number>();
  for (const key of new Set([...before.keys(), ...after.keys()])) {
    const [old, now] = [before.get(key), after.get(key)];
    if (old?.text === now?.text) continue;
    for (const entry of [old, now]) {
      for (const name of entry?.names ?? []) changed.add(name);
      for (const name of entry?.own ?? []) own.add(name);
    }
    if (old === undefined || now === undefined) continue;
    for (const atom of old.atoms) if (!now.atoms.has(atom)) changed.add(atom);
    for (const atom of now.atoms) if (!old.atoms.has(atom)) changed.add(atom);
  }
  return exported([...changed, ...following(after, own)]);
}

/** Names by which others may notice that the types of names of other packages changed: `var x = pkg.F()`. */
export function inferredAtoms(surface: Surface, changed: ReadonlySet<number>): Set<number> {
  const inferred = [...surface.values()].filter(
    ({ text, atoms: all }) => text.includes("=") && [...all].some((atom) => changed.has(atom)),
  );
  const own = new Set(inferred.flatMap((entry) => [...entry.own]));
  return exported([...inferred.flatMap(({ names }) => [...names]), ...following(surface, own)]);
}

/** What declarations make that name what is not exported, or take their type from what is. */
function following(surface: Surface, own: ReadonlySet<number>): Set<number> {
  const made = new Set<number>();
  const known = new Set(own);
  for (let size = -1; size !== known.size; ) {
    size = known.size;
    for (const entry of surface.values()) {
      const infers = entry.text.includes("=");
      if (![...entry.atoms].some((atom) => known.has(atom) && (infers || !isExported(atom)))) continue;
      for (const name of entry.own) known.add(name);
      for (const name of entry.names) made.add(name);
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
