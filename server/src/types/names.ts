import { importName } from "../syntax/surface.ts";
import { atoms, Tok } from "../syntax/token.ts";
import { Kind, type Tree } from "../syntax/tree.ts";
import type { Atom, Entity, PackageView } from "./scope.ts";

/** Finds the packages that import paths mean. */
export interface Importer {
  /** The package a path means to the files of a directory; undefined where it is missing. */
  find(path: string, dir: string): PackageView | undefined;
  /** Its name, for which the package need not be read. */
  nameOf(path: string, dir: string): string | undefined;
  /** Grows when `find` may answer otherwise than before. */
  readonly revision: number;
}

/** Names of the package that a file belongs to. */
interface OwnNames {
  declares(name: Atom): boolean;
  /** Also what every package knows. */
  lookup(name: Atom): Entity | undefined;
}

/** An import of a file. */
class Imported {
  readonly kind = "package";
  readonly path: string;
  readonly #importer: Importer;
  readonly #find: (path: string) => PackageView | undefined;
  #view: PackageView | undefined;
  #revision = -1;

  constructor(path: string, importer: Importer, find: (path: string) => PackageView | undefined) {
    this.path = path;
    this.#importer = importer;
    this.#find = find;
  }

  get view(): PackageView | undefined {
    if (this.#view === undefined || this.#revision !== this.#importer.revision) {
      this.#view = this.#find(this.path);
      this.#revision = this.#importer.revision;
    }
    return this.#view;
  }
}

/** The names in force at the top level of one file: those that its imports give it, and its package's. */
export class FileNames {
  readonly #find: (path: string) => PackageView | undefined;
  readonly #importer: Importer;
  readonly #dir: string;
  readonly #own: OwnNames;
  /** By the name they are given, or else by the one that their path suggests. */
  readonly #named = new Map<Atom, Entity>();
  readonly #dots: string[] = [];
  readonly #unnamed: string[] = [];
  /** Paths of `#unnamed` by the names that their packages have, once somebody asked, as of `#revision`. */
  #paths: ReadonlyMap<Atom, string> | undefined;
  /** What names were found to mean, as of `#revision`: most are asked for again and again. */
  readonly #known = new Map<Atom, Entity | undefined>();
  #revision = -1;

  constructor(tree: Tree, dir: string, importer: Importer, own: OwnNames) {
    this.#importer = importer;
    this.#dir = dir;
    this.#find = (path) => importer.find(path, dir);
    this.#own = own;
    for (const declaration of tree.children(tree.root)) {
      if (tree.kind(declaration) !== Kind.GenDecl || tree.tok(declaration) !== Tok.Import) continue;
      for (const spec of tree.children(declaration)) {
        const first = tree.child(spec);
        const named = tree.kind(first) === Kind.Ident;
        const path = tree.text(named ? tree.next(first) : first).slice(1, -1);
        this.#add(path, named ? tree.text(first) : "");
      }
    }
    for (const path of this.#unnamed) {
      const guess = atoms.intern(importName(path) ?? "");
      if (guess !== 0 && !this.#named.has(guess)) this.#named.set(guess, this.#entity(path));
    }
  }

  #add(path: string, name: string): void {
    if (name === "_" || path === "C") return;
    if (name === ".") this.#dots.push(path);
    else if (name === "") this.#unnamed.push(path);
    else this.#named.set(atoms.intern(name), this.#entity(path));
  }

  #entity(path: string): Entity {
    return new Imported(path, this.#importer, this.#find);
  }

  lookup(name: Atom): Entity | undefined {
    if (this.#revision !== this.#importer.revision) {
      this.#known.clear();
      this.#paths = undefined;
      this.#revision = this.#importer.revision;
    }
    const known = this.#known.get(name);
    if (known !== undefined || this.#known.has(name)) return known;
    const found = this.#search(name) ?? this.#own.lookup(name);
    this.#known.set(name, found);
    return found;
  }

  #search(name: Atom): Entity | undefined {
    // The package's own declarations win over a guessed import name.
    const entity = this.#named.get(name);
    if (entity !== undefined) return entity;
    for (const dot of this.#dots) {
      const member = this.#find(dot)?.lookup(name);
      if (member !== undefined) return member;
    }
    if (this.#own.declares(name)) return undefined;
    this.#paths ??= this.#pathsByName();
    const path = this.#paths.get(name);
    return path === undefined ? undefined : this.#entity(path);
  }

  #pathsByName(): Map<Atom, string> {
    const paths = new Map<Atom, string>();
    for (const path of this.#unnamed) {
      const name = atoms.intern(this.#importer.nameOf(path, this.#dir) ?? "");
      if (name !== 0 && !paths.has(name)) paths.set(name, path);
    }
    return paths;
  }
}
