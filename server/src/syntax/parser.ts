import { TooDeep } from "./builder.ts";
import { type Room, scratch } from "./room.ts";
import { isDeclaration } from "./scanner.ts";
import { Statements } from "./statements.ts";
import { Tok } from "./token.ts";
import { Kind, type Node, type ParseError, Tree } from "./tree.ts";

export interface ParseOptions {
  /** `false` keeps declarations only: function bodies are matched by braces and dropped. */
  readonly bodies?: boolean;
  /** Reads the package clause and the imports, nothing after them. */
  readonly header?: boolean;
  /** Where the tree is made. */
  readonly room?: Room;
}

/** Parses one Go file. Never throws: damage stays inside the declaration that holds it. */
export function parse(src: Uint8Array, options: ParseOptions = {}): Tree {
  return new Parser(src, options).file();
}

class Parser extends Statements {
  readonly #src: Uint8Array;
  readonly #bodies: boolean;
  readonly #header: boolean;

  constructor(src: Uint8Array, { bodies = true, header = false, room = scratch }: ParseOptions) {
    super(src, room);
    this.#src = src;
    this.#bodies = bodies;
    this.#header = header;
  }

  file(): Tree {
    this.next();
    const root = this.open(Kind.File, 0);
    let last = 0;
    if (this.at(Tok.Package)) {
      this.next();
      last = this.link(root, last, this.ident());
      this.endOfStatement();
    } else {
      this.error("expected 'package'");
      last = this.link(root, last, this.open(Kind.Ident, this.start));
    }
    while (!this.at(Tok.EOF) && !(this.#header && !this.at(Tok.Import) && !this.at(Tok.Semicolon))) {
      const before = this.start;
      const declaration = this.#topLevel();
      if (declaration !== 0) last = this.link(root, last, declaration);
      if (this.start === before && !this.at(Tok.EOF)) this.#resync();
    }
    this.close(root, this.#src.length);
    const errors: ParseError[] = [...this.errors, ...this.problems].sort((a, b) => a.offset - b.offset);
    return new Tree(this.#src, this.nodes(), root, Int32Array.from(this.comments), errors);
  }

  #topLevel(): Node {
    const start = this.start;
    const used = this.used;
    this.depth = 0;
    this.level = 0;
    try {
      switch (this.tok) {
        case Tok.Import:
        case Tok.Const:
        case Tok.Type:
        case Tok.Var: {
          const node = this.declaration();
          this.endOfStatement();
          return node;
        }
        case Tok.Func: {
          const node = this.#function();
          this.endOfStatement();
          return node;
        }
        case Tok.Semicolon:
          this.next();
          return 0;
        default:
          this.error("expected a declaration");
          this.#resync();
          return 0;
      }
    } catch (thrown) {
      if (!(thrown instanceof TooDeep)) throw thrown;
      this.problems.push({ offset: start, message: "nesting too deep" });
      this.used = used;
      this.reset(this.start);
      this.#resync();
      return 0;
    }
  }

  /** To the next declaration keyword in column 0. */
  #resync(): void {
    do {
      this.next();
      if (this.start === this.lineStart && (isDeclaration(this.tok) || this.at(Tok.Import))) return;
    } while (!this.at(Tok.EOF));
  }

  protected declaration(): Node {
    const tok = this.tok;
    const node = this.open(Kind.GenDecl, this.start, tok);
    this.next();
    let last = 0;
    if (this.at(Tok.LParen)) {
      this.next();
      while (!this.at(Tok.RParen) && !this.at(Tok.EOF)) {
        const spec = this.#spec(tok);
        if (spec !== 0) last = this.link(node, last, spec);
        if (this.at(Tok.Semicolon)) this.next();
        else if (!this.at(Tok.RParen)) {
          this.error("expected ';' or a line end");
          if (!this.skipLine(Tok.RParen)) break;
        }
      }
      this.close(node, this.end);
      this.expect(Tok.RParen, "')'");
    } else {
      const spec = this.#spec(tok);
      if (spec !== 0) last = this.link(node, last, spec);
      this.close(node, spec === 0 ? this.start : this.endOf(last));
    }
    return node;
  }

  #spec(tok: Tok): Node {
    switch (tok) {
      case Tok.Import:
        return this.#importSpec();
      case Tok.Type:
        return this.#typeSpec();
      default:
        return this.#valueSpec();
    }
  }

