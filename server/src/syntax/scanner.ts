import { atoms, Tok, toAssign } from "./token.ts";

const letter = 1;
const digit = 2;
const classes = new Uint8Array(256);
for (let c = 0; c < 256; c++) {
  if ((c >= 65 && c <= 90) || (c >= 97 && c <= 122) || c === 95 || c >= 128) classes[c] = letter;
  if (c >= 48 && c <= 57) classes[c] = digit;
}

const simple = new Uint8Array(128);
for (const [char, tok] of [
  ["(", Tok.LParen],
  [")", Tok.RParen],
  ["[", Tok.LBrack],
  ["]", Tok.RBrack],
  ["{", Tok.LBrace],
  ["}", Tok.RBrace],
  [",", Tok.Comma],
  [";", Tok.Semicolon],
  ["~", Tok.Tilde],
] as const) {
  simple[char.charCodeAt(0)] = tok;
}

const newline = 10;
const slash = 47;
const star = 42;
const equals = 61;

export function isDeclaration(tok: Tok): boolean {
  return tok === Tok.Func || tok === Tok.Type || tok === Tok.Var || tok === Tok.Const;
}

/**
 * Go's scanner over bytes, semicolon insertion included. The fields describe the current token;
 * `next()` moves on. It never throws: what no rule covers becomes `Tok.Illegal`.
 */
export class Scanner {
  tok: Tok = Tok.EOF;
  start = 0;
  end = 0;
  /** Atom of an identifier or keyword. */
  atom = 0;
  /** An inserted semicolon stands for a line end. */
  implicit = false;
  /** Start of the line the current token stands on. */
  lineStart = 0;
  /** Offset of the first keyword of a declaration in column 0 since this was set to -1. */
  protected columnZero = -1;
  /** Pairs of start and end offsets. */
  readonly comments: number[] = [];
  /** Offset and message of each lexical error. */
  readonly errors: { offset: number; message: string }[] = [];
  #insertSemi = false;
  /** What is read: all of the source, or what stands before a cut. */
  #src: Uint8Array;
  readonly #whole: Uint8Array;
  #pos: number;
  #commented = 0;

  constructor(src: Uint8Array) {
    this.#src = src;
    this.#whole = src;
    this.#pos = src[0] === 0xef && src[1] === 0xbb && src[2] === 0xbf ? 3 : 0;
    this.lineStart = this.#pos;
  }

  /** From now on the source ends at an offset; without one, at its real end. */
  protected cutOff(end = this.#whole.length): void {
    this.#src = this.#whole.subarray(0, end);
  }

