import { contentDigest, digest } from "../base/fingerprint.ts";
import { type Directive, directivesOf } from "../checks/suppression.ts";
import { importPaths } from "../packages/header.ts";
import type { GoFile, PackageFiles } from "../packages/load.ts";
import { type DeclaredGuard, declaredGuards } from "../syntax/declared.ts";
import { declarationBytes, shownBytes } from "../syntax/surface.ts";
import type { Tree } from "../syntax/tree.ts";

/** What a file says beside its syntax. */
export interface About {
  /** Digest of its contents. */
  readonly hash: string;
  /** Digest of its declarations. */
  readonly declared: string;
  readonly imports: readonly string[];
  readonly directives: readonly Directive[];
  readonly guards: readonly DeclaredGuard[];
}

const files = new WeakMap<Tree, About>();
const packages = new WeakMap<PackageFiles, string>();

/** Worked out when somebody asks, unless it was told. */
export function aboutFile({ tree }: Pick<GoFile, "tree">): About {
  return files.get(tree) ?? new Looked(tree);
}

/** Digest of what a package shows to others. */
export function shownBy(pkg: PackageFiles): string {
  return packages.get(pkg) ?? digest(Buffer.concat(shownBytes(pkg.files.map(({ tree }) => tree))));
}

/** Somebody else found this out already. */
export function tell(pkg: PackageFiles, shown: string, about: readonly About[]): void {
  packages.set(pkg, shown);
  for (const [index, { tree }] of pkg.files.entries()) {
    const one = about[index];
    if (one !== undefined) files.set(tree, one);
  }
}

/** All of it, to be told elsewhere. */
export function lookedAt(file: Pick<GoFile, "tree">): About {
  const { hash, declared, imports, directives, guards } = aboutFile(file);
  return { hash, declared, imports, directives, guards };
}

class Looked implements About {
  readonly #tree: Tree;

  constructor(tree: Tree) {
    this.#tree = tree;
  }

  get hash(): string {
    return contentDigest(this.#tree.src);
  }

  get declared(): string {
    return digest(Buffer.concat(declarationBytes(this.#tree)));
  }

  get imports(): readonly string[] {
    return importPaths(this.#tree);
  }

  get directives(): readonly Directive[] {
    return directivesOf(this.#tree);
  }

  get guards(): readonly DeclaredGuard[] {
    return declaredGuards(this.#tree);
  }
}
