import { precedence, Tok } from "./token.ts";
import { Kind, type Node } from "./tree.ts";
import { Types } from "./types.ts";

/** Expressions; where go/parser accepts a file, this builds the same nodes. */
export abstract class Expressions extends Types {
  protected abstract body(): Node;

  protected expression(): Node {
    return this.binary(this.unary(), 1);
  }

  protected binary(first: Node, minimum: number): Node {
    let x = first;
    for (;;) {
      const op = this.tok;
      const power = precedence(op);
      if (power < minimum) return x;
      this.next();
      this.descend();
      const y = this.binary(this.unary(), power + 1);
      this.depth--;
      x = this.pair(Kind.BinaryExpr, this.startOf(x), x, y, op);
    }
  }

  protected unary(): Node {
    const start = this.start;
    const op = this.tok;
    switch (op) {
      case Tok.Add:
      case Tok.Sub:
      case Tok.Not:
      case Tok.Xor:
      case Tok.And:
      case Tok.Tilde:
      case Tok.Mul: {
        this.next();
        this.descend();
        const x = this.unary();
        this.depth--;
        return op === Tok.Mul ? this.wrap(Kind.StarExpr, start, x) : this.wrap(Kind.UnaryExpr, start, x, op);
      }
      case Tok.Arrow: {
        this.next();
        this.descend();
        const x = this.unary();
        this.depth--;
        if (this.kindOf(x) === Kind.ChanType) return this.#receiveOnly(start, x);
        return this.wrap(Kind.UnaryExpr, start, x, op);
      }
      default:
        return this.primary(0);
    }
  }

