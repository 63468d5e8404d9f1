import type { StressTest } from "../../../common/src/dossier.ts";
import type { Finding } from "../../../common/src/finding.ts";
import { dirname } from "../base/paths.ts";
import { Kind, type Node, type Tree } from "../syntax/tree.ts";

/** The syntax of a package. */
export interface PackageTrees {
  /** Files of the package in a directory. */
  paths(dir: string): readonly string[];
  tree(path: string): Tree | undefined;
}

/** A declared function as it is called: a receiver type, parameter types as written, and the file it stands in. */
interface Callee {
  readonly name: string;
  readonly receiver: string | undefined;
  readonly parameters: readonly string[];
  readonly results: readonly string[];
  readonly variadic: boolean;
  readonly tree: Tree;
}

/** Writes the stress test of a finding; a sentence where its functions cannot be called from a test. */
export function stressTest(finding: Finding, sources: PackageTrees): StressTest | string {
  const dir = dirname(finding.primary.location.path);
  if (dirname(finding.other.location.path) !== dir) return "the two accesses stand in different packages";
  const trees = sources
    .paths(dir)
    .filter((path) => !path.endsWith("_test.go"))
    .flatMap((path) => sources.tree(path) ?? []);
  const callees = trees.flatMap(functions);
  const wanted = [finding.primary, finding.other].map((access) => access.function.replace(/\.func\d.*$/, ""));
  const calls = [...new Set(wanted)].map((name) => callees.find((one) => title(one) === name));
  const first = calls[0];
  if (first === undefined || calls.some((one) => one === undefined))
    return `${wanted.join(" or ")} is generic, or not declared outside of tests`;
  if (calls.some((one) => one?.receiver === undefined && (one?.name === "main" || one?.name === "init")))
    return `${wanted.join(" and ")}: main and init cannot be called by a test`;
  const test = `TestMaprace_${finding.fingerprint.slice(0, 8)}`;
  const chosen = calls.filter((one) => one !== undefined);
  return { dir, test, source: new Writer(chosen, callees, trees).write(test) };
}

function title({ receiver, name }: Callee): string {
  return receiver === undefined ? name : `${receiver}.${name}`;
}

/** Functions and methods of a file that a test can call; generic ones are left out. */
function functions(tree: Tree): Callee[] {
  return tree
    .children(tree.root)
    .filter((node) => tree.kind(node) === Kind.FuncDecl)
    .flatMap((node) => {
      const method = (tree.flags(node) & 1) !== 0;
      const type = tree.nth(node, method ? 2 : 1);
      if ((tree.flags(type) & 1) !== 0) return [];
      const [receiver] = method ? fields(tree, tree.child(node)) : [];
      if (receiver?.includes("[") === true) return [];
      const lists = tree.children(type);
      const parameters = lists[0] === undefined ? [] : fields(tree, lists[0]);
      const results = lists[1] === undefined ? [] : fields(tree, lists[1]);
      const variadic = parameters.at(-1)?.startsWith("...") === true;
      const name = tree.name(tree.nth(node, method ? 1 : 0));
      return [{ name, receiver: receiver?.replace(/^\*/, ""), parameters, results, variadic, tree }];
    });
}

/** Types of a field list, one per name. */
function fields(tree: Tree, list: Node): string[] {
  if (tree.kind(list) !== Kind.FieldList) return [tree.text(list)];
  return tree.children(list).flatMap((field) => {
    const names = tree.flags(field) >> 1;
    const type = tree.text(tree.nth(field, names));
    return Array.from({ length: Math.max(1, names) }, () => type);
  });
}

const numbers = /^(u?int(8|16|32|64)?|uintptr|byte|rune|float(32|64))$/;

