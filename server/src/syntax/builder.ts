import type { Room } from "./room.ts";
import { Scanner } from "./scanner.ts";
import { Tok } from "./token.ts";
import { Kind, type Node, type ParseError, stride } from "./tree.ts";

/** Deeper nesting than any real program, far from the end of the JavaScript stack. */
const maxDepth = 1000;

const noRoom = new Int32Array(0);

/** Thrown inside the parser alone, when nesting would exhaust the stack; `parse` turns it into a syntax error. */
export class TooDeep extends Error {}

/** What every grammar rule needs: the current token, new nodes, links between them, errors. */
export class Builder extends Scanner {
  /** Given two values: of a field that has had one alone the runtime thinks it never changes, and all has to be compiled anew where a tree grows. */
  protected data: Int32Array = noRoom;
  protected used = 1;
  protected readonly problems: ParseError[] = [];
  protected depth = 0;
  readonly #room: Room;

  constructor(src: Uint8Array, room: Room) {
    super(src);
    this.#room = room;
    this.data = room.begin();
  }

  protected open(kind: Kind, start: number, flags = 0): Node {
    const node = this.used++;
    const at = node * stride;
    if (at + stride > this.data.length) this.data = this.#room.more(this.data);
    this.data[at] = kind | (flags << 8);
    this.data[at + 1] = start;
    this.data[at + 2] = start;
    this.data[at + 3] = 0;
    this.data[at + 4] = 0;
    return node;
  }

  /** All nodes, when there are no more to come. */
  protected nodes(): Int32Array {
    return this.#room.keep(this.data, this.used * stride);
  }

  /** Appends `child` to `parent` after `last`, returns the new last. */
  protected link(parent: Node, last: Node, child: Node): Node {
    this.data[last === 0 ? parent * stride + 3 : last * stride + 4] = child;
    this.data[child * stride + 4] = 0;
    return child;
  }

  protected close(node: Node, end: number): Node {
    this.data[node * stride + 2] = end;
    return node;
  }

  protected setStart(node: Node, start: number): void {
    this.data[node * stride + 1] = start;
  }

  protected setFlags(node: Node, flags: number): void {
    const at = node * stride;
    this.data[at] = ((this.data[at] as number) & 0xff) | (flags << 8);
  }

  protected setNext(node: Node, next: Node): void {
    this.data[node * stride + 4] = next;
  }

  protected kindOf(node: Node): Kind {
    return (this.data[node * stride] as number) & 0xff;
  }
  protected flagsOf(node: Node): number {
    return (this.data[node * stride] as number) >>> 8;
  }
  protected startOf(node: Node): number {
    return this.data[node * stride + 1] as number;
  }
  protected endOf(node: Node): number {
    return this.data[node * stride + 2] as number;
  }
  protected childOf(node: Node): Node {
    return this.data[node * stride + 3] as number;
  }
  protected nextOf(node: Node): Node {
    return this.data[node * stride + 4] as number;
  }

  /** A node of one child. */
  protected wrap(kind: Kind, start: number, child: Node, flags = 0): Node {
    const node = this.open(kind, start, flags);
    this.link(node, 0, child);
    return this.close(node, this.endOf(child));
  }

  protected pair(kind: Kind, start: number, x: Node, y: Node, flags = 0): Node {
    const node = this.open(kind, start, flags);
    this.link(node, this.link(node, 0, x), y);
    return this.close(node, this.endOf(y));
  }

  protected leaf(kind: Kind, flags = 0): Node {
    const node = this.open(kind, this.start, flags);
    this.close(node, this.end);
    this.next();
    return node;
  }

  protected ident(): Node {
    if (this.tok !== Tok.Ident) {
      this.error("expected a name");
      return this.open(Kind.Bad, this.start);
    }
    const node = this.open(Kind.Ident, this.start);
    this.data[node * stride + 3] = this.atom;
    this.close(node, this.end);
    this.next();
    return node;
  }

  protected error(message: string): void {
    const last = this.problems[this.problems.length - 1];
    // One remark per place: the first one is the cause.
    if (last === undefined || last.offset !== this.start) this.problems.push({ offset: this.start, message });
  }

  protected at(tok: Tok): boolean {
    return this.tok === tok;
  }

  protected accept(tok: Tok): boolean {
    if (this.tok !== tok) return false;
    this.next();
    return true;
  }

  protected expect(tok: Tok, what: string): void {
    if (this.tok === tok) this.next();
    else this.error(`expected ${what}`);
  }

  protected descend(): void {
    if (++this.depth > maxDepth) throw new TooDeep();
  }
}