  /** Goes back to a token boundary; the caller calls `next()`. */
  reset(offset: number): void {
    this.#pos = offset;
    this.#insertSemi = false;
    let line = offset;
    while (line > 0 && this.#src[line - 1] !== newline) line--;
    this.lineStart = line;
  }

  next(): void {
    const src = this.#src;
    let pos = this.#pos;
    let c: number | undefined;
    for (;;) {
      c = src[pos];
      if (c === 32 || c === 9 || c === 13) {
        pos++;
      } else if (c === newline) {
        if (this.#insertSemi) return this.#semicolon(pos, pos + 1);
        pos++;
        this.lineStart = pos;
      } else if (c === slash && (src[pos + 1] === slash || src[pos + 1] === star)) {
        const from = pos;
        const line = src[pos + 1] === slash;
        pos = line ? this.#lineComment(pos) : this.#blockComment(pos);
        if (!line && this.#insertSemi && this.lineStart > from) return this.#semicolon(from, pos);
      } else {
        break;
      }
    }
    this.start = pos;
    if (c === undefined) {
      if (this.#insertSemi) return this.#semicolon(pos, pos);
      this.tok = Tok.EOF;
      this.end = pos;
      this.#pos = pos;
      return;
    }
    if (classes[c] === letter) {
      let hash = 0;
      do {
        hash = (Math.imul(hash, 31) + c) | 0;
        pos++;
        c = src[pos];
      } while (c !== undefined && classes[c] !== 0);
      const atom = atoms.internBytes(src, this.start, pos, hash);
      this.atom = atom;
      this.tok = atom <= Tok.Var ? atom : Tok.Ident;
      if (this.start === this.lineStart && this.columnZero < 0 && isDeclaration(this.tok)) this.columnZero = this.start;
      this.#insertSemi =
        atom > Tok.Var ||
        atom === Tok.Break ||
        atom === Tok.Continue ||
        atom === Tok.Fallthrough ||
        atom === Tok.Return;
    } else if (classes[c] === digit || (c === 46 && classes[src[pos + 1] ?? 0] === digit)) {
      pos = this.#number(pos);
      this.#insertSemi = true;
    } else {
      pos = this.#operator(pos, c);
    }
    this.end = pos;
    this.#pos = pos;
  }

  /**
   * From an opening brace to the one that closes it, which becomes the current token. Answers false where there is none, or
   * where a declaration seems to begin before it: some brace is missing.
   */
  skipBlock(): boolean {
    const src = this.#src;
    let pos = this.end;
    let open = 1;
    while (open > 0 && pos < src.length) {
      const c = src[pos];
      if (c === 123 || c === 125) {
        open += c === 123 ? 1 : -1;
        pos++;
      } else if (c === 34 || c === 39) pos = this.#quoted(pos, c);
      else if (c === 96) pos = this.#raw(pos);
      else if (c === slash && src[pos + 1] === slash) pos = this.#lineComment(pos);
      else if (c === slash && src[pos + 1] === star) pos = this.#blockComment(pos);
      else {
        pos++;
        if (c !== newline) continue;
        this.lineStart = pos;
        if (this.#declares(pos)) return false;
      }
    }
    this.tok = Tok.RBrace;
    this.start = pos - 1;
    this.end = pos;
    this.#pos = pos;
    this.#insertSemi = true;
    return open === 0;
  }

  /** Does a line begin with a keyword of a declaration? */
  #declares(line: number): boolean {
    const src = this.#src;
    if (classes[src[line] ?? 0] !== letter) return false;
    let end = line;
    while (classes[src[end] ?? 0] === letter) end++;
    return end - line < 7 && /^(func|type|var|const|import)$/.test(String.fromCharCode(...src.subarray(line, end)));
  }

  #semicolon(at: number, end: number): void {
    this.#insertSemi = false;
    this.tok = Tok.Semicolon;
    this.implicit = true;
    this.start = at;
    this.end = at;
    this.#pos = end;
    if (end > at && this.#src[at] === newline) this.lineStart = end;
  }

  #comment(start: number, end: number): void {
    // After a reset the same comments come by again.
    if (start < this.#commented) return;
    this.comments.push(start, end);
    this.#commented = end;
  }

  #lineComment(pos: number): number {
    let end = this.#src.indexOf(newline, pos);
    if (end < 0) end = this.#src.length;
    this.#comment(pos, end);
    return end;
  }

  #blockComment(pos: number): number {
    const src = this.#src;
    let at = pos + 2;
    for (; at < src.length; at++) {
      const c = src[at];
      if (c === star && src[at + 1] === slash) {
        this.#comment(pos, at + 2);
        return at + 2;
      }
      if (c === newline) this.lineStart = at + 1;
    }
    this.errors.push({ offset: pos, message: "comment not terminated" });
    this.#comment(pos, at);
    return at;
  }

  #number(from: number): number {
    const src = this.#src;
    let pos = from;
    let tok = Tok.Int;
    const hex = src[pos] === 48 && ((src[pos + 1] ?? 0) | 32) === 120;
    if (hex) pos += 2;
    for (;;) {
      const c = src[pos] ?? 0;
      if (c === 46) tok = Tok.Float;
      else if ((c === 43 || c === 45) && pos > from) {
        const before = (src[pos - 1] ?? 0) | 32;
        if (before !== (hex ? 112 : 101)) break;
        tok = Tok.Float;
      } else if (classes[c] === 0 || c >= 128) break;
      else if (c === 105) tok = Tok.Imag;
      else if (!hex && (c | 32) === 101 && tok === Tok.Int) tok = Tok.Float;
      pos++;
    }
    this.tok = tok;
    return pos;
  }

  #quoted(from: number, quote: number): number {
    const src = this.#src;
    let pos = from + 1;
    for (;;) {
      const c = src[pos];
      if (c === quote) return pos + 1;
      if (c === undefined || c === newline) {
        this.errors.push({ offset: from, message: quote === 34 ? "string not terminated" : "rune not terminated" });
        return pos;
      }
      pos += c === 92 && src[pos + 1] !== newline ? 2 : 1;
    }
  }

