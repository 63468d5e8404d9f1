import { Builder } from "./builder.ts";
import { Tok } from "./token.ts";
import { Kind, type Node } from "./tree.ts";

/** A parameter or field as written, before it is known whether a lone name is a name or a type. */
interface Entry {
  name: Node;
  type: Node;
}

/** Types; where go/parser accepts a file, this builds the same nodes. */
export abstract class Types extends Builder {
  /** Below 0 in a control clause, where `{` opens the body. */
  protected level = 0;

  protected abstract expression(): Node;

  // ---- types

  protected type(): Node {
    const type = this.tryType();
    if (type !== 0) return type;
    this.error("expected a type");
    return this.open(Kind.Bad, this.start);
  }

  protected tryType(): Node {
    const start = this.start;
    switch (this.tok) {
      case Tok.Ident:
        return this.typeName();
      case Tok.LBrack:
        this.next();
        return this.arrayType(start, 0);
      case Tok.Struct:
        return this.structType();
      case Tok.Mul: {
        this.next();
        this.descend();
        const star = this.wrap(Kind.StarExpr, start, this.type());
        this.depth--;
        return star;
      }
      case Tok.Func:
        this.next();
        return this.signature(start);
      case Tok.Interface:
        return this.interfaceType();
      case Tok.Map:
        return this.mapType();
      case Tok.Chan:
      case Tok.Arrow:
        return this.chanType();
      case Tok.LParen: {
        this.next();
        this.descend();
        const paren = this.wrap(Kind.ParenExpr, start, this.type());
        this.depth--;
        this.close(paren, this.end);
        this.expect(Tok.RParen, "')'");
        return paren;
      }
      default:
        return 0;
    }
  }

  protected qualified(first: Node): Node {
    if (!this.at(Tok.Period)) return first;
    this.next();
    return this.pair(Kind.SelectorExpr, this.startOf(first), first, this.ident());
  }

  protected typeName(first = this.ident()): Node {
    const name = this.qualified(first);
    return this.at(Tok.LBrack) ? this.typeInstance(name) : name;
  }

  protected typeInstance(name: Node): Node {
    const args: Node[] = [];
    this.next();
    this.level++;
    while (!this.at(Tok.RBrack) && !this.at(Tok.EOF)) {
      args.push(this.type());
      if (!this.accept(Tok.Comma)) break;
    }
    this.level--;
    const end = this.end;
    this.expect(Tok.RBrack, "']'");
    return this.index(name, args, end);
  }

  protected index(x: Node, args: readonly Node[], end: number): Node {
    const node = this.open(args.length > 1 ? Kind.IndexListExpr : Kind.IndexExpr, this.startOf(x));
    let last = this.link(node, 0, x);
    for (const arg of args) last = this.link(node, last, arg);
    return this.close(node, end);
  }

  /** After `[`; `length` is a length already read, or 0. */
  protected arrayType(start: number, length: Node): Node {
    let size = length;
    if (size === 0 && this.at(Tok.Ellipsis)) size = this.leaf(Kind.Ellipsis);
    else if (size === 0 && !this.at(Tok.RBrack)) {
      this.level++;
      size = this.expression();
      this.level--;
    }
    if (this.at(Tok.Comma)) this.next();
    this.expect(Tok.RBrack, "']'");
    this.descend();
    const elem = this.type();
    this.depth--;
    return size === 0 ? this.wrap(Kind.ArrayType, start, elem) : this.pair(Kind.ArrayType, start, size, elem, 1);
  }

