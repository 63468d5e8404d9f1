import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import type { Files } from "../../server/src/base/files.ts";
import { analyseFiles, MemoryFiles, MemoryStore, recallFiles } from "../harness/memory.ts";
import { long, seed } from "../harness/random.ts";
import { root } from "../harness/tools.ts";

function project(dir: string): Record<string, string> {
  const files: Record<string, string> = {};
  for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/\.go$|go\.mod$/.test(entry.name)) continue;
    const path = join(entry.parentPath, entry.name);
    files[`/m${path.slice(dir.length)}`] = readFileSync(path, "utf8");
  }
  return files;
}

/** One edit: lines of a file removed, doubled, swapped, or typed over. */
const edit = fc.record({
  file: fc.nat(),
  line: fc.nat(),
  kind: fc.constantFrom("remove", "double", "swap", "type", "newline", "go", "comment", "delete", "create"),
});

function apply(text: string, { line, kind }: { line: number; kind: string }): string {
  const lines = text.split("\n");
  const at = line % lines.length;
  const here = lines[at] ?? "";
  if (kind === "remove") lines.splice(at, 1);
  else if (kind === "double") lines.splice(at, 0, here);
  else if (kind === "swap") lines.splice(at, 2, lines[at + 1] ?? "", here);
  else if (kind === "type") lines[at] = `${here}x`;
  else if (kind === "newline") lines.splice(at, 0, "");
  else if (kind === "go") lines[at] = here.replace(/^(\s+)(\S.*[^{])$/, "$1go func() { $2 }()");
  else lines[at] = `// ${here}`;
  return lines.join("\n");
}

/** Makes an edit, or removes a file, or copies one into a directory of its own; answers the path of what changed. */
function change(path: string, texts: Record<string, string>, one: { line: number; kind: string }): string {
  if (one.kind === "delete") {
    Reflect.deleteProperty(texts, path);
    return path;
  }
  const text = texts[path] ?? "package lost\n";
  const to = one.kind === "create" ? `${dirname(path)}/made${one.line % 3}/${basename(path)}` : path;
  texts[to] = one.kind === "create" ? text : apply(text, one);
  return to;
}

for (const [name, original, runs] of [
  ["sample", project(join(root, "sample")), long ? 5000 : 150],
  ["test/cases/small", project(join(root, "test/cases/small")), long ? 2000 : 60],
] as const) {
  test(`after any edits the findings are those of a fresh scan: ${name}`, () => {
    const paths = Object.keys(original)
      .filter((path) => path.endsWith(".go"))
      .sort();
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 6 }), (edits) => {
        const texts = { ...original };
        const files = new MemoryFiles(texts);
        const analysis = analyseFiles(files, "/m");
        analysis.findings();
        for (const one of edits) {
          const path = change(paths[one.file % paths.length] ?? "", texts, one);
          const text = texts[path];
          if (text === undefined) files.delete(path);
          else files.set(path, text);
          analysis.update(path);
          const fresh = analyseFiles(new MemoryFiles(texts), "/m");
          assert.deepEqual(analysis.findings(), fresh.findings());
        }
      }),
      { numRuns: runs, seed },
    );
  });
}

for (const [name, original, runs] of [
  ["sample", project(join(root, "sample")), long ? 600 : 60],
  ["test/cases/small", project(join(root, "test/cases/small")), long ? 250 : 30],
] as const) {
  test(`what was kept and what is edited after it give the findings of a fresh scan: ${name}`, async () => {
    const paths = Object.keys(original)
      .filter((path) => path.endsWith(".go"))
      .sort();
    const filled = new MemoryStore();
    await recallFiles(new MemoryFiles(original), "/m", filled);
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 5 }), async (edits) => {
        const texts = { ...original };
        const files = new MemoryFiles(texts);
        const { analysis, recalled } = await recallFiles(files, "/m", filled);
        assert.ok(recalled > 0);
        assert.deepEqual(analysis.findings(), analyseFiles(new MemoryFiles(texts), "/m").findings());
        for (const one of edits) {
          const path = change(paths[one.file % paths.length] ?? "", texts, one);
          const text = texts[path];
          if (text === undefined) files.delete(path);
          else files.set(path, text);
          analysis.update(path);
          const fresh = analyseFiles(new MemoryFiles(texts), "/m").findings();
          assert.deepEqual(analysis.findings(), fresh);
          const { analysis: again } = await recallFiles(new MemoryFiles(texts), "/m", filled);
          assert.deepEqual(again.findings(), fresh);
        }
      }),
      { numRuns: runs, seed },
    );
  });
}

