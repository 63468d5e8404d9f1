import type { GoFile } from "../packages/load.ts";
import type { Unit } from "../summaries/effects.ts";
import { type Declared, initializersOf } from "../summaries/lower.ts";
import { commentStart } from "../syntax/comments.ts";
import { type Changes, importName, mentionsBelow } from "../syntax/surface.ts";
import { atoms, Tok } from "../syntax/token.ts";
import { Kind, type Tree } from "../syntax/tree.ts";
import type { Package } from "../types/package.ts";

type Units = ReadonlyMap<string, Unit>;

/** A directory that was read anew and is still to be lowered. */
export class Postponed {
  /** Import paths of the packages it had when it was lowered last. */
  readonly before: readonly string[];
  /** Ids of what each of them declared, in the order of the places. */
  readonly #orders: ReadonlyMap<string, readonly string[]>;
  /** Functions as they were then, with what stands above them, and initializers, by file; undefined for those declared twice. */
  readonly #texts = new Map<string, { readonly path: string; readonly text: Uint8Array } | undefined>();
  /** Imports of the files, by path. */
  readonly #imports = new Map<string, ReadonlyMap<string, number>>();
  /** Names whose declarations have changed since, or lead to some that have. */
  readonly #concerned = new Set<number>();
  /** Names of fields that have changed since. */
  readonly #fields = new Set<number>();
  /** Types that have other fields or methods. */
  readonly #layout = new Set<string>();

  constructor(before: readonly string[], packages: readonly Package[], unitsOf: (path: string) => Units) {
    this.before = before;
    this.#orders = new Map(before.map((path) => [path, inOrder(unitsOf(path))]));
    for (const pkg of packages) {
      for (const { path, tree } of pkg.files) this.#imports.set(path, importsOf(tree));
      for (const one of declaredIn(pkg)) {
        const told = { path: one.file.path, text: textOf(one) };
        this.#texts.set(one.id, this.#texts.has(one.id) ? undefined : told);
      }
    }
  }

  /** What any function may notice is undefined. */
  concern(changes: Changes | undefined): void {
    if (changes === undefined) this.#texts.clear();
    for (const name of changes?.names ?? []) this.#concerned.add(name);
    for (const name of changes?.fields ?? []) this.#fields.add(name);
    for (const type of changes?.layout ?? []) this.#layout.add(type);
  }

  /** Declarations that stand before others now which stood before them: of two accesses the first one is reported. */
  displaced(path: string, units: Units): Set<string> {
    const then = (this.#orders.get(path) ?? []).filter((id) => units.has(id));
    const known = new Set(then);
    const rest = inOrder(units).filter((id) => known.has(id));
    const first = rest.findIndex((id, index) => id !== then[index]);
    const last = rest.findLastIndex((id, index) => id !== then[index]);
    return new Set(first < 0 ? [] : rest.slice(first, last + 1));
  }

  /** Has one of these types, into which something looks as a whole, other fields or methods now? */
  laidOutAnew(types: ReadonlySet<string>): boolean {
    return isLaidOutAnew(types, this.#layout);
  }

  /** Tells of what a package declares whether lowering it now would say what was said then. */
  unchanged(pkg: Package): (declaration: Declared) => boolean {
    const concerned = new Map(pkg.files.map((file) => [file, this.#concernedIn(file)]));
    const ids = new Set<string>();
    const twice = new Set<string>();
    for (const { id } of pkg.functions) (ids.has(id) ? twice : ids).add(id);
    return (declaration) => {
      const now = textOf(declaration);
      const then = this.#texts.get(declaration.id);
      const names = concerned.get(declaration.file);
      if (then?.path !== declaration.file.path || names === undefined || twice.has(declaration.id)) return false;
      return (
        Buffer.compare(then.text, now) === 0 &&
        !mentionsBelow(declaration.file.tree, declaration.node, names, this.#fields)
      );
    };
  }

  /** Undefined where any name may mean something else. */
  #concernedIn({ path, tree }: GoFile): ReadonlySet<number> | undefined {
    const [old, now] = [this.#imports.get(path), importsOf(tree)];
    if (old === undefined) return undefined;
    const names = [
      ...[...old].filter(([text]) => !now.has(text)).map(([, name]) => name),
      ...[...now].filter(([text]) => !old.has(text)).map(([, name]) => name),
    ];
    return names.includes(0) ? undefined : new Set([...this.#concerned, ...names]);
  }
}

function inOrder(units: Units): string[] {
  const placed = [...units].map(([id, { anchor }]) => ({ id, path: anchor.path, base: anchor.base }));
  return placed.sort((a, b) => (a.path === b.path ? a.base - b.base : a.path < b.path ? -1 : 1)).map(({ id }) => id);
}

/** Is one of `types`, or what it is declared within, among the changed ones? */
export function isLaidOutAnew(types: ReadonlySet<string>, changed: ReadonlySet<string>): boolean {
  if (types.size === 0 || changed.size === 0) return false;
  return [...types].some((type) => changed.has(type) || [...changed].some((one) => type.startsWith(`${one}.`)));
}

/** Import specs and the package clause, with the name that each gives; 0 where it may be any. */
function importsOf(tree: Tree): ReadonlyMap<string, number> {
  const imports = new Map([[`package ${tree.text(tree.child(tree.root))}`, 0]]);
  for (const declaration of tree.children(tree.root)) {
    if (tree.kind(declaration) !== Kind.GenDecl || tree.tok(declaration) !== Tok.Import) continue;
    for (const spec of tree.children(declaration)) {
      const first = tree.child(spec);
      const named = tree.kind(first) === Kind.Ident;
      const guess = importName(tree.text(first).slice(1, -1));
      const known = guess === undefined ? 0 : atoms.intern(guess);
      imports.set(tree.text(spec), named ? (tree.text(first) === "." ? 0 : tree.atom(first)) : known);
    }
  }
  return imports;
}

/** Functions and initializers. */
function declaredIn(pkg: Package): Declared[] {
  const initializers = pkg.files.flatMap((file) =>
    [...initializersOf(pkg, file)].map(([id, node]) => ({ id, file, node })),
  );
  return [...pkg.functions, ...initializers];
}

/** The text of an initializer, or of a function with the comments above it, which may say what its callers do. */
export function textOf({ file: { tree }, node }: Declared): Uint8Array {
  const start = tree.start(node);
  const isFunction = tree.kind(node) === Kind.FuncDecl;
  return tree.src.subarray(isFunction ? commentStart(tree, start) : start, tree.end(node));
}