  #arrayOrInstance(name: Node): Entry {
    const start = this.start;
    this.next();
    const args: Node[] = [];
    this.level++;
    while (!this.at(Tok.RBrack) && !this.at(Tok.EOF)) {
      args.push(this.expression());
      if (!this.accept(Tok.Comma)) break;
    }
    this.level--;
    const end = this.end;
    this.expect(Tok.RBrack, "']'");
    if (args.length === 0) return { name, type: this.wrap(Kind.ArrayType, start, this.type()) };
    if (args.length === 1) {
      const elem = this.tryType();
      if (elem !== 0) return { name, type: this.pair(Kind.ArrayType, start, args[0] as Node, elem, 1) };
    }
    return { name: 0, type: this.index(name, args, end) };
  }

  protected mapType(): Node {
    const start = this.start;
    this.next();
    this.expect(Tok.LBrack, "'['");
    this.descend();
    const key = this.type();
    this.expect(Tok.RBrack, "']'");
    const value = this.type();
    this.depth--;
    return this.pair(Kind.MapType, start, key, value);
  }

  protected chanType(): Node {
    const start = this.start;
    let direction = 3;
    if (this.at(Tok.Arrow)) {
      direction = 2;
      this.next();
      this.expect(Tok.Chan, "'chan'");
    } else {
      this.next();
      if (this.accept(Tok.Arrow)) direction = 1;
    }
    this.descend();
    const value = this.type();
    this.depth--;
    return this.wrap(Kind.ChanType, start, value, direction);
  }

  protected structType(): Node {
    const start = this.start;
    this.next();
    const list = this.open(Kind.FieldList, this.start);
    this.expect(Tok.LBrace, "'{'");
    let last = 0;
    this.descend();
    while (!this.at(Tok.RBrace) && !this.at(Tok.EOF)) {
      if (this.at(Tok.Ident) || this.at(Tok.Mul) || this.at(Tok.LParen)) {
        const field = this.#structField();
        const ended = this.fieldEnd();
        // What is embedded gives its names to all that lead to the struct: not before one knows that it is a field.
        if (ended || this.at(Tok.RBrace) || this.namesOf(field) > 0) last = this.link(list, last, field);
        if (ended) continue;
      } else this.error("expected a field");
      if (!this.skipLine(Tok.RBrace)) break;
    }
    this.depth--;
    this.close(list, this.end);
    this.expect(Tok.RBrace, "'}'");
    return this.wrap(Kind.StructType, start, list);
  }

  /**
   * Leaves the rest of a line that did not parse, so that what it stands among is kept. False where that cannot go on:
   * what starts a line in column 0 belongs to no list.
   */
  protected skipLine(closing: Tok): boolean {
    if (this.start === this.lineStart && !this.at(closing)) return false;
    const line = this.lineStart;
    for (let open = 0; !this.at(Tok.EOF) && this.lineStart === line; this.next()) {
      if (open === 0 && (this.at(Tok.Semicolon) || this.at(closing))) break;
      if (this.at(Tok.LParen) || this.at(Tok.LBrack) || this.at(Tok.LBrace)) open++;
      else if (this.at(Tok.RParen) || this.at(Tok.RBrack) || this.at(Tok.RBrace)) open--;
    }
    this.accept(Tok.Semicolon);
    return true;
  }

  protected fieldEnd(): boolean {
    if (this.accept(Tok.Semicolon)) return true;
    if (!this.at(Tok.RBrace)) this.error("expected ';' or a line end");
    return false;
  }

  #structField(): Node {
    const start = this.start;
    const names: Node[] = [];
    let type: Node;
    if (!this.at(Tok.Ident)) {
      type = this.type();
    } else {
      const first = this.ident();
      if (this.at(Tok.Period) || this.at(Tok.String) || this.at(Tok.Semicolon) || this.at(Tok.RBrace)) {
        type = this.typeName(first);
      } else {
        names.push(first);
        while (this.accept(Tok.Comma)) names.push(this.ident());
        if (names.length === 1 && this.at(Tok.LBrack)) {
          const entry = this.#arrayOrInstance(first);
          if (entry.name === 0) names.length = 0;
          type = entry.type;
        } else {
          type = this.type();
        }
      }
    }
    const tag = this.at(Tok.String) ? this.leaf(Kind.BasicLit, Tok.String) : 0;
    return this.field(start, names, type, tag);
  }

  protected namesOf(field: Node): number {
    return this.flagsOf(field) >> 1;
  }

  protected field(start: number, names: readonly Node[], type: Node, tag: Node): Node {
    const field = this.open(Kind.Field, start, (names.length << 1) | (tag === 0 ? 0 : 1));
    let last = 0;
    for (const name of names) last = this.link(field, last, name);
    last = this.link(field, last, type);
    if (tag !== 0) last = this.link(field, last, tag);
    return this.close(field, this.endOf(last));
  }

  protected interfaceType(): Node {
    const start = this.start;
    this.next();
    const list = this.open(Kind.FieldList, this.start);
    this.expect(Tok.LBrace, "'{'");
    let last = 0;
    this.descend();
    while (!this.at(Tok.RBrace) && !this.at(Tok.EOF)) {
      const member = this.#interfaceMember();
      if (member !== 0) {
        last = this.link(list, last, member);
        if (this.fieldEnd()) continue;
      } else this.error("expected a method");
      if (!this.skipLine(Tok.RBrace)) break;
    }
    this.depth--;
    this.close(list, this.end);
    this.expect(Tok.RBrace, "'}'");
    return this.wrap(Kind.InterfaceType, start, list);
  }

  #interfaceMember(): Node {
    const start = this.start;
    if (this.at(Tok.Ident)) {
      const name = this.ident();
      if (this.at(Tok.LParen)) {
        return this.field(start, [name], this.signature(this.start), 0);
      }
      return this.field(start, [], this.typeUnion(this.typeName(name)), 0);
    }
    if (this.at(Tok.Tilde)) return this.field(start, [], this.typeUnion(0), 0);
    const type = this.tryType();
    return type === 0 ? 0 : this.field(start, [], this.typeUnion(type), 0);
  }

  /** `A | ~B | C`, as in a constraint; `first` is a term already read, or 0. */
  protected typeUnion(first: Node): Node {
    let union = first === 0 ? this.#term() : first;
    while (this.at(Tok.Or)) {
      this.next();
      union = this.pair(Kind.BinaryExpr, this.startOf(union), union, this.#term(), Tok.Or);
    }
    return union;
  }

  #term(): Node {
    if (!this.at(Tok.Tilde)) return this.type();
    const start = this.start;
    this.next();
    return this.wrap(Kind.UnaryExpr, start, this.type(), Tok.Tilde);
  }

  /** Parameters and results; `start` is where the type begins. */
  protected signature(start: number): Node {
    this.descend();
    const node = this.open(Kind.FuncType, start);
    let last = 0;
    let flags = 0;
    if (this.at(Tok.LBrack)) {
      const open = this.start;
      this.next();
      last = this.link(node, last, this.parameters(open, Tok.RBrack, 0, 0));
      flags |= 1;
    }
    const open = this.start;
    this.expect(Tok.LParen, "'('");
    last = this.link(node, last, this.parameters(open, Tok.RParen, 0, 0));
    const results = this.#results();
    if (results !== 0) {
      last = this.link(node, last, results);
      flags |= 2;
    }
    this.setFlags(node, flags);
    this.depth--;
    return this.close(node, this.endOf(last));
  }

  #results(): Node {
    if (this.at(Tok.LParen)) {
      const open = this.start;
      this.next();
      return this.parameters(open, Tok.RParen, 0, 0);
    }
    const type = this.tryType();
    if (type === 0) return 0;
    const start = this.startOf(type);
    return this.wrap(Kind.FieldList, start, this.field(start, [], type, 0));
  }

  /** After the opening bracket. `name` and `type` are what was already read of the first entry. */
  protected parameters(open: number, closing: Tok, name: Node, type: Node): Node {
    const entries: Entry[] = [];
    const typeSets = closing === Tok.RBrack;
    let firstName = name;
    let firstType = type;
    while (firstName !== 0 || (this.tok !== closing && !this.at(Tok.EOF))) {
      const before = this.start;
      let entry: Entry;
      if (firstType !== 0) {
        entry = { name: firstName, type: this.at(Tok.Or) ? this.typeUnion(firstType) : firstType };
      } else {
        entry = this.#parameter(firstName, typeSets);
      }
      const read = firstName !== 0;
      firstName = 0;
      firstType = 0;
      if (entry.name === 0 && entry.type === 0) {
        if (!read && this.start === before) break;
        continue;
      }
      entries.push(entry);
      if (!this.accept(Tok.Comma)) break;
    }
    const list = this.open(Kind.FieldList, open);
    this.#group(list, entries);
    this.close(list, this.end);
    if (this.tok === closing) this.next();
    else this.error(closing === Tok.RParen ? "expected ')'" : "expected ']'");
    return list;
  }

  #parameter(known: Node, typeSets: boolean): Entry {
    let entry: Entry = { name: known, type: 0 };
    if (known !== 0 || this.at(Tok.Ident)) {
      if (known === 0) entry.name = this.ident();
      switch (this.tok) {
        case Tok.LBrack:
          entry = this.#arrayOrInstance(entry.name);
          break;
        case Tok.Ellipsis:
          entry.type = this.#variadic();
          return entry;
        case Tok.Period:
          entry = { name: 0, type: this.typeName(entry.name) };
          break;
        case Tok.Tilde:
          if (typeSets) entry.type = this.typeUnion(0);
          return entry;
        case Tok.Or:
          return typeSets ? { name: 0, type: this.typeUnion(entry.name) } : entry;
        default:
          entry.type = this.tryType();
      }
    } else if (this.at(Tok.Ellipsis)) {
      entry.type = this.#variadic();
      return entry;
    } else if (this.at(Tok.Tilde) && typeSets) {
      entry.type = this.typeUnion(0);
      return entry;
    } else {
      entry.type = this.tryType();
      if (entry.type === 0) this.error("expected a parameter");
    }
    if (typeSets && this.at(Tok.Or) && entry.type !== 0) entry.type = this.typeUnion(entry.type);
    return entry;
  }

  #variadic(): Node {
    const start = this.start;
    this.next();
    return this.wrap(Kind.Ellipsis, start, this.type());
  }

  #group(list: Node, entries: readonly Entry[]): void {
    let last = 0;
    const named = entries.some((entry) => entry.name !== 0 && entry.type !== 0);
    if (!named) {
      for (const entry of entries) {
        const type = entry.type === 0 ? entry.name : entry.type;
        last = this.link(list, last, this.field(this.startOf(type), [], type, 0));
      }
      return;
    }
    let names: Node[] = [];
    for (const entry of entries) {
      if (entry.name !== 0) names.push(entry.name);
      if (entry.type === 0) continue;
      const start = this.startOf(names[0] ?? entry.type);
      last = this.link(list, last, this.field(start, names, entry.type, 0));
      names = [];
    }
    if (names.length > 0) {
      this.error("expected a parameter type");
      const bad = this.open(Kind.Bad, this.start);
      this.link(list, last, this.field(this.startOf(names[0] as Node), names, bad, 0));
    }
  }
}
