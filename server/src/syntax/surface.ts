import { atoms } from "./token.ts";
import { Kind, type Node, type Tree } from "./tree.ts";

interface Shown {
  text: string;
  /** Names that the declaration makes: its own, those of fields and interface methods. */
  readonly names: Set<number>;
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
  add(entry, tree, node, end, false);
}

function shown(surface: Map<string, Shown>, key: string): Shown {
  const entry = surface.get(key) ?? { text: "", names: new Set<number>(), atoms: new Set<number>() };
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
    if (names) for (let index = 0; index < made; index++) entry.names.add(tree.atom(tree.nth(at, index)));
    for (const child of tree.children(at)) visit(child);
  };
  visit(node);
}

/** Names every package knows: that one of them comes or goes tells nothing of who is concerned. */
const predeclared = new Set(
  "any bool byte comparable complex64 complex128 error float32 float64 int int8 int16 int32 int64 rune string uint uint8 uint16 uint32 uint64 uintptr true false iota nil"
    .split(" ")
    .map((name) => atoms.intern(name)),
);

/** Names by which code elsewhere may notice what changed: those that declarations make, and those that came or went in them. */
export function changedAtoms(before: Surface, after: Surface): Set<number> {
  const changed = new Set<number>();
  for (const key of new Set([...before.keys(), ...after.keys()])) {
    const [old, now] = [before.get(key), after.get(key)];
    if (old?.text === now?.text) continue;
    for (const entry of [old, now]) for (const name of entry?.names ?? []) changed.add(name);
    if (old === undefined || now === undefined) continue;
    for (const atom of old.atoms) if (!now.atoms.has(atom)) changed.add(atom);
    for (const atom of now.atoms) if (!old.atoms.has(atom)) changed.add(atom);
  }
  for (const atom of predeclared) changed.delete(atom);
  return changed;
}

/** Names of the declarations whose type follows from what changed: `var x = pkg.F()`. */
export function inferredAtoms(surface: Surface, changed: ReadonlySet<number>): number[] {
  return [...surface.values()]
    .filter(({ text, atoms: all }) => text.includes("=") && [...all].some((atom) => changed.has(atom)))
    .flatMap(({ names }) => [...names]);
}

/** Does a file name one of these? */
export function mentions(tree: Tree, wanted: ReadonlySet<number>): boolean {
  for (let node = 1; node < tree.size; node++) if (wanted.has(tree.atom(node))) return true;
  return false;
}
