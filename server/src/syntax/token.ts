import { Interner } from "../base/interner.ts";

/** Go's tokens. The keyword values equal their atoms, so a keyword test is one compare. */
export enum Tok {
  EOF = 0,
  Break = 1,
  Case,
  Chan,
  Const,
  Continue,
  Default,
  Defer,
  Else,
  Fallthrough,
  For,
  Func,
  Go,
  Goto,
  If,
  Import,
  Interface,
  Map,
  Package,
  Range,
  Return,
  Select,
  Struct,
  Switch,
  Type,
  Var,
  Ident = 30,
  Int,
  Float,
  Imag,
  Char,
  String,
  Add = 40,
  Sub,
  Mul,
  Quo,
  Rem,
  And,
  Or,
  Xor,
  Shl,
  Shr,
  AndNot,
  AddAssign = 52,
  SubAssign,
  MulAssign,
  QuoAssign,
  RemAssign,
  AndAssign,
  OrAssign,
  XorAssign,
  ShlAssign,
  ShrAssign,
  AndNotAssign,
  LAnd = 64,
  LOr,
  Arrow,
  Inc,
  Dec,
  Eql,
  Lss,
  Gtr,
  Assign,
  Not,
  Tilde,
  Neq,
  Leq,
  Geq,
  Define,
  Ellipsis,
  LParen = 80,
  LBrack,
  LBrace,
  Comma,
  Period,
  RParen,
  RBrack,
  RBrace,
  Semicolon,
  Colon,
  Illegal = 95,
}

/** The distance from an operator to its assignment form, `+` to `+=`. */
export const toAssign = Tok.AddAssign - Tok.Add;

const keywords = [
  "break",
  "case",
  "chan",
  "const",
  "continue",
  "default",
  "defer",
  "else",
  "fallthrough",
  "for",
  "func",
  "go",
  "goto",
  "if",
  "import",
  "interface",
  "map",
  "package",
  "range",
  "return",
  "select",
  "struct",
  "switch",
  "type",
  "var",
];

/** Atoms of every file of this process; the first ones are Go's keywords. */
export const atoms = new Interner();
for (const keyword of keywords) atoms.intern(keyword);

/** Binary operator precedence, 0 where the token is no binary operator. */
export function precedence(tok: Tok): number {
  switch (tok) {
    case Tok.LOr:
      return 1;
    case Tok.LAnd:
      return 2;
    case Tok.Eql:
    case Tok.Neq:
    case Tok.Lss:
    case Tok.Leq:
    case Tok.Gtr:
    case Tok.Geq:
      return 3;
    case Tok.Add:
    case Tok.Sub:
    case Tok.Or:
    case Tok.Xor:
      return 4;
    case Tok.Mul:
    case Tok.Quo:
    case Tok.Rem:
    case Tok.Shl:
    case Tok.Shr:
    case Tok.And:
    case Tok.AndNot:
      return 5;
    default:
      return 0;
  }
}
