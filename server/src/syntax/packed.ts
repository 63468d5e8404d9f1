import { Kind, type Node, type ParseError, stride, Tree } from "./tree.ts";

/** A tree but for its arrays, which lie in memory that many trees share. */
export interface PackedTree {
  readonly root: Node;
  readonly errors: readonly ParseError[];
  /** Integers of nodes and comments, and where they begin. */
  readonly integers: number;
  readonly nodes: number;
  readonly comments: number;
  /** Where the source begins, in bytes from the end of all integers, and its length. */
  readonly bytes: number;
  readonly length: number;
}

/** Trees in one piece of memory, to be handed to another thread as it is: the number of all integers, these, all sources. */
export class TreePacker {
  readonly #trees: Tree[] = [];
  #integers = 1;
  #bytes = 0;

  /** Bytes of all sources. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Takes one more tree; answers all of it but for its arrays. */
  add(tree: Tree): PackedTree {
    const { data, comments, src, root, errors } = tree;
    const [integers, bytes] = [this.#integers, this.#bytes];
    this.#trees.push(tree);
    this.#integers += data.length + comments.length;
    this.#bytes += src.length;
    return { root, errors, integers, nodes: data.length, comments: comments.length, bytes, length: src.length };
  }

  /**
   * The arrays of all trees that were added, for another thread to read as they are. Shared, though nobody writes there any
   * more: what is handed over instead makes the runtime mark all of its heap after every 64 MB.
   */
  pack(): SharedArrayBuffer {
    const memory = new SharedArrayBuffer(this.#integers * 4 + this.#bytes);
    const integers = new Int32Array(memory, 0, this.#integers);
    const bytes = new Uint8Array(memory, this.#integers * 4);
    integers[0] = this.#integers;
    let [at, from] = [1, 0];
    for (const { data, comments, src } of this.#trees) {
      integers.set(data, at);
      integers.set(comments, at + data.length);
      bytes.set(src, from);
      at += data.length + comments.length;
      from += src.length;
    }
    return memory;
  }
}

/** The tree again, its names as atoms of this thread: `atoms` are those of the other thread's, in order. */
export function unpackTree(memory: SharedArrayBuffer, tree: PackedTree, atoms: Int32Array): Tree {
  const [all = 0] = new Int32Array(memory, 0, 1);
  const nodes = new Int32Array(memory, tree.integers * 4, tree.nodes);
  const comments = new Int32Array(memory, (tree.integers + tree.nodes) * 4, tree.comments);
  const src = new Uint8Array(memory, all * 4 + tree.bytes, tree.length);
  for (let at = stride; at < nodes.length; at += stride)
    if (((nodes[at] as number) & 0xff) === Kind.Ident) nodes[at + 3] = atoms[nodes[at + 3] as number] ?? 0;
  return new Tree(src, nodes, tree.root, comments, tree.errors);
}