  /** 0 where no path is given: what is being typed names nothing yet. */
  #importSpec(): Node {
    const used = this.used;
    const node = this.open(Kind.ImportSpec, this.start);
    let last = 0;
    if (this.at(Tok.Ident)) last = this.link(node, last, this.ident());
    else if (this.at(Tok.Period)) last = this.link(node, last, this.leaf(Kind.Ident));
    if (this.at(Tok.String)) last = this.link(node, last, this.leaf(Kind.BasicLit, Tok.String));
    else {
      this.error("expected an import path");
      this.used = used;
      return 0;
    }
    return this.close(node, this.endOf(last));
  }

  #valueSpec(): Node {
    const node = this.open(Kind.ValueSpec, this.start);
    let last = this.link(node, 0, this.ident());
    let names = 1;
    while (this.accept(Tok.Comma)) {
      last = this.link(node, last, this.ident());
      names++;
    }
    const type = this.at(Tok.Assign) ? 0 : this.tryType();
    if (type !== 0) last = this.link(node, last, type);
    if (this.accept(Tok.Assign)) {
      do last = this.link(node, last, this.expression());
      while (this.accept(Tok.Comma));
    }
    this.setFlags(node, (type === 0 ? 0 : 1) | (names << 1));
    return this.close(node, this.endOf(last));
  }

  #typeSpec(): Node {
    const node = this.open(Kind.TypeSpec, this.start);
    let last = this.link(node, 0, this.ident());
    let flags = 0;
    let type = 0;
    if (this.at(Tok.LBrack)) {
      const open = this.start;
      this.next();
      let name = 0;
      let constraint = 0;
      if (this.at(Tok.Ident)) {
        let x = this.ident();
        if (!this.at(Tok.LBrack)) {
          this.level++;
          x = this.binary(this.primary(x), 1);
          this.level--;
        }
        [name, constraint] = this.#parameterName(x, this.at(Tok.Comma));
        if (name === 0 || (constraint === 0 && this.at(Tok.RBrack))) {
          name = 0;
          type = this.arrayType(open, x);
        }
      } else {
        type = this.arrayType(open, 0);
      }
      if (name !== 0) {
        last = this.link(node, last, this.parameters(open, Tok.RBrack, name, constraint));
        flags |= 1;
      }
    }
    if (type === 0) {
      if (this.accept(Tok.Assign)) flags |= 2;
      type = this.type();
    }
    this.setFlags(node, flags);
    last = this.link(node, last, type);
    return this.close(node, this.endOf(last));
  }

  /** Splits `P *C`, `P (C)` and `P *C | D`, read as an expression, into a type parameter and its constraint. */
  #parameterName(x: Node, force: boolean): [Node, Node] {
    const first = this.childOf(x);
    switch (this.kindOf(x)) {
      case Kind.Ident:
        return [x, 0];
      case Kind.BinaryExpr: {
        const y = this.nextOf(first);
        if (this.flagsOf(x) === Tok.Mul) {
          if (this.kindOf(first) !== Kind.Ident || !(force || this.#typeElement(y))) break;
          this.setNext(first, 0);
          return [first, this.wrap(Kind.StarExpr, this.endOf(first), y)];
        }
        if (this.flagsOf(x) !== Tok.Or) break;
        const [name, left] = this.#parameterName(first, force || this.#typeElement(y));
        if (name === 0 || left === 0) break;
        return [name, this.pair(Kind.BinaryExpr, this.startOf(left), left, y, Tok.Or)];
      }
      case Kind.CallExpr: {
        const argument = this.nextOf(first);
        if (this.kindOf(first) !== Kind.Ident || argument === 0 || this.nextOf(argument) !== 0) break;
        if (this.flagsOf(x) !== 0 || !(force || this.#typeElement(argument))) break;
        this.setNext(first, 0);
        return [first, this.#parenthesised(first, argument, this.endOf(x))];
      }
      default:
    }
    return [0, 0];
  }

  #parenthesised(name: Node, argument: Node, end: number): Node {
    return this.close(this.wrap(Kind.ParenExpr, this.endOf(name), argument), end);
  }

  #typeElement(x: Node): boolean {
    const first = this.childOf(x);
    switch (this.kindOf(x)) {
      case Kind.ArrayType:
      case Kind.StructType:
      case Kind.FuncType:
      case Kind.InterfaceType:
      case Kind.MapType:
      case Kind.ChanType:
        return true;
      case Kind.BinaryExpr:
        return this.#typeElement(first) || this.#typeElement(this.nextOf(first));
      case Kind.UnaryExpr:
        return this.flagsOf(x) === Tok.Tilde;
      case Kind.ParenExpr:
        return this.#typeElement(first);
      default:
        return false;
    }
  }

  #function(): Node {
    const start = this.start;
    const node = this.open(Kind.FuncDecl, start);
    this.next();
    let flags = 0;
    let last = 0;
    if (this.at(Tok.LParen)) {
      const open = this.start;
      this.next();
      last = this.link(node, last, this.parameters(open, Tok.RParen, 0, 0));
      flags |= 1;
    }
    last = this.link(node, last, this.ident());
    last = this.link(node, last, this.signature(start));
    if (this.at(Tok.LBrace)) {
      last = this.link(node, last, this.#bodies ? this.#functionBody() : this.#skippedBody());
      flags |= 2;
    }
    this.setFlags(node, flags);
    return this.close(node, this.endOf(last));
  }

  #functionBody(): Node {
    const at = this.start;
    const used = this.used;
    const known = this.problems.length;
    this.columnZero = -1;
    let block = this.block();
    // A body that swallowed a declaration and did not parse is cut off where that declaration starts.
    const cut = this.columnZero;
    if (cut >= 0 && this.problems.length > known) {
      this.used = used;
      this.problems.length = known;
      this.cutOff(cut);
      this.reset(at);
      this.next();
      block = this.block();
      this.cutOff();
      this.reset(cut);
      this.next();
    }
    return block;
  }

  #skippedBody(): Node {
    const at = this.start;
    if (!this.skipBlock()) {
      // Damaged: it is to end where it would if it was read.
      this.reset(at);
      this.next();
      return this.#functionBody();
    }
    const block = this.open(Kind.BlockStmt, at);
    this.close(block, this.end);
    this.next();
    return block;
  }
}
