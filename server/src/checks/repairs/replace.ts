import type { AccessReport, Finding } from "../../../../common/src/finding.ts";
import { Tok } from "../../syntax/token.ts";
import { Kind, type Node, type Tree } from "../../syntax/tree.ts";
import { type Edit, importEdits } from "./edits.ts";
import type { Repair, Trees } from "./repair.ts";

/** A type that takes the place of a map, with methods for what is done to maps. */
interface Substitute {
  readonly title: (map: string) => string;
  readonly suffix: string;
  readonly imports: readonly string[];
  /** Go source of the type and its methods; K and V are the map's key and element. */
  readonly source: (type: string, key: string, value: string) => string;
  readonly keys: RegExp;
}

const syncMap: Substitute = {
  title: (map) => `Replace ${map} by a sync.Map`,
  suffix: "SyncMap",
  imports: ["sync"],
  keys: /./,
  source: (type, key, value) => `
// ${type} is a sync.Map from ${key} to ${value}.
type ${type} struct{ m sync.Map }

func (s *${type}) load(key ${key}) (${value}, bool) {
	stored, ok := s.m.Load(key)
	value, _ := stored.(${value})
	return value, ok
}

func (s *${type}) get(key ${key}) ${value} {
	value, _ := s.load(key)
	return value
}

func (s *${type}) set(key ${key}, value ${value}) { s.m.Store(key, value) }

func (s *${type}) remove(key ${key}) { s.m.Delete(key) }
`,
};

const sharded: Substitute = {
  title: (map) => `Replace ${map} by shards with a lock each`,
  suffix: "Shards",
  imports: ["hash/maphash", "sync"],
  keys: /^string$/,
  source: (type, key, value) => `
// ${type} spreads its keys over maps that have a lock each.
type ${type} struct {
	shards [16]struct {
		mu sync.RWMutex
		m  map[${key}]${value}
	}
}

var ${type}Seed = maphash.MakeSeed()

func (s *${type}) load(key ${key}) (${value}, bool) {
	shard := &s.shards[maphash.String(${type}Seed, key)%16]
	shard.mu.RLock()
	defer shard.mu.RUnlock()
	value, ok := shard.m[key]
	return value, ok
}

func (s *${type}) get(key ${key}) ${value} {
	value, _ := s.load(key)
	return value
}

func (s *${type}) set(key ${key}, value ${value}) {
	shard := &s.shards[maphash.String(${type}Seed, key)%16]
	shard.mu.Lock()
	defer shard.mu.Unlock()
	if shard.m == nil {
		shard.m = map[${key}]${value}{}
	}
	shard.m[key] = value
}

func (s *${type}) remove(key ${key}) {
	shard := &s.shards[maphash.String(${type}Seed, key)%16]
	shard.mu.Lock()
	defer shard.mu.Unlock()
	delete(shard.m, key)
}
`,
};

/**
 * Replaces a package variable that is a map by a type that may be used from any goroutine. Offered where every mention of
 * the variable in its file is a plain store, load or delete: counting up, ranging and len are more than one step.
 */
export function replaceMap(finding: Finding, trees: Trees): Repair[] {
  const { path } = finding.primary.location;
  const tree = trees.tree(path);
  const elsewhere = (one: AccessReport) => one.location.path !== path;
  if (tree === undefined || finding.object !== `${finding.package}.${finding.map}` || finding.more.length >= 20)
    return [];
  if ([finding.other, ...finding.more].some(elsewhere) || /^\p{Lu}/u.test(finding.map)) return [];
  const variable = declarationOf(tree, finding.map);
  if (variable === undefined) return [];
  const { spec, key, value } = variable;
  return [syncMap, sharded].flatMap((substitute): Repair[] => {
    if (!substitute.keys.test(key)) return [];
    const uses = rewriteUses(tree, path, finding.map, spec);
    const type = `${finding.map}${substitute.suffix}`;
    if (uses === undefined || tree.text(tree.root).includes(type)) return [];
    const end = tree.src.length;
    const edits: Edit[] = [
      ...substitute.imports.flatMap((name) => importEdits(tree, path, name)),
      { path, start: tree.start(spec), end: tree.end(spec), text: `${finding.map} ${type}` },
      ...uses,
      { path, start: end, end, text: substitute.source(type, key, value) },
    ];
    return [{ title: substitute.title(finding.map), preferred: false, edits }];
  });
}

/** `var m = map[K]V{}` or `make(map[K]V)`, empty and of one name. */
function declarationOf(tree: Tree, name: string): { spec: Node; key: string; value: string } | undefined {
  for (const declaration of tree.children(tree.root)) {
    if (tree.kind(declaration) !== Kind.GenDecl || tree.tok(declaration) !== Tok.Var) continue;
    // In a group, gofmt would move its neighbours too.
    if (tree.src[tree.end(declaration) - 1] === 41) continue;
    for (const spec of tree.children(declaration)) {
      if (tree.flags(spec) !== 2 || tree.name(tree.child(spec)) !== name) continue;
      const made = tree.nth(spec, 1);
      const literal = tree.kind(made) === Kind.CompositeLit && tree.children(made).length === 1;
      const type = literal ? tree.child(made) : tree.name(tree.child(made)) === "make" ? tree.nth(made, 1) : 0;
      if (tree.kind(type) !== Kind.MapType) return undefined;
      return { spec, key: tree.text(tree.child(type)), value: tree.text(tree.last(type)) };
    }
  }
  return undefined;
}

/** Edits of all mentions of the variable; undefined where one of them is none of the plain ones. */
function rewriteUses(tree: Tree, path: string, name: string, spec: Node): Edit[] | undefined {
  const edits: Edit[] = [];
  let plain = true;
  const replace = (node: Node, text: string) =>
    edits.push({ path, start: tree.start(node), end: tree.end(node), text });
  const isMap = (node: Node) => tree.kind(node) === Kind.Ident && tree.name(node) === name;
  const isElement = (node: Node) => tree.kind(node) === Kind.IndexExpr && isMap(tree.child(node));
  const key = (node: Node) => tree.text(tree.last(node));
  const visit = (node: Node): void => {
    if (node === spec) return;
    const kids = tree.children(node);
    const [first = 0, second = 0] = kids;
    const kind = tree.kind(node);
    if (kind === Kind.AssignStmt && kids.some(isElement)) {
      const [op, count] = [tree.flags(node) & 0xff, tree.flags(node) >> 8];
      if (op === Tok.Assign && kids.length === 2 && isElement(first) && !mentions(second))
        return void replace(node, `${name}.set(${key(first)}, ${tree.text(second)})`);
      if (count === 2 && kids.length === 3 && isElement(kids[2] ?? 0))
        return void replace(kids[2] ?? 0, `${name}.load(${key(kids[2] ?? 0)})`);
      if (kids.slice(0, count).some(isElement)) plain = false;
    }
    if (kind === Kind.IncDecStmt && isElement(first)) plain = false;
    if (kind === Kind.CallExpr && tree.name(first) === "delete" && isMap(second))
      return void replace(node, `${name}.remove(${tree.text(kids[2] ?? 0)})`);
    if (isElement(node)) return void replace(node, `${name}.get(${key(node)})`);
    if (isMap(node)) plain = false;
    for (const child of kids) visit(child);
  };
  const mentions = (node: Node): boolean => isMap(node) || tree.children(node).some(mentions);
  visit(tree.root);
  return plain ? edits : undefined;
}