  /** `<-chan T` read as `<-` and `chan T`: the arrow belongs to the innermost fitting channel type. */
  #receiveOnly(start: number, chan: Node): Node {
    this.setStart(chan, start);
    let node = chan;
    for (;;) {
      const direction = this.flagsOf(node);
      this.setFlags(node, 2);
      const value = this.childOf(node);
      if (direction !== 1 || this.kindOf(value) !== Kind.ChanType) break;
      node = value;
    }
    return chan;
  }

  protected primary(operand: Node): Node {
    let x = operand === 0 ? this.#operand() : operand;
    for (;;) {
      switch (this.tok) {
        case Tok.Period:
          x = this.#selector(x);
          break;
        case Tok.LBrack:
          x = this.#indexOrSlice(x);
          break;
        case Tok.LParen:
          x = this.#call(x);
          break;
        case Tok.LBrace:
          if (!this.#literalType(x)) return x;
          x = this.literal(x);
          break;
        default:
          return x;
      }
    }
  }

  #literalType(x: Node): boolean {
    switch (this.kindOf(x)) {
      case Kind.Ident:
      case Kind.SelectorExpr:
      case Kind.IndexExpr:
      case Kind.IndexListExpr:
        return this.level >= 0;
      case Kind.ArrayType:
      case Kind.StructType:
      case Kind.MapType:
        return true;
      default:
        return false;
    }
  }

  #selector(x: Node): Node {
    const start = this.startOf(x);
    this.next();
    if (this.at(Tok.LParen)) {
      this.next();
      const node = this.open(Kind.TypeAssertExpr, start, 0);
      const last = this.link(node, 0, x);
      if (this.at(Tok.Type)) {
        this.next();
      } else {
        this.link(node, last, this.type());
        this.setFlags(node, 1);
      }
      this.close(node, this.end);
      this.expect(Tok.RParen, "')'");
      return node;
    }
    if (!this.at(Tok.Ident)) {
      // A half-typed selector: nothing behind the period is taken, the next line is a statement of its own.
      this.error("expected a selector");
      const bad = this.open(Kind.Ident, this.start);
      return this.pair(Kind.SelectorExpr, start, x, bad);
    }
    return this.pair(Kind.SelectorExpr, start, x, this.ident());
  }

  #indexOrSlice(x: Node): Node {
    this.next();
    this.level++;
    const parts: Node[] = [];
    let flags = 0;
    let colons = 0;
    let list = false;
    while (!this.at(Tok.RBrack) && !this.at(Tok.EOF)) {
      if (this.at(Tok.Colon)) {
        if (++colons > 2) break;
        this.next();
        continue;
      }
      if (this.at(Tok.Semicolon) || this.at(Tok.RBrace)) break;
      const before = this.start;
      parts.push(this.expression());
      flags |= 1 << colons;
      if (this.accept(Tok.Comma)) list = true;
      else if (this.start === before) break;
    }
    this.level--;
    const end = this.end;
    this.expect(Tok.RBrack, "']'");
    if (colons === 0 || list) {
      if (parts.length === 0) {
        this.error("expected an index");
        parts.push(this.open(Kind.Bad, this.start));
      }
      return this.index(x, parts, end);
    }
    const node = this.open(Kind.SliceExpr, this.startOf(x), flags);
    let last = this.link(node, 0, x);
    for (const part of parts) last = this.link(node, last, part);
    return this.close(node, end);
  }

  #call(fun: Node): Node {
    const node = this.open(Kind.CallExpr, this.startOf(fun));
    let last = this.link(node, 0, fun);
    this.next();
    this.level++;
    this.descend();
    while (!this.at(Tok.RParen) && !this.at(Tok.EOF)) {
      const before = this.start;
      last = this.link(node, last, this.expression());
      if (this.accept(Tok.Ellipsis)) this.setFlags(node, 1);
      if (!this.accept(Tok.Comma)) break;
      if (this.start === before) break;
    }
    this.depth--;
    this.level--;
    this.close(node, this.end);
    this.expect(Tok.RParen, "')'");
    return node;
  }

  #operand(): Node {
    switch (this.tok) {
      case Tok.Ident:
        return this.ident();
      case Tok.Int:
      case Tok.Float:
      case Tok.Imag:
      case Tok.Char:
      case Tok.String:
        return this.leaf(Kind.BasicLit, this.tok);
      case Tok.LParen: {
        const start = this.start;
        this.next();
        this.level++;
        this.descend();
        const x = this.expression();
        this.depth--;
        this.level--;
        const node = this.wrap(Kind.ParenExpr, start, x);
        this.close(node, this.end);
        this.expect(Tok.RParen, "')'");
        return node;
      }
      case Tok.Func: {
        const start = this.start;
        this.next();
        const type = this.signature(start);
        if (!this.at(Tok.LBrace)) return type;
        const level = this.level;
        this.level = 0;
        this.descend();
        const body = this.body();
        this.depth--;
        this.level = level;
        return this.pair(Kind.FuncLit, start, type, body);
      }
      default: {
        const type = this.tryType();
        if (type !== 0) return type;
        this.error("expected an operand");
        return this.open(Kind.Bad, this.start);
      }
    }
  }

  /** `{ elements }` after its type, or without one inside another literal. */
  protected literal(type: Node): Node {
    const node = this.open(Kind.CompositeLit, type === 0 ? this.start : this.startOf(type), type === 0 ? 0 : 1);
    let last = type === 0 ? 0 : this.link(node, 0, type);
    this.next();
    const level = this.level;
    this.level = 0;
    this.descend();
    while (!this.at(Tok.RBrace) && !this.at(Tok.EOF)) {
      const before = this.start;
      let element = this.#element();
      if (this.accept(Tok.Colon)) {
        element = this.pair(Kind.KeyValueExpr, this.startOf(element), element, this.#element());
      }
      last = this.link(node, last, element);
      if (!this.accept(Tok.Comma)) break;
      if (this.start === before) break;
    }
    this.depth--;
    this.level = level;
    this.close(node, this.end);
    this.expect(Tok.RBrace, "'}'");
    return node;
  }

  #element(): Node {
    return this.at(Tok.LBrace) ? this.literal(0) : this.expression();
  }
}
