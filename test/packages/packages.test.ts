import assert from "node:assert/strict";
import { test } from "node:test";
import { dirname } from "../../server/src/base/paths.ts";
import { finish } from "../../server/src/base/steps.ts";
import { Analysis } from "../../server/src/engine/analysis.ts";
import { expressionHolds, nameMatches } from "../../server/src/packages/constraints.ts";
import { inferRoot } from "../../server/src/packages/gopath.ts";
import { parseModFile } from "../../server/src/packages/modfile.ts";
import { Workspace } from "../../server/src/packages/workspace.ts";
import { analyse, analyseFiles, likely, MemoryFiles } from "../harness/memory.ts";

const build = { goos: "linux", goarch: "amd64", cgo: true, minor: 26, tags: ["extra"] };

test("file names choose by system and architecture, as the go command does", () => {
  for (const name of [
    "a.go",
    "a_linux.go",
    "a_amd64.go",
    "a_linux_amd64.go",
    "a_linux_test.go",
    "linux.go",
    "a_unix.go",
    "a_foo.go",
  ])
    assert.ok(nameMatches(name, build), name);
  for (const name of ["a_windows.go", "a_arm64.go", "a_linux_arm64.go", "a_darwin_amd64.go", "a_windows_test.go"])
    assert.ok(!nameMatches(name, build), name);
});

test("build expressions", () => {
  for (const yes of [
    "linux",
    "unix && !windows",
    "(darwin || linux) && amd64",
    "go1.20",
    "extra",
    "!ignore",
    "cgo",
    "gc",
  ])
    assert.ok(expressionHolds(yes, build), yes);
  for (const no of ["windows", "ignore", "linux && arm64", "!unix", "go1.99", "!(linux || darwin)"])
    assert.ok(!expressionHolds(no, build), no);
});

test("go.mod: blocks, comments, quotes, replacements, errors with their line", () => {
  const mod = parseModFile(
    'module "example.com/m" // the module\n\ngo 1.23.4\ntoolchain go1.25.0\nrequire (\n\ta.b/c v1.2.3 // indirect\n\td.e/f/v2 v2.0.0\n)\nreplace a.b/c => ../c\nreplace d.e/f/v2 v2.0.0 => g.h/i v0.1.0\nnonsense here\n',
  );
  assert.equal(mod.module, "example.com/m");
  assert.equal(mod.go, "1.23");
  assert.equal(mod.require.get("d.e/f/v2"), "v2.0.0");
  assert.deepEqual(
    mod.replace.map((one) => [one.path, one.target, one.targetVersion]),
    [
      ["a.b/c", "../c", ""],
      ["d.e/f/v2", "g.h/i", "v0.1.0"],
    ],
  );
  assert.deepEqual(mod.errors, [{ line: 11, message: 'unknown directive "nonsense"' }]);
});

test("imports are found in the workspace, in vendor, by replace and in the module cache", () => {
  const files = new MemoryFiles({
    "/w/go.mod":
      "module m.x\n\ngo 1.22\n\nrequire (\n\tBig.Org/lib v1.0.0\n\tr.x/old v1.0.0\n\tv.x/y v1.0.0\n)\n\nreplace r.x/old => ./local\n",
    "/w/a/a.go": "package a",
    "/w/local/sub/s.go": "package sub",
    "/w/vendor/v.x/y/y.go": "package y",
    "/cache/!big.!org/lib@v1.0.0/deep/d.go": "package deep",
    "/go/src/net/http/h.go": "package http",
  });
  const workspace = new Workspace(files, { goroot: "/go", modcache: "/cache" }, "/w");
  const at = (path: string) => workspace.resolve(path, "/w/a");
  assert.equal(at("m.x/a"), "/w/a");
  assert.equal(at("net/http"), "/go/src/net/http");
  assert.equal(at("v.x/y"), "/w/vendor/v.x/y");
  assert.equal(at("r.x/old/sub"), "/w/local/sub");
  assert.equal(at("Big.Org/lib/deep"), "/cache/!big.!org/lib@v1.0.0/deep");
  assert.equal(at("not/there"), undefined);
});

test("std and cmd are Go's own packages, also from elsewhere, unless directories are called so", () => {
  const racy = (name: string) =>
    `package ${name}\n\nfunc f() {\n\tm := map[int]int{}\n\tgo func() { m[1] = 1 }()\n\tm[2] = 2\n}\n`;
  const sources = {
    "/w/go.mod": "module m.x\n",
    "/go/src/go.mod": "module std\n",
    "/go/src/net/http/h.go": racy("http"),
    "/go/src/vendor/x.org/v/v.go": racy("v"),
    "/go/src/cmd/go.mod": "module cmd\n",
    "/go/src/cmd/vet/main.go": racy("main"),
  };
  const found = (pattern: string, more: Record<string, string> = {}, cwd = "/w") => {
    const options = { files: new MemoryFiles({ ...sources, ...more }), toolchain: { goroot: "/go", modcache: "" } };
    const analysis = new Analysis({ ...options, build, tests: true }, cwd);
    for (const dir of analysis.expand([pattern])) analysis.load(dir);
    for (const dir of analysis.directories) finish(analysis.lowering(dir));
    const path = (dir: string) => analysis.workspace.importPath(dir);
    return analysis.findings().map(({ primary: { location } }) => [location.path, path(dirname(location.path))]);
  };
  const http = [["/go/src/net/http/h.go", "net/http"]];
  const vet = [["/go/src/cmd/vet/main.go", "cmd/vet"]];
  assert.deepEqual(found("std"), http);
  assert.deepEqual(found("cmd"), vet);
  assert.deepEqual(found("cmd", {}, "/go/src"), vet);
  assert.deepEqual(found("cmd", { "/w/cmd/own.go": racy("main") }), [["/w/cmd/own.go", "m.x/cmd"]]);
});