test("how a helper's helper runs what it is given is noticed", () => {
  const texts: Record<string, string> = {
    "/m/go.mod": "module example.com/m\n\ngo 1.24\n",
    "/m/a/a.go": `package a

func f() {
	m := map[int]int{}
	outer(func() { m[1] = 1 })
	m[2] = 2
}

func outer(run func()) {
	inner(run)
}

func inner(run func()) {
	run()
}
`,
  };
  const files = new MemoryFiles(texts);
  const analysis = analyseFiles(files, "/m");
  assert.deepEqual(analysis.findings(), []);
  const text = texts["/m/a/a.go"] ?? "";
  for (const [next, count] of [
    [text.replace("\trun()", "\tgo run()"), 1],
    [text, 0],
  ] as const) {
    files.set("/m/a/a.go", next);
    analysis.update("/m/a/a.go");
    assert.equal(analysis.findings().length, count);
    assert.deepEqual(
      analysis.findings(),
      analyseFiles(new MemoryFiles({ ...texts, "/m/a/a.go": next }), "/m").findings(),
    );
  }
});

test("a changed body is worked out for its own package alone, a changed declaration for those that see it", async () => {
  const texts: Record<string, string> = {
    "/m/go.mod": "module example.com/m\n\ngo 1.24\n",
    "/m/a/a.go": "package a\n\ntype T struct{ N int }\n\nfunc Size() int { return 1 }\n",
    "/m/b/b.go": 'package b\n\nimport "example.com/m/a"\n\ntype U struct{ a.T }\n',
    "/m/c/c.go": 'package c\n\nimport "example.com/m/b"\n\nvar V b.U\n',
    "/m/d/d.go": "package d\n",
  };
  const store = new MemoryStore();
  const recalled = async () => (await recallFiles(new MemoryFiles(texts), "/m", store)).recalled;
  assert.equal(await recalled(), 0);
  assert.equal(await recalled(), 4);
  texts["/m/a/a.go"] = (texts["/m/a/a.go"] ?? "").replace("return 1", "return 2");
  assert.equal(await recalled(), 3);
  texts["/m/a/a.go"] = (texts["/m/a/a.go"] ?? "").replace("N int", "N string");
  assert.equal(await recalled(), 1);
  texts["/m/d/d.go"] = "package d\n\nfunc {\n";
  assert.equal(await recalled(), 3);
  assert.equal(await recalled(), 3, "a file that does not parse is read each time");
});

test("what nobody else can see of a package is worked out for it alone", async () => {
  const texts: Record<string, string> = {
    "/m/go.mod": "module example.com/m\n\ngo 1.24\n",
    "/m/a/a.go": "package a\n\ntype T struct{ N int }\n\nvar Made = make2()\n\nfunc make2() T { return T{} }\n",
    "/m/b/b.go": 'package b\n\nimport "example.com/m/a"\n\nvar V = a.Made\n',
  };
  const store = new MemoryStore();
  const recalled = async () => (await recallFiles(new MemoryFiles(texts), "/m", store)).recalled;
  assert.equal(await recalled(), 0);
  texts["/m/a/a.go"] += "\nfunc helper() int { return 1 }\n";
  assert.equal(await recalled(), 1, "a new function that is not exported");
  texts["/m/a/a.go"] = texts["/m/a/a.go"]?.replace("make2() T { return T{} }", "make2() *T { return nil }") ?? "";
  assert.equal(await recalled(), 0, "one whose result a variable shows");
});