class Writer {
  readonly #calls: readonly Callee[];
  readonly #callees: readonly Callee[];
  readonly #trees: readonly Tree[];
  /** Import path to the name it has in the file, where it is not the last part. */
  readonly #imports = new Map<string, string>([
    ["sync", ""],
    ["testing", ""],
  ]);

  constructor(calls: readonly Callee[], callees: readonly Callee[], trees: readonly Tree[]) {
    this.#calls = calls;
    this.#callees = callees;
    this.#trees = trees;
  }

  write(test: string): string {
    const receivers = [...new Set(this.#calls.flatMap(({ receiver }) => receiver ?? []))];
    const made = receivers.map((type, index) => `\tx${index} := ${this.#instance(type)}\n`);
    const workers = this.#calls.map((callee) => this.#worker(callee, receivers)).join("");
    const both = this.#calls.map(title).join(" and ");
    const body = `// ${test} calls ${both} concurrently. A race here shows that they are unsafe when
// called concurrently, not that the program calls them so.
func ${test}(t *testing.T) {
${made.join("")}	var wg sync.WaitGroup
	for g := 0; g < 8; g++ {
${workers}	}
	wg.Wait()
}
`;
    const imports = [...this.#imports].sort(([a], [b]) => (a < b ? -1 : 1));
    const lines = imports.map(([path, name]) => `\t${name === "" ? "" : `${name} `}${JSON.stringify(path)}\n`);
    return `package ${this.#package()}\n\nimport (\n${lines.join("")})\n\n${body}`;
  }

  #package(): string {
    const tree = this.#calls[0]?.tree;
    return tree === undefined ? "p" : tree.name(tree.child(tree.root));
  }

  #worker(callee: Callee, receivers: readonly string[]): string {
    const on = callee.receiver === undefined ? "" : `x${receivers.indexOf(callee.receiver)}.`;
    const values = callee.parameters.map((type) => this.#value(type, callee.tree, "i%16"));
    const list = callee.variadic ? values.slice(0, -1) : values;
    return `		wg.Add(1)
		go func() {
			defer wg.Done()
			// What goes wrong for made-up arguments is not what is looked for.
			defer func() { _ = recover() }()
			for i := 0; i < 2000; i++ {
				_ = i
				${on}${callee.name}(${list.join(", ")})
			}
		}()
`;
  }

  /** `NewT(...)` where the package has such a function, else a literal with its maps made. */
  #instance(type: string): string {
    const makers = this.#callees.filter(
      ({ receiver, results, name }) =>
        receiver === undefined &&
        /^[nN]ew/.test(name) &&
        (results[0] === type || results[0] === `*${type}`) &&
        (results.length === 1 || results[1] === "error"),
    );
    const maker = makers.find(({ name }) => name.toLowerCase() === `new${type}`.toLowerCase()) ?? makers[0];
    if (maker === undefined) return `&${type}{${this.#madeMaps(type).join(", ")}}`;
    const values = maker.parameters.map((one) => this.#value(one, maker.tree, "0"));
    const call = `${maker.name}(${(maker.variadic ? values.slice(0, -1) : values).join(", ")})`;
    if (maker.results.length === 1) return call;
    return `func() ${maker.results[0] ?? type} { x, err := ${call}; if err != nil { t.Skip(err) }; return x }()`;
  }

  #madeMaps(type: string): string[] {
    for (const tree of this.#trees) {
      for (const declaration of tree.children(tree.root)) {
        if (tree.kind(declaration) !== Kind.GenDecl) continue;
        for (const spec of tree.children(declaration)) {
          if (tree.kind(spec) !== Kind.TypeSpec || tree.name(tree.child(spec)) !== type) continue;
          return this.#mapFields(tree, tree.last(spec));
        }
      }
    }
    return [];
  }

  #mapFields(tree: Tree, struct: Node): string[] {
    if (tree.kind(struct) !== Kind.StructType) return [];
    return tree.children(struct).flatMap((list) =>
      tree.children(list).flatMap((field) => {
        const names = tree.flags(field) >> 1;
        const type = tree.nth(field, names);
        if (tree.kind(type) !== Kind.MapType) return [];
        this.#import(tree.text(type), tree);
        return Array.from(
          { length: names },
          (_, index) => `${tree.name(tree.nth(field, index))}: ${tree.text(type)}{}`,
        );
      }),
    );
  }

  /** An argument of a type as it is written in a file; `counter` varies keys and numbers. */
  #value(type: string, tree: Tree, counter: string): string {
    if (type.startsWith("...")) return "";
    if (type === "string") {
      this.#imports.set("strconv", "");
      return `strconv.Itoa(${counter})`;
    }
    if (numbers.test(type)) return counter === "0" ? "0" : `${type}(${counter})`;
    if (type === "bool") return "true";
    if (type === "error" || type === "any" || /^(\[\]|func|interface|chan|<-)/.test(type)) return "nil";
    if (type === "*testing.T" || type === "testing.TB") return "t";
    this.#import(type, tree);
    if (type === "context.Context") return "context.Background()";
    if (type === "http.ResponseWriter") return this.#httptest("httptest.NewRecorder()");
    if (type === "*http.Request") return this.#httptest('httptest.NewRequest("GET", "/", nil)');
    if (type.startsWith("map[")) return `${type}{}`;
    if (type.startsWith("*")) return `new(${type.slice(1)})`;
    return `*new(${type})`;
  }

  #httptest(text: string): string {
    this.#imports.delete("net/http");
    this.#imports.set("net/http/httptest", "");
    return text;
  }

  /** Imports the packages that a type names, as its own file does. */
  #import(type: string, tree: Tree): void {
    for (const [, name = ""] of type.matchAll(/\b(\w+)\.\w/g)) {
      for (const declaration of tree.children(tree.root)) {
        if (tree.kind(declaration) !== Kind.GenDecl) continue;
        for (const spec of tree.children(declaration)) {
          if (tree.kind(spec) !== Kind.ImportSpec) continue;
          const path = tree.text(tree.last(spec)).replace(/^["`]|["`]$/g, "");
          const given = tree.children(spec).length > 1 ? tree.name(tree.child(spec)) : "";
          const last = path
            .replace(/\/v\d+$/, "")
            .replace(/^.*\//, "")
            .replace(/^go-|[.-].*$/g, "");
          if (given === name || (given === "" && last === name)) this.#imports.set(path, given);
        }
      }
    }
  }
}