test("source without go.mod is rooted by its place, an import comment, or what its files import", () => {
  const source = { "/r/.git/HEAD": "", "/r/util/u.go": "package util\n" };
  const at = (files: Record<string, string>, start: string) => inferRoot(new MemoryFiles(files), start);
  const imports = 'package a\n\nimport (\n\t"fmt"\n\tu "host.org/team/r/util"\n\t"other.org/lib/util"\n)\n';
  assert.deepEqual(at({ ...source, "/r/a/a.go": imports }, "/r/a"), { dir: "/r", path: "host.org/team/r" });
  const commented = { ...source, "/r/b/b.go": 'package b // import "host.org/named/b"\n' };
  assert.deepEqual(at(commented, "/r"), { dir: "/r", path: "host.org/named" });
  const placed = { "/go/src/host.org/x/y/.git/HEAD": "", "/go/src/host.org/x/y/z/z.go": "package z\n" };
  assert.deepEqual(at(placed, "/go/src/host.org/x/y/z"), { dir: "/go/src/host.org/x/y", path: "host.org/x/y" });
  assert.equal(at({ "/r/a.go": 'package a\n\nimport "fmt"\n' }, "/r"), undefined);
  const linked = {
    "/r/.git/HEAD": "",
    "/r/one/one.go": "package one\n\nvar Seen = map[int]int{}\n",
    "/r/two/two.go":
      'package two\n\nimport "host.org/team/r/one"\n\nfunc F() {\n\tfor i := range 3 {\n\t\tgo func() { one.Seen[i]++ }()\n\t}\n}\n',
  };
  assert.deepEqual(likely(analyseFiles(new MemoryFiles(linked), "/r").findings()), ["MR101:7"]);
});

test("go.work joins modules; a race across them is found", () => {
  const files = new MemoryFiles({
    "/w/go.work": "go 1.22\n\nuse (\n\t./one\n\t./two\n)\n",
    "/w/one/go.mod": "module one.x\n",
    "/w/one/one.go": "package one\n\nvar Seen = map[int]int{}\n",
    "/w/two/go.mod": "module two.x\n",
    "/w/two/two.go":
      'package two\n\nimport "one.x"\n\nfunc F() {\n\tfor i := range 3 {\n\t\tgo func() { one.Seen[i]++ }()\n\t}\n}\n',
  });
  assert.deepEqual(likely(analyseFiles(files, "/w").findings()), ["MR101:7"]);
});

test("in-package and external tests, cgo files, generated and excluded files", () => {
  const racy = (pkg: string) =>
    `package ${pkg}\n\nfunc f() {\n\tm := map[int]int{}\n\tgo func() { m[1] = 1 }()\n\tm[2] = 2\n}\n`;
  const analysis = analyse({
    "/m/a.go": racy("a"),
    "/m/a_test.go": racy("a").replace("func f", "func g"),
    "/m/ext_test.go": racy("a_test"),
    "/m/c.go": `package a\n\n// #include <stdio.h>\nimport "C"\n\n${racy("a").slice(10).replace("func f", "func h")}`,
    "/m/gen.go": `// Code generated by x. DO NOT EDIT.\n\n${racy("a").replace("func f", "func i")}`,
    "/m/ignored.go": `//go:build ignore\n\n${racy("main")}`,
    "/m/w_windows.go": racy("a").replace("func f", "func j"),
  });
  const names = analysis.findings().map((one) => one.primary.location.path.slice(3));
  assert.deepEqual(names, ["a.go", "a_test.go", "c.go", "ext_test.go", "gen.go"]);
  assert.ok(analysis.sources.isGenerated("/m/gen.go"));
});

test("a file that is gone when it is read is named, the others are scanned", () => {
  const files = new MemoryFiles({
    "/m/go.mod": "module m\n",
    "/m/a.go": "package m\n\nvar M = map[int]int{}\n\nfunc F() { go func() { M[1]++ }(); M[2]++ }\n",
    "/m/b.go": "package m\n",
  });
  const vanishing = new (class extends MemoryFiles {
    override read(path: string) {
      return path === "/m/b.go" ? undefined : files.read(path);
    }
    override list(path: string) {
      return files.list(path);
    }
    override kind(path: string) {
      return files.kind(path);
    }
  })({});
  const analysis = analyseFiles(vanishing, "/m");
  assert.equal(likely(analysis.findings()).length, 1);
  assert.deepEqual(
    analysis.problems.filter((one) => one.place === "/m/b.go"),
    [{ place: "/m/b.go", message: "cannot be read" }],
  );
});