test("what is released is known by its name: its files are not read to recall who imports it", async () => {
  const dep = "package dep\n\ntype T struct{ M map[int]int }\n";
  const files = new MemoryFiles({
    "/m/go.mod": "module example.com/m\n\ngo 1.24\n\nrequire example.com/dep v1.0.0\n",
    "/m/a/a.go": 'package a\n\nimport "example.com/dep"\n\nvar V dep.T\n\nfunc F() { V.M[1] = 1 }\n',
    "/cache/example.com/dep@v1.0.0/go.mod": "module example.com/dep\n",
    "/cache/example.com/dep@v1.0.0/dep.go": dep,
  });
  const store = new MemoryStore();
  const read = new Set<string>();
  const watched: Files = {
    read: (path) => {
      read.add(path);
      return files.read(path);
    },
    list: (path) => files.list(path),
    kind: (path) => files.kind(path),
    real: (path) => files.real(path),
  };
  const recalled = async () => (await recallFiles(watched, "/m", store)).recalled;
  assert.equal(await recalled(), 0);
  assert.ok(read.has("/cache/example.com/dep@v1.0.0/dep.go"));
  read.clear();
  assert.equal(await recalled(), 1);
  assert.ok(!read.has("/cache/example.com/dep@v1.0.0/dep.go"));
  for (const path of ["go.mod", "a/a.go"]) files.set(`/copy/${path}`, files.read(`/m/${path}`) ?? "");
  assert.equal((await recallFiles(watched, "/copy", store)).recalled, 1, "a copy of the module somewhere else");
  files.set("/m/go.mod", "module example.com/m\n\ngo 1.24\n\nrequire example.com/dep v1.1.0\n");
  assert.equal(await recalled(), 0, "another version, which is not there");
  assert.equal(await recalled(), 1);
  files.set("/cache/example.com/dep@v1.1.0/go.mod", "module example.com/dep\n");
  files.set("/cache/example.com/dep@v1.1.0/dep.go", dep);
  assert.equal(await recalled(), 0, "now it is there");
});

test("what a released module sees of one under work is no part of its name", async () => {
  const mod = "module example.com/m\n\ngo 1.24\n\nrequire (\n\texample.com/dep v1.0.0\n\texample.com/old v1.0.0\n)\n";
  const based = (path: string) => `package ${path}\n\nimport "example.com/m/base"\n\ntype T struct{ base.B }\n`;
  for (const [name, texts] of [
    [
      "its go.mod tells",
      { "/cache/example.com/dep@v1.0.0/go.mod": "module example.com/dep\n\nrequire example.com/m v0.1.0\n" },
    ],
    ["from before there were modules", {}],
  ] as const) {
    const files = new MemoryFiles({
      ...texts,
      "/m/go.mod": mod,
      "/m/base/base.go": "package base\n\ntype B struct{ M map[int]int }\n",
      "/m/a/a.go": 'package a\n\nimport "example.com/dep"\n\nvar V dep.T\n',
      "/cache/example.com/dep@v1.0.0/dep.go": based("dep"),
    });
    const store = new MemoryStore();
    const recalled = async () => (await recallFiles(files, "/m", store)).recalled;
    assert.equal(await recalled(), 0, name);
    assert.equal(await recalled(), 2, name);
    files.set("/m/base/base.go", "package base\n\ntype B struct{ M []int }\n");
    assert.equal(await recalled(), 0, name);
  }
});

test("however many functions change at once, those under other locks than before are looked at", () => {
  const helper = (body: string) => `package p

import "sync"

type c struct {
	mu sync.Mutex
	m  map[string]int
}

func (x *c) lock() { ${body} }

func (x *c) A(k string) {
	x.lock()
	defer x.mu.Unlock()
	x.m[k]++
}

func (x *c) B(k string) {
	x.lock()
	defer x.mu.Unlock()
	delete(x.m, k)
}

func (x *c) C(k string) int { return x.m[k] }
`;
  const crowd = (body: string) =>
    `package q\n\nimport "sync"\n\ntype c struct{ mu sync.Mutex }\n\n${Array.from({ length: 2200 }, (_, i) => `func (x *c) f${i}() { ${body} }\n`).join("")}`;
  const versions = ["x.mu.Lock()", ""].map((body) => ({ "/m/p/p.go": helper(body), "/m/q/q.go": crowd(body) }));
  const files = new MemoryFiles({ "/m/go.mod": "module example.com/m\n\ngo 1.24\n", ...versions[0] });
  const analysis = analyseFiles(files, "/m");
  const before = analysis.findings();
  assert.ok(before.length > 0);
  for (const version of [1, 0, 1, 0]) {
    for (const [path, text] of Object.entries(versions[version] ?? {})) {
      files.set(path, text);
      analysis.update(path);
    }
    assert.deepEqual(analysis.findings(), analyseFiles(files, "/m").findings());
  }
  assert.deepEqual(analysis.findings(), before);
});

