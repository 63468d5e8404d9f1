import { parse } from "../../server/src/syntax/parser.ts";
import { Tok } from "../../server/src/syntax/token.ts";
import { Kind, type Node, type Tree } from "../../server/src/syntax/tree.ts";

/** A rewriting that changes how a program is written and not what it does; undefined where there is nothing to change. */
export type Rewriting = (source: string) => readonly string[] | undefined;

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

function edited(source: string, edits: readonly Edit[]): readonly string[] | undefined {
  if (edits.length === 0) return undefined;
  const bytes = Buffer.from(source);
  const parts: string[] = [];
  let at = 0;
  for (const edit of [...edits].sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (edit.start < at) continue;
    parts.push(bytes.subarray(at, edit.start).toString(), edit.text);
    at = edit.end;
  }
  parts.push(bytes.subarray(at).toString());
  return [parts.join("")];
}

function walk(tree: Tree, visit: (node: Node, parent: Node) => void, node = tree.root): void {
  for (const child of tree.children(node)) {
    visit(child, node);
    walk(tree, visit, child);
  }
}

const syntax = (source: string) => parse(Buffer.from(source), { bodies: true });

/** Names a file declares itself and may be called otherwise: unexported, no contract in them, no word of the language. */
function ownNames(tree: Tree): Set<string> {
  const names = new Set<string>();
  const add = (node: Node) => {
    if (tree.kind(node) === Kind.Ident) names.add(tree.name(node));
  };
  walk(tree, (node, parent) => {
    const kind = tree.kind(node);
    if (kind === Kind.FuncDecl) add(tree.nth(node, tree.flags(node) & 1));
    else if (kind === Kind.TypeSpec) add(tree.child(node));
    else if (kind === Kind.ValueSpec || kind === Kind.Field) {
      if (tree.kind(parent) === Kind.FieldList || kind === Kind.ValueSpec)
        tree
          .children(node)
          .slice(0, tree.flags(node) >> 1)
          .forEach(add);
    } else if (kind === Kind.AssignStmt && (tree.flags(node) & 0xff) === Tok.Define)
      tree
        .children(node)
        .slice(0, tree.flags(node) >> 8)
        .forEach(add);
    else if (kind === Kind.RangeStmt && (tree.flags(node) & 4) !== 0)
      tree
        .children(node)
        .slice(0, (tree.flags(node) & 1) + ((tree.flags(node) >> 1) & 1))
        .forEach(add);
  });
  for (const name of names)
    if (!/^[a-z]/.test(name) || /^(main|init|len|true|false|nil|string|int)$/.test(name) || /locked$/i.test(name))
      names.delete(name);
  return names;
}

