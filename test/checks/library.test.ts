import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { extendModels } from "../../server/src/knowledge/library.ts";
import { models } from "../../server/src/knowledge/models.ts";
import { parse } from "../../server/src/syntax/parser.ts";
import { Kind, type Node, type Tree } from "../../server/src/syntax/tree.ts";
import { analyseFiles, MemoryFiles } from "../harness/memory.ts";
import { goroot, maprace, scratch } from "../harness/tools.ts";

/** Parameters of the functions and methods of a package of Go's own, receivers counted. */
function declared(path: string): Map<string, number> | undefined {
  const dir = join(goroot(), "src", path);
  const found = new Map<string, number>();
  let files: string[];
  try {
    files = readdirSync(dir).filter((name) => name.endsWith(".go") && !name.endsWith("_test.go"));
  } catch {
    return undefined;
  }
  for (const file of files) {
    const tree = parse(readFileSync(join(dir, file)), { bodies: false });
    for (const node of tree.children(tree.root)) if (tree.kind(node) === Kind.FuncDecl) add(found, path, tree, node);
  }
  return found;
}

function add(found: Map<string, number>, path: string, tree: Tree, node: Node): void {
  const method = (tree.flags(node) & 1) !== 0;
  const type = tree.nth(node, method ? 2 : 1);
  const list = tree.nth(type, tree.flags(type) & 1);
  const params = tree.children(list).reduce((sum, field) => sum + Math.max(1, tree.flags(field) >> 1), 0);
  const name = tree.name(tree.nth(node, method ? 1 : 0));
  const receiver = method ? /\*?(\w+)/.exec(tree.text(tree.last(tree.child(tree.child(node)))))?.[1] : undefined;
  found.set(`${path}.${receiver === undefined ? "" : `(${receiver}).`}${name}`, params + (method ? 1 : 0));
}