  #raw(from: number): number {
    const src = this.#src;
    let end = src.indexOf(96, from + 1);
    if (end < 0) {
      this.errors.push({ offset: from, message: "raw string not terminated" });
      end = src.length - 1;
    }
    const line = src.lastIndexOf(newline, end);
    if (line >= from) this.lineStart = line + 1;
    return end + 1;
  }

  #operator(from: number, c: number): number {
    this.#insertSemi = false;
    const one = simple[c] ?? 0;
    if (one !== 0) {
      this.tok = one;
      this.implicit = false;
      this.#insertSemi = one === Tok.RParen || one === Tok.RBrack || one === Tok.RBrace;
      return from + 1;
    }
    if (c === 34 || c === 39) {
      this.tok = c === 34 ? Tok.String : Tok.Char;
      this.#insertSemi = true;
      return this.#quoted(from, c);
    }
    if (c === 96) {
      this.tok = Tok.String;
      this.#insertSemi = true;
      return this.#raw(from);
    }
    return this.#compound(from, c, this.#src[from + 1] ?? 0);
  }

  #compound(from: number, c: number, d: number): number {
    switch (c) {
      case 46:
        if (d === 46 && this.#src[from + 2] === 46) return this.#take(Tok.Ellipsis, from + 3);
        return this.#take(Tok.Period, from + 1);
      case 58:
        return d === equals ? this.#take(Tok.Define, from + 2) : this.#take(Tok.Colon, from + 1);
      case equals:
        return d === equals ? this.#take(Tok.Eql, from + 2) : this.#take(Tok.Assign, from + 1);
      case 33:
        return d === equals ? this.#take(Tok.Neq, from + 2) : this.#take(Tok.Not, from + 1);
      case 43:
      case 45:
        if (d === c) {
          this.#insertSemi = true;
          return this.#take(c === 43 ? Tok.Inc : Tok.Dec, from + 2);
        }
        return this.#arithmetic(c === 43 ? Tok.Add : Tok.Sub, from + 1);
      case star:
        return this.#arithmetic(Tok.Mul, from + 1);
      case slash:
        return this.#arithmetic(Tok.Quo, from + 1);
      case 37:
        return this.#arithmetic(Tok.Rem, from + 1);
      case 94:
        return this.#arithmetic(Tok.Xor, from + 1);
      case 60:
        if (d === 45) return this.#take(Tok.Arrow, from + 2);
        if (d === 60) return this.#arithmetic(Tok.Shl, from + 2);
        return d === equals ? this.#take(Tok.Leq, from + 2) : this.#take(Tok.Lss, from + 1);
      case 62:
        if (d === 62) return this.#arithmetic(Tok.Shr, from + 2);
        return d === equals ? this.#take(Tok.Geq, from + 2) : this.#take(Tok.Gtr, from + 1);
      case 38:
        if (d === 38) return this.#take(Tok.LAnd, from + 2);
        return d === 94 ? this.#arithmetic(Tok.AndNot, from + 2) : this.#arithmetic(Tok.And, from + 1);
      case 124:
        return d === 124 ? this.#take(Tok.LOr, from + 2) : this.#arithmetic(Tok.Or, from + 1);
      default:
        this.errors.push({ offset: from, message: "illegal character" });
        return this.#take(Tok.Illegal, from + 1);
    }
  }

  #arithmetic(tok: Tok, end: number): number {
    if (this.#src[end] === equals) return this.#take(tok + toAssign, end + 1);
    return this.#take(tok, end);
  }

  #take(tok: Tok, end: number): number {
    this.tok = tok;
    return end;
  }
}