test("a function that moves to another file is found there", () => {
  const user = "func (x *c) Inc(k string) { x.m[k]++ }\n";
  const head =
    'package p\n\ntype c struct{ m map[string]int }\n\nfunc (x *c) Start() {\n\tfor range 3 {\n\t\tgo x.Inc("a")\n\t}\n}\n\n';
  const files = new MemoryFiles({
    "/m/go.mod": "module example.com/m\n\ngo 1.24\n",
    "/m/p/a.go": head + user,
    "/m/p/b.go": "package p\n\n",
  });
  const analysis = analyseFiles(files, "/m");
  assert.equal(analysis.findings()[0]?.primary.location.path, "/m/p/a.go");
  files.set("/m/p/a.go", head);
  files.set("/m/p/b.go", `package p\n\n${user}`);
  analysis.update("/m/p/a.go");
  analysis.update("/m/p/b.go");
  assert.deepEqual(analysis.findings(), analyseFiles(files, "/m").findings());
  assert.equal(analysis.findings()[0]?.primary.location.path, "/m/p/b.go");
});

test("what many helpers hand on to one that keeps it is noticed", () => {
  const helpers = (count: number) =>
    Array.from({ length: count }, (_, i) => `func (r *registry) h${i + 1}(f func()) { r.h${i}(f) }\n\n`).join("");
  const source = (body: string) => `package p

type registry struct {
	fns []func()
	m   map[string]int
}

func (r *registry) h0(f func()) { ${body} }

${helpers(60)}func (r *registry) Use() { r.h60(func() { r.m["a"]++ }) }

func (r *registry) Run() {
	for _, f := range r.fns {
		go f()
	}
}
`;
  const files = new MemoryFiles({ "/m/go.mod": "module example.com/m\n\ngo 1.24\n" });
  files.set("/m/p/p.go", source("r.fns = append(r.fns, f)"));
  const analysis = analyseFiles(files, "/m");
  assert.equal(analysis.findings().length, 1);
  for (const body of ["_ = f", "r.fns = append(r.fns, f)"]) {
    files.set("/m/p/p.go", source(body));
    analysis.update("/m/p/p.go");
    assert.deepEqual(analysis.findings(), analyseFiles(files, "/m").findings());
  }
});

test("a helper that lost its lock while its type was gone is noticed when it takes it again", () => {
  const source = (type: string, body: string) => `package p

import "sync"

type snapshot struct{ counts map[string]int }

${type}
	mu  sync.Mutex
	cur snapshot
}

func (s *stats) Dec(k string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cur.counts[k]--
}

func (s *stats) Snapshot() snapshot {
	s.mu.Lock()
	${body}
	return s.cur
}

func Report(s *stats) int {
	snap := s.Snapshot()
	return len(snap.counts)
}
`;
  const [type, unlock] = ["type stats struct {", "defer s.mu.Unlock()"];
  const files = new MemoryFiles({ "/m/go.mod": "module example.com/m\n\ngo 1.24\n" });
  files.set("/m/p/p.go", source(type, unlock));
  const analysis = analyseFiles(files, "/m");
  analysis.findings();
  for (const text of [source(type, ""), source("", ""), source(type, unlock), source(type, ""), source(type, unlock)]) {
    files.set("/m/p/p.go", text);
    analysis.update("/m/p/p.go");
    assert.deepEqual(analysis.findings(), analyseFiles(files, "/m").findings());
  }
});
