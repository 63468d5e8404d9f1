import { Expressions } from "./expressions.ts";
import { Tok } from "./token.ts";
import { Kind, type Node } from "./tree.ts";

/** What a simple statement may turn out to be, beside itself. */
enum Mode {
  Basic,
  Label,
  Range,
}

export abstract class Statements extends Expressions {
  protected abstract declaration(): Node;

  protected block(): Node {
    const node = this.open(Kind.BlockStmt, this.start);
    this.expect(Tok.LBrace, "'{'");
    this.descend();
    this.statements(node, 0);
    this.depth--;
    this.close(node, this.end);
    this.expect(Tok.RBrace, "'}'");
    return node;
  }

  protected body(): Node {
    return this.block();
  }

  protected statements(parent: Node, after: Node): void {
    let last = after;
    for (;;) {
      switch (this.tok) {
        case Tok.RBrace:
        case Tok.EOF:
        case Tok.Case:
        case Tok.Default:
          return;
        default: {
          const before = this.start;
          const tok = this.tok;
          last = this.link(parent, last, this.statement());
          if (this.start === before && this.tok === tok) this.#skip();
        }
      }
    }
  }

  /** Past a token that starts no statement, to the next line. */
  #skip(): void {
    do this.next();
    while (!this.at(Tok.Semicolon) && !this.at(Tok.RBrace) && !this.at(Tok.EOF) && this.start !== this.lineStart);
    this.accept(Tok.Semicolon);
  }

  protected endOfStatement(): void {
    if (this.at(Tok.Semicolon)) this.next();
    else if (!this.at(Tok.RParen) && !this.at(Tok.RBrace)) {
      this.error("expected ';' or a line end");
      if (this.start !== this.lineStart && !this.at(Tok.EOF)) this.#skip();
    }
  }

  protected statement(): Node {
    const start = this.start;
    switch (this.tok) {
      case Tok.Const:
      case Tok.Type:
      case Tok.Var:
        return this.#closing(this.wrap(Kind.DeclStmt, start, this.declaration()));
      case Tok.Go:
      case Tok.Defer: {
        const kind = this.at(Tok.Go) ? Kind.GoStmt : Kind.DeferStmt;
        this.next();
        return this.#closing(this.wrap(kind, start, this.expression()));
      }
      case Tok.Return:
        return this.#return();
      case Tok.Break:
      case Tok.Continue:
      case Tok.Goto:
      case Tok.Fallthrough: {
        const node = this.leaf(Kind.BranchStmt, this.tok);
        if (this.at(Tok.Ident)) {
          const label = this.ident();
          this.link(node, 0, label);
          this.close(node, this.endOf(label));
        }
        return this.#closing(node);
      }
      case Tok.LBrace:
        return this.#closing(this.block());
      case Tok.If:
        return this.#closing(this.#if());
      case Tok.Switch:
        return this.#closing(this.#switch());
      case Tok.Select:
        return this.#closing(this.#select());
      case Tok.For:
        return this.#closing(this.#for());
      case Tok.Semicolon: {
        const node = this.open(Kind.EmptyStmt, start);
        this.next();
        return node;
      }
      case Tok.RBrace:
        return this.open(Kind.EmptyStmt, start);
      default: {
        this.descend();
        const node = this.#simple(Mode.Label);
        this.depth--;
        return this.kindOf(node) === Kind.LabeledStmt ? node : this.#closing(node);
      }
    }
  }

  #closing(node: Node): Node {
    this.endOfStatement();
    return node;
  }

  #return(): Node {
    const node = this.leaf(Kind.ReturnStmt);
    let last = 0;
    while (!this.at(Tok.Semicolon) && !this.at(Tok.RBrace) && !this.at(Tok.EOF)) {
      last = this.link(node, last, this.expression());
      if (!this.accept(Tok.Comma)) break;
    }
    if (last !== 0) this.close(node, this.endOf(last));
    return this.#closing(node);
  }

  #list(first: Node): Node[] {
    const list = [first];
    while (this.accept(Tok.Comma)) list.push(this.expression());
    return list;
  }

  /** In `Mode.Range` a range clause comes back as a RangeStmt without its body. */
  #simple(mode: Mode): Node {
    const start = this.start;
    if (mode === Mode.Range && this.at(Tok.Range)) return this.#range(start, [], 0);
    const left = this.#list(this.expression());
    const x = left[0] as Node;
    const op = this.tok;
    switch (op) {
      case Tok.Define:
      case Tok.Assign:
      case Tok.AddAssign:
      case Tok.SubAssign:
      case Tok.MulAssign:
      case Tok.QuoAssign:
      case Tok.RemAssign:
      case Tok.AndAssign:
      case Tok.OrAssign:
      case Tok.XorAssign:
      case Tok.ShlAssign:
      case Tok.ShrAssign:
      case Tok.AndNotAssign:
        this.next();
        if (mode === Mode.Range && this.at(Tok.Range)) {
          return this.#range(start, left, op === Tok.Define ? 4 : 0);
        }
        return this.#assign(start, left, op);
      case Tok.Colon:
        if (mode !== Mode.Label || this.kindOf(x) !== Kind.Ident) break;
        this.next();
        return this.pair(Kind.LabeledStmt, start, x, this.statement());
      case Tok.Arrow:
        this.next();
        return this.pair(Kind.SendStmt, start, x, this.expression());
      case Tok.Inc:
      case Tok.Dec: {
        const node = this.wrap(Kind.IncDecStmt, start, x, op);
        this.close(node, this.end);
        this.next();
        return node;
      }
      default:
    }
    if (left.length > 1) return this.#assign(start, left, Tok.Illegal);
    return this.wrap(Kind.ExprStmt, start, x);
  }

  #assign(start: number, left: readonly Node[], op: Tok): Node {
    const node = this.open(Kind.AssignStmt, start, op | (left.length << 8));
    let last = 0;
    for (const x of left) last = this.link(node, last, x);
    if (op === Tok.Illegal) {
      this.error("expected an assignment");
    } else {
      for (const y of this.#list(this.expression())) last = this.link(node, last, y);
    }
    return this.close(node, this.endOf(last));
  }

  #range(start: number, left: readonly Node[], define: number): Node {
    this.next();
    const node = this.open(Kind.RangeStmt, start, define | (left.length > 0 ? 1 : 0) | (left.length > 1 ? 2 : 0));
    let last = 0;
    for (const x of left.slice(0, 2)) last = this.link(node, last, x);
    last = this.link(node, last, this.expression());
    return this.close(node, this.endOf(last));
  }

  /** The expression a header statement stands for; other statements are an error there. */
  #condition(statement: Node): Node {
    if (this.kindOf(statement) === Kind.ExprStmt) return this.childOf(statement);
    this.error("expected a condition");
    return this.open(Kind.Bad, this.startOf(statement));
  }

  #if(): Node {
    const node = this.open(Kind.IfStmt, this.start);
    this.next();
    const level = this.level;
    this.level = -1;
    let flags = 0;
    let last = 0;
    let init = 0;
    if (!this.at(Tok.Semicolon) && !this.at(Tok.LBrace)) init = this.#simple(Mode.Basic);
    if (this.at(Tok.Semicolon)) {
      this.next();
      if (init !== 0) {
        last = this.link(node, last, init);
        flags |= 1;
      }
      init = this.at(Tok.LBrace) ? 0 : this.#simple(Mode.Basic);
    }
    if (init === 0) this.error("missing condition");
    last = this.link(node, last, init === 0 ? this.open(Kind.Bad, this.start) : this.#condition(init));
    this.level = level;
    last = this.link(node, last, this.block());
    if (this.at(Tok.Else)) {
      this.next();
      flags |= 2;
      this.descend();
      last = this.link(node, last, this.at(Tok.If) ? this.#if() : this.block());
      this.depth--;
    }
    this.setFlags(node, flags);
    return this.close(node, this.endOf(last));
  }

  #switch(): Node {
    const start = this.start;
    this.next();
    const level = this.level;
    this.level = -1;
    let init = 0;
    let tag = 0;
    if (!this.at(Tok.LBrace)) {
      if (!this.at(Tok.Semicolon)) tag = this.#simple(Mode.Basic);
      if (this.at(Tok.Semicolon)) {
        this.next();
        init = tag;
        tag = this.at(Tok.LBrace) ? 0 : this.#simple(Mode.Basic);
      }
    }
    this.level = level;
    const typeSwitch = tag !== 0 && this.#typeGuard(tag);
    const node = this.open(typeSwitch ? Kind.TypeSwitchStmt : Kind.SwitchStmt, start);
    let flags = 0;
    let last = 0;
    if (init !== 0) {
      last = this.link(node, last, init);
      flags |= 1;
    }
    if (tag !== 0) {
      last = this.link(node, last, typeSwitch ? tag : this.#condition(tag));
      if (!typeSwitch) flags |= 2;
    }
    this.setFlags(node, flags);
    last = this.link(
      node,
      last,
      this.#clauses(() => this.#caseClause()),
    );
    return this.close(node, this.endOf(last));
  }

  #typeGuard(statement: Node): boolean {
    let x = this.childOf(statement);
    if (this.kindOf(statement) === Kind.AssignStmt) {
      if (this.flagsOf(statement) !== (Tok.Define | (1 << 8))) return false;
      x = this.nextOf(x);
    } else if (this.kindOf(statement) !== Kind.ExprStmt) return false;
    return x !== 0 && this.kindOf(x) === Kind.TypeAssertExpr && this.flagsOf(x) === 0;
  }

  #clauses(clause: () => Node): Node {
    const block = this.open(Kind.BlockStmt, this.start);
    this.expect(Tok.LBrace, "'{'");
    let last = 0;
    this.descend();
    while (this.at(Tok.Case) || this.at(Tok.Default)) last = this.link(block, last, clause());
    this.depth--;
    this.close(block, this.end);
    this.expect(Tok.RBrace, "'}'");
    return block;
  }

  #caseClause(): Node {
    const node = this.open(Kind.CaseClause, this.start);
    let last = 0;
    if (this.at(Tok.Case)) {
      this.next();
      const list = this.#list(this.expression());
      for (const x of list) last = this.link(node, last, x);
      this.setFlags(node, list.length << 1);
    } else {
      this.next();
      this.setFlags(node, 1);
    }
    this.expect(Tok.Colon, "':'");
    this.statements(node, last);
    return this.close(node, this.start);
  }

  #select(): Node {
    const start = this.start;
    this.next();
    return this.wrap(
      Kind.SelectStmt,
      start,
      this.#clauses(() => this.#commClause()),
    );
  }

  #commClause(): Node {
    const node = this.open(Kind.CommClause, this.start);
    let last = 0;
    if (this.at(Tok.Case)) {
      this.next();
      last = this.link(node, last, this.#simple(Mode.Basic));
    } else {
      this.next();
      this.setFlags(node, 1);
    }
    this.expect(Tok.Colon, "':'");
    this.statements(node, last);
    return this.close(node, this.start);
  }

  #for(): Node {
    const start = this.start;
    this.next();
    const level = this.level;
    this.level = -1;
    let init = 0;
    let condition = 0;
    let post = 0;
    if (!this.at(Tok.LBrace)) {
      if (!this.at(Tok.Semicolon)) condition = this.#simple(Mode.Range);
      if (condition !== 0 && this.kindOf(condition) === Kind.RangeStmt) {
        this.level = level;
        this.setStart(condition, start);
        const body = this.block();
        let last = this.childOf(condition);
        while (this.nextOf(last) !== 0) last = this.nextOf(last);
        this.link(condition, last, body);
        return this.close(condition, this.endOf(body));
      }
      if (this.at(Tok.Semicolon)) {
        this.next();
        init = condition;
        condition = 0;
        if (!this.at(Tok.Semicolon)) {
          if (this.at(Tok.LBrace)) this.error("expected a for loop condition");
          else condition = this.#simple(Mode.Basic);
        }
        if (this.at(Tok.Semicolon)) this.next();
        if (!this.at(Tok.LBrace)) post = this.#simple(Mode.Basic);
      }
    }
    this.level = level;
    const node = this.open(Kind.ForStmt, start);
    let last = 0;
    if (init !== 0) last = this.link(node, last, init);
    if (condition !== 0) last = this.link(node, last, this.#condition(condition));
    if (post !== 0) last = this.link(node, last, post);
    this.setFlags(node, (init === 0 ? 0 : 1) | (condition === 0 ? 0 : 2) | (post === 0 ? 0 : 4));
    last = this.link(node, last, this.block());
    return this.close(node, this.endOf(last));
  }
}