test("every function of Go's own in the table exists and has the arguments it speaks of", () => {
  const packages = new Map<string, Map<string, number> | undefined>();
  const missing: string[] = [];
  for (const [key, model] of models) {
    const path = key.replace(/\.(\(\w+\)\.)?\w+$/, "");
    if (path.includes(".")) continue;
    if (!packages.has(path)) packages.set(path, declared(path));
    const functions = packages.get(path);
    assert.ok(functions !== undefined, `${key}: no such package`);
    const params = functions.get(key) ?? functions.get(key.replace(/^testing\.\([TBF]\)/, "testing.(common)"));
    if (params === undefined) {
      missing.push(key);
      continue;
    }
    const used = [
      model.spawn,
      model.once,
      model.reflect,
      model.store?.[0],
      ...(model.access ?? []).map(([index]) => index),
    ];
    for (const index of used) assert.ok(index === undefined || index < params, `${key} has no argument ${index}`);
  }
  // Methods of interfaces have no declaration of their own; the three maps with methods lack some of one another's.
  const expected =
    /^(context\.\(Context\)|testing\.\(TB\)|net\/(http\.\(Header|textproto\.\(MIMEHeader|url\.\(Values)\))\./;
  assert.deepEqual(
    missing.filter((key) => !expected.test(key)),
    [],
  );
});

/** A module of its own in the module cache, and a program that uses it. */
function scanWith(path: string, source: string, program: string): string[] {
  const files = new MemoryFiles({
    "/m/go.mod": `module example.com/m\n\ngo 1.24\n\nrequire ${path} v1.0.0\n`,
    [`/cache/${path}@v1.0.0/go.mod`]: `module ${path}\n`,
    [`/cache/${path}@v1.0.0/x.go`]: source,
    "/m/main.go": program,
  });
  return analyseFiles(files, "/m")
    .findings()
    .filter((one) => one.confidence === "likely")
    .map((one) => `${one.rule} ${one.primary.location.line}`);
}

const hits = `var hits = map[string]int{}`;
const cases: readonly [name: string, path: string, source: string, program: string][] = [
  [
    "gin",
    "github.com/gin-gonic/gin",
    `package gin
type Context struct{}
type HandlerFunc func(*Context)
type RouterGroup struct{}
func (g *RouterGroup) GET(path string, handlers ...HandlerFunc) {}
type Engine struct{ RouterGroup }
func New() *Engine { return nil }`,
    `package main
import "github.com/gin-gonic/gin"
${hits}
func main() {
	r := gin.New()
	r.GET("/", func(c *gin.Context) { hits["a"]++ })
}`,
  ],
  [
    "echo",
    "github.com/labstack/echo/v4",
    `package echo
type Context interface{ Path() string }
type HandlerFunc func(Context) error
type Echo struct{}
func New() *Echo { return nil }
func (e *Echo) POST(path string, h HandlerFunc) {}`,
    `package main
import "github.com/labstack/echo/v4"
${hits}
func count(c echo.Context) error { hits[c.Path()]++; return nil }
func main() { echo.New().POST("/", count) }`,
  ],
  [
    "chi through its interface",
    "github.com/go-chi/chi/v5",
    `package chi
import "net/http"
type Router interface{ Get(pattern string, h http.HandlerFunc) }
func NewRouter() Router { return nil }`,
    `package main
import (
	"net/http"
	"github.com/go-chi/chi/v5"
)
${hits}
func main() { chi.NewRouter().Get("/", func(w http.ResponseWriter, r *http.Request) { hits["a"]++ }) }`,
  ],
  [
    "a gRPC service",
    "google.golang.org/grpc",
    `package grpc
type ServiceRegistrar interface{ RegisterService(desc, impl any) }
type Server struct{}
func NewServer() *Server { return nil }`,
    `package main
import "google.golang.org/grpc"
${hits}
type StoreServer interface{ Put(key string) error }
func RegisterStoreServer(s *grpc.Server, srv StoreServer) {}
type store struct{}
func (s *store) Put(key string) error { hits[key]++; return nil }
func (s *store) helper(key string) { hits[key]++ }
func main() { RegisterStoreServer(grpc.NewServer(), &store{}) }`,
  ],
  [
    "cron jobs",
    "github.com/robfig/cron/v3",
    `package cron
type Cron struct{}
func New() *Cron { return nil }
func (c *Cron) AddFunc(spec string, cmd func()) (int, error) { return 0, nil }`,
    `package main
import "github.com/robfig/cron/v3"
${hits}
func main() { cron.New().AddFunc("@daily", func() { hits["a"]++ }) }`,
  ],
  [
    "a worker pool",
    "github.com/panjf2000/ants/v2",
    `package ants
type Pool struct{}
func NewPool(n int) (*Pool, error) { return nil, nil }
func (p *Pool) Submit(task func()) error { return nil }`,
    `package main
import "github.com/panjf2000/ants/v2"
${hits}
func main() { p, _ := ants.NewPool(3); p.Submit(func() { hits["a"]++ }) }`,
  ],
];

for (const [name, path, source, program] of cases) {
  test(`${name}: what it is given runs beside itself`, () => {
    assert.equal(scanWith(path, source, program).length, 1);
  });
}

test("informer callbacks run one after the other, and beside everybody else", () => {
  const cache = `package cache
type ResourceEventHandlerFuncs struct {
	AddFunc    func(obj any)
	DeleteFunc func(obj any)
}`;
  const program = (more: string) => `package main
import "k8s.io/client-go/tools/cache"
${hits}
func watch() cache.ResourceEventHandlerFuncs {
	return cache.ResourceEventHandlerFuncs{
		AddFunc:    func(obj any) { hits["a"]++ },
		DeleteFunc: func(obj any) { delete(hits, "a") },
	}
}
func main() {
	watch()
	${more}
}`;
  const scan = (more: string) => {
    const files = new MemoryFiles({
      "/m/go.mod": "module example.com/m\n\ngo 1.24\n\nrequire k8s.io/client-go v1.0.0\n",
      "/cache/k8s.io/client-go@v1.0.0/go.mod": "module k8s.io/client-go\n",
      "/cache/k8s.io/client-go@v1.0.0/tools/cache/x.go": cache,
      "/m/main.go": program(more),
    });
    return analyseFiles(files, "/m")
      .findings()
      .filter((one) => one.confidence === "likely").length;
  };
  assert.equal(scan(""), 0);
  assert.equal(scan("println(len(hits))"), 1);
});

test("users add functions, a line each; what cannot be read is told with its line", () => {
  const { models: extended, problems } = extendModels([
    "# pools",
    "example.com/pool.(Pool).Submit runs 1 often",
    "example.com/pool.(Pool).Wait waits # for all",
    "",
    "example.com/pool.Submit runs 0",
    "example.com/pool.Submit sleeps",
    "no function",
  ]);
  assert.equal(extended.get("example.com/pool.(Pool).Submit")?.spawn, 1);
  assert.equal(extended.get("example.com/pool.(Pool).Wait")?.op, "wait");
  assert.deepEqual(
    problems.map(({ line }) => line),
    [5, 6, 7],
  );
});

test("maprace scan --library", () => {
  const dir = scratch();
  mkdirSync(join(dir, "vendor/example.com/pool"), { recursive: true });
  writeFileSync(join(dir, "go.mod"), "module example.com/m\n\ngo 1.24\n\nrequire example.com/pool v1.0.0\n");
  writeFileSync(join(dir, "vendor/modules.txt"), "# example.com/pool v1.0.0\n## explicit\nexample.com/pool\n");
  writeFileSync(join(dir, "vendor/example.com/pool/x.go"), "package pool\n\nfunc Run(f func())\nfunc Join()\n");
  writeFileSync(
    join(dir, "main.go"),
    'package main\n\nimport "example.com/pool"\n\nfunc main() {\n\tm := map[string]int{}\n\tpool.Run(func() { m["a"] = 1 })\n\tm["b"] = 2\n}\n',
  );
  const scan = (lines?: string) => {
    if (lines !== undefined) writeFileSync(join(dir, "known"), lines);
    return maprace(["scan", "-C", dir, ...(lines === undefined ? [] : ["--library", join(dir, "known")])]);
  };
  assert.equal(scan().status, 0);
  const found = scan("example.com/pool.Run runs 1\n");
  assert.equal(found.status, 1, found.stderr);
  assert.match(found.stdout, /goroutine: pool\.Run in main|pool\.Run/);
  assert.match(scan("example.com/pool.Run jumps 1\n").stderr, /known:1: cannot be read; expected/);
  for (const command of [["scan"], ["summarize", "./...", "-o", join(dir, "facts")]]) {
    const unread = maprace([...command, "-C", dir, "--library", "/none"]);
    assert.equal(unread.status, 2);
    assert.match(unread.stderr, /\/none: cannot be read/);
  }
});
