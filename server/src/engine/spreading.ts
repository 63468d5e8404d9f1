import { type Changes, concernedAtoms, inferredAtoms, mentions, type Surface, surfaceOf } from "../syntax/surface.ts";
import type { Tree } from "../syntax/tree.ts";
import { isLaidOutAnew } from "./postponed.ts";

/** What changed is not known: all that import it are to be looked at. */
export const anything = undefined;

/** No function notices anything. */
const none: Changes = { names: new Set(), fields: new Set(), layout: new Set() };

/** Declarations that changed, by directory, until those that import them are told. */
export class Spreading {
  readonly #changed = new Map<string, Changes | undefined>();

  add(dir: string, changes: Changes | undefined): void {
    if (changes !== undefined && isNone(changes)) return;
    const known = this.#changed.get(dir);
    const both = known !== undefined && changes !== undefined ? joined(known, changes) : changes;
    this.#changed.set(dir, this.#changed.has(dir) && known === undefined ? undefined : both);
  }

  get directories(): Iterable<string> {
    return this.#changed.keys();
  }

  /** May somebody notice what changed in a directory who looks into these types as a whole? Others only by a name. */
  concerns(dir: string, layouts: Iterable<ReadonlySet<string>>): boolean {
    const changes = this.#changed.get(dir);
    return changes === undefined || changes.names.size + changes.fields.size > 0 || looksInto(layouts, changes);
  }

  done(dir: string): void {
    this.#changed.delete(dir);
  }

  /**
   * Those among the importers of a directory whose functions may notice what changed, and by what: undefined by anything.
   * `layouts`: the types that functions of a directory look into as a whole.
   */
  among(
    importers: Iterable<string>,
    dir: string,
    treesOf: (dir: string) => readonly Tree[],
    layouts: (dir: string) => Iterable<ReadonlySet<string>>,
  ): Map<string, Changes | undefined> {
    const changes = this.#changed.get(dir);
    if (changes === undefined) return new Map([...importers].map((one) => [one, undefined]));
    const named = namedIn(importers, treesOf, changes);
    const concerned = new Map<string, Changes | undefined>();
    for (const one of importers) {
      const names = named.get(one);
      const looks = looksInto(layouts(one), changes);
      const layout = looks ? changes.layout : none.layout;
      if (names !== undefined) concerned.set(one, { names, fields: changes.fields, layout });
      else if (looks) concerned.set(one, { ...none, layout });
    }
    return concerned;
  }
}

function looksInto(layouts: Iterable<ReadonlySet<string>>, { layout }: Changes): boolean {
  if (layout.size > 0) for (const one of layouts) if (isLaidOutAnew(one, layout)) return true;
  return false;
}

function isNone({ names, fields, layout }: Changes): boolean {
  return names.size + fields.size + layout.size === 0;
}

function joined(a: Changes, b: Changes): Changes {
  const both = <Item>(one: ReadonlySet<Item>, other: ReadonlySet<Item>) => new Set([...one, ...other]);
  return { names: both(a.names, b.names), fields: both(a.fields, b.fields), layout: both(a.layout, b.layout) };
}

/** Names by which directories may notice it, fields left aside. */
function namedIn(
  importers: Iterable<string>,
  treesOf: (dir: string) => readonly Tree[],
  { names, fields }: Changes,
): Map<string, ReadonlySet<number>> {
  const changed = new Set([...names, ...fields]);
  if (changed.size === 0) return new Map();
  const own = new Set(names);
  const surfaces = new Map<string, Surface>();
  for (let known = -1; known !== surfaces.size; ) {
    known = surfaces.size;
    for (const dir of importers) {
      if (surfaces.has(dir) || !treesOf(dir).some((tree) => mentions(tree, changed))) continue;
      const surface = surfaceOf(treesOf(dir));
      surfaces.set(dir, surface);
      for (const atom of inferredAtoms(surface, changed)) {
        changed.add(atom);
        own.add(atom);
      }
    }
  }
  return new Map([...surfaces].map(([dir, surface]) => [dir, concernedAtoms(surface, own)]));
}