function renamed(source: string): readonly string[] | undefined {
  const tree = syntax(source);
  const names = ownNames(tree);
  const imports = new Set([...source.matchAll(/^\s*(?:import )?"(?:[^"]*\/)?([\w]+)"$/gm)].map((match) => match[1]));
  const edits: Edit[] = [];
  walk(tree, (node, parent) => {
    if (tree.kind(node) !== Kind.Ident || !names.has(tree.name(node)) || imports.has(tree.name(node))) return;
    if (tree.kind(parent) === Kind.File) return;
    // Methods and fields of other packages are exported, so a selected name of these is the file's own.
    edits.push({ start: tree.start(node), end: tree.end(node), text: `${tree.name(node)}Q` });
  });
  return edited(source, edits);
}

/** Top-level declarations behind the imports, with the comments above them. */
function declarations(source: string): { head: string; parts: string[] } {
  const tree = syntax(source);
  const all = tree.children(tree.root).slice(1);
  const bytes = Buffer.from(source);
  const isImport = (node: Node) => bytes.subarray(tree.start(node), tree.start(node) + 6).toString() === "import";
  let at = Math.max(tree.end(tree.child(tree.root)), ...all.filter(isImport).map((node) => tree.end(node)));
  const head = bytes.subarray(0, at).toString();
  const parts: string[] = [];
  for (const node of all.filter((one) => !isImport(one))) {
    parts.push(bytes.subarray(at, tree.end(node)).toString());
    at = tree.end(node);
  }
  return { head, parts };
}

function reordered(source: string): readonly string[] | undefined {
  const { head, parts } = declarations(source);
  if (parts.length < 2) return undefined;
  return [`${head}${parts.reverse().join("\n")}\n`];
}

function split(source: string): readonly string[] | undefined {
  const { head, parts } = declarations(source);
  if (parts.length < 2) return undefined;
  const half = (index: number) => {
    const body = parts.filter((_, at) => at % 2 === index).join("\n");
    return `${withUsedImports(head, body)}${body}\n`;
  };
  return [half(0), half(1)];
}

/** The head of a file without the imports that the body does not use. */
function withUsedImports(head: string, body: string): string {
  const [clause = ""] = head.split("\n");
  const used = [...head.matchAll(/^\s*(?:import )?((?:\w+ )?"([^"]+)")$/gm)]
    .filter(([, , path = ""]) => new RegExp(`\\b${path.slice(path.lastIndexOf("/") + 1)}\\.`).test(body))
    .map(([, spec]) => `import ${spec}\n`);
  return `${clause}\n\n${used.join("")}`;
}

/** `mu.Lock()` in a function literal that is called at once. */
function wrappedLocks(source: string): readonly string[] | undefined {
  const text = source.replace(/^(\s*)(defer )?([\w.[\]]+\.(?:R?Lock|R?Unlock)\(\))$/gm, "$1$2func() { $3 }()");
  return text === source ? undefined : [text];
}

/** Statements that change or read a map by themselves, in a block. */
function accessStatements(tree: Tree): Node[] {
  const found: Node[] = [];
  walk(tree, (node, parent) => {
    const kind = tree.kind(node);
    if (![Kind.BlockStmt, Kind.CaseClause, Kind.CommClause].includes(tree.kind(parent))) return;
    const plain = kind === Kind.AssignStmt && (tree.flags(node) & 0xff) !== Tok.Define;
    if (!plain && kind !== Kind.IncDecStmt && kind !== Kind.ExprStmt) return;
    if (/\[|^delete\(|^clear\(/.test(tree.text(node)) && !/func\(/.test(tree.text(node))) found.push(node);
  });
  return found;
}

const around =
  (before: string, after: string): Rewriting =>
  (source) => {
    const tree = syntax(source);
    return edited(
      source,
      accessStatements(tree).map((node) => ({
        start: tree.start(node),
        end: tree.end(node),
        text: `${before}${tree.text(node)}${after}`,
      })),
    );
  };

function goStatements(source: string, rewrite: (literal: string, rest: string, index: number) => string) {
  const tree = syntax(source);
  const edits: Edit[] = [];
  walk(tree, (node) => {
    const call = tree.kind(node) === Kind.GoStmt ? tree.child(node) : 0;
    const literal = call === 0 ? 0 : tree.child(call);
    if (tree.kind(literal) !== Kind.FuncLit || tree.kind(call) !== Kind.CallExpr) return;
    const rest = Buffer.from(source).subarray(tree.end(literal), tree.end(node)).toString();
    edits.push({ start: tree.start(node), end: tree.end(node), text: rewrite(tree.text(literal), rest, edits.length) });
  });
  return edited(source, edits);
}

/** `x := x` at the beginning of methods: the receiver under another name. */
function aliasedReceivers(source: string): readonly string[] | undefined {
  const tree = syntax(source);
  const edits: Edit[] = [];
  for (const node of tree.children(tree.root)) {
    if (tree.kind(node) !== Kind.FuncDecl || tree.flags(node) !== 3) continue;
    const field = tree.child(tree.child(node));
    const body = tree.last(node);
    if (tree.flags(field) >> 1 !== 1 || tree.kind(tree.last(field)) !== Kind.StarExpr) continue;
    const name = tree.name(tree.child(field));
    let used = false;
    walk(
      tree,
      (one, parent) => {
        const selected = tree.kind(parent) === Kind.SelectorExpr && tree.child(parent) !== one;
        if (tree.kind(one) !== Kind.Ident || tree.name(one) !== name || selected) return;
        used = true;
        edits.push({ start: tree.start(one), end: tree.end(one), text: `${name}Alias` });
      },
      body,
    );
    const at = tree.start(body) + 1;
    if (used) edits.push({ start: at, end: at, text: `\n${name}Alias := ${name}\n` });
  }
  return edited(source, edits);
}

const company = `
type companyQ struct {
	muQ sync.Mutex
	mQ  map[string]int
}

func (c *companyQ) addQ(k string) {
	c.muQ.Lock()
	defer c.muQ.Unlock()
	c.mQ[k]++
}

func runCompanyQ() {
	c := &companyQ{mQ: map[string]int{}}
	for range 3 {
		go c.addQ("a")
	}
}
`;

function inCompany(source: string): readonly string[] {
  const [clause = "", ...rest] = source.split("\n");
  return [[clause, ...rest].join("\n"), `${clause}\n\nimport "sync"\n${company}`];
}

/** By name: how the same program may be written otherwise. */
export const rewritings: Readonly<Record<string, Rewriting>> = {
  renamed,
  reordered,
  split,
  wrappedLocks,
  extracted: around("func() { ", " }()"),
  blocks: around("{\n", "\n}"),
  conditions: around("if true {\n", "\n}"),
  namedGoroutines: (source) =>
    goStatements(source, (literal, rest, index) => `run${index}Q := ${literal}\ngo run${index}Q${rest}`),
  nestedGoroutines: (source) =>
    goStatements(source, (literal, rest) =>
      rest === "()" ? `go func() {\nfunc() {\n${literal}()\n}()\n}()` : `go (${literal})${rest}`,
    ),
  aliasedReceivers,
  inCompany,
};
