import { lineAt, lineStarts } from "../base/positions.ts";
import type { Tok } from "./token.ts";
import { atoms } from "./token.ts";

/** Node kinds, named as in go/ast. What a node's flags say is listed with its kind. */
export enum Kind {
  Bad = 0,
  File,
  /** flags: the token */
  GenDecl,
  ImportSpec,
  /** flags: hasType | names << 1; children: names, type?, values */
  ValueSpec,
  /** flags: 1 type parameters, 2 alias; children: name, type parameters?, type */
  TypeSpec,
  /** flags: 1 receiver, 2 body; children: receiver?, name, FuncType, body? */
  FuncDecl,
  FieldList,
  /** flags: hasTag | names << 1; children: names, type, tag? */
  Field,
  Ident,
  /** flags: the token */
  BasicLit,
  /** flags: 1 type; children: type?, elements */
  CompositeLit,
  FuncLit,
  ParenExpr,
  SelectorExpr,
  IndexExpr,
  IndexListExpr,
  /** flags: 1 low, 2 high, 4 max */
  SliceExpr,
  /** flags: 1 type, else `.(type)` */
  TypeAssertExpr,
  /** flags: 1 ellipsis */
  CallExpr,
  StarExpr,
  /** flags: the operator */
  UnaryExpr,
  /** flags: the operator */
  BinaryExpr,
  KeyValueExpr,
  /** flags: 1 length */
  ArrayType,
  StructType,
  /** flags: 1 type parameters, 2 results; children: type parameters?, parameters, results? */
  FuncType,
  InterfaceType,
  MapType,
  /** flags: 1 send, 2 receive, 3 both */
  ChanType,
  Ellipsis,
  DeclStmt,
  EmptyStmt,
  LabeledStmt,
  ExprStmt,
  SendStmt,
  /** flags: the token */
  IncDecStmt,
  /** flags: token | left sides << 8 */
  AssignStmt,
  GoStmt,
  DeferStmt,
  ReturnStmt,
  /** flags: the token */
  BranchStmt,
  BlockStmt,
  /** flags: 1 init, 2 else; children: init?, condition, body, else? */
  IfStmt,
  /** flags: default | expressions << 1 */
  CaseClause,
  /** flags: 1 init, 2 tag; children: init?, tag?, body */
  SwitchStmt,
  /** flags: 1 init; children: init?, assign, body */
  TypeSwitchStmt,
  SelectStmt,
  /** flags: 1 default; children: communication?, statements */
  CommClause,
  /** flags: 1 init, 2 condition, 4 post */
  ForStmt,
  /** flags: 1 key, 2 value, 4 define; children: key?, value?, x, body */
  RangeStmt,
}

/** A node is an index into its tree; 0 stands for "absent". */
export type Node = number;

export interface ParseError {
  readonly offset: number;
  readonly message: string;
}

/** Integers of a node. */
export const stride = 5;

const utf8 = new TextDecoder();
const childless: readonly Node[] = [];

/** One file's syntax: five integers per node (kind and flags, start, end, first child or atom, next sibling). */
export class Tree {
  readonly src: Uint8Array;
  readonly data: Int32Array;
  readonly root: Node;
  /** Pairs of start and end offsets. */
  readonly comments: Int32Array;
  readonly errors: readonly ParseError[];
  #lines: Int32Array | undefined;

  constructor(src: Uint8Array, data: Int32Array, root: Node, comments: Int32Array, errors: readonly ParseError[]) {
    this.src = src;
    this.data = data;
    this.root = root;
    this.comments = comments;
    this.errors = errors;
  }

  /** One more than the last node. */
  get size(): number {
    return this.data.length / stride;
  }

  kind(node: Node): Kind {
    return (this.data[node * stride] as number) & 0xff;
  }
  flags(node: Node): number {
    return (this.data[node * stride] as number) >>> 8;
  }
  tok(node: Node): Tok {
    return ((this.data[node * stride] as number) >>> 8) & 0xff;
  }
  start(node: Node): number {
    return this.data[node * stride + 1] as number;
  }
  end(node: Node): number {
    return this.data[node * stride + 2] as number;
  }
  /** First child; 0 for leaves. */
  child(node: Node): Node {
    return this.kind(node) === Kind.Ident ? 0 : (this.data[node * stride + 3] as number);
  }
  next(node: Node): Node {
    return this.data[node * stride + 4] as number;
  }
  /** Atom of an identifier, 0 for any other node. */
  atom(node: Node): number {
    return this.kind(node) === Kind.Ident ? (this.data[node * stride + 3] as number) : 0;
  }
  name(node: Node): string {
    return atoms.text(this.atom(node));
  }
  text(node: Node): string {
    return utf8.decode(this.src.subarray(this.start(node), this.end(node)));
  }
  nth(node: Node, index: number): Node {
    let child = this.child(node);
    for (let i = 0; i < index && child !== 0; i++) child = this.next(child);
    return child;
  }
  /** Those from the place `from` on. */
  children(node: Node, from = 0): readonly Node[] {
    const first = this.nth(node, from);
    if (first === 0) return childless;
    // Most have one or two; a list that grows takes room for seventeen at once.
    const second = this.next(first);
    if (second === 0) return [first];
    const all = [first, second];
    for (let child = this.next(second); child !== 0; child = this.next(child)) all.push(child);
    return all;
  }
  /** Last child; 0 for leaves. */
  last(node: Node): Node {
    let last = 0;
    for (let child = this.child(node); child !== 0; child = this.next(child)) last = child;
    return last;
  }
  /** `x` behind any parentheses. */
  unparen(node: Node): Node {
    let x = node;
    while (this.kind(x) === Kind.ParenExpr && this.child(x) !== 0) x = this.child(x);
    return x;
  }
  /** Offset of each line's first byte. */
  get lines(): Int32Array {
    this.#lines ??= lineStarts(this.src);
    return this.#lines;
  }
  /** Line of an offset, from 0. */
  line(offset: number): number {
    return lineAt(this.lines, offset);
  }
}
