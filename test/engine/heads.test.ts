import assert from "node:assert/strict";
import { test } from "node:test";
import { finish } from "../../server/src/base/steps.ts";
import { Witness } from "../../server/src/base/witness.ts";
import { Analysis } from "../../server/src/engine/analysis.ts";
import { Heads } from "../../server/src/engine/heads.ts";
import { PackageKeys } from "../../server/src/engine/keys.ts";
import { MemoryFiles } from "../harness/memory.ts";

const build = { goos: "linux", goarch: "amd64", cgo: true, minor: 26, tags: [] };
const toolchain = { goroot: "", modcache: "/cache" };

/** Keys of all directories, made with heads or without, and what is to be kept of them. */
function keysOf(memory: MemoryFiles, bytes?: Uint8Array) {
  const files = new Witness(memory);
  const analysis = new Analysis({ files, toolchain, build, tests: true }, "/m");
  const dirs = analysis.expand(["./..."]);
  const heads = new Heads(files, build, bytes);
  const { workspace, packages } = analysis;
  const keys = (more: { heads?: Heads }) =>
    new PackageKeys({
      files,
      workspace,
      build,
      tests: true,
      program: "p",
      library: [],
      sources: new Set(dirs),
      packages,
      ...more,
    });
  const [plain, known] = [keys({}), keys({ heads })];
  const made = dirs.map((dir) => [dir, known.of(dir)]);
  assert.deepEqual(
    made,
    dirs.map((dir) => [dir, plain.of(dir)]),
  );
  return { made, kept: heads.bytes() };
}

function sources(): MemoryFiles {
  return new MemoryFiles({
    "/m/go.mod": "module m\n\ngo 1.24\n",
    "/m/a/a.go": 'package a\n\nimport "m/b"\n\nvar A = b.B\n',
    "/m/a/a_test.go": 'package a_test\n\nimport "m/c"\n\nvar T = c.C\n',
    "/m/b/b.go": "package b\n\nvar B = map[int]int{}\n",
    "/m/b/b_windows.go": "package b\n\nvar W = 1\n",
    "/m/b/never.go": "//go:build never\n\npackage other\n",
    "/m/c/c.go": "package c\n\nvar C = 1\n",
    "/m/broken/broken.go": "package broken\n\nfunc {\n",
    "/m/empty/x_test.go": "package empty\n",
  });
}

test("keys are the same with heads of an earlier time and without, whatever was edited since", () => {
  const files = sources();
  const first = keysOf(files);
  assert.ok(first.kept);
  assert.equal(keysOf(files, first.kept).kept, undefined, "nothing is new");
  const part = new MemoryFiles({ "/m/go.mod": "module m\n\ngo 1.24\n", "/m/other/o.go": "package other\n" });
  const both = keysOf(part, first.kept).kept;
  assert.equal(
    keysOf(files, both).kept,
    undefined,
    "who looked at other directories meanwhile has not forgotten these",
  );
  const edits: readonly (() => void)[] = [
    () => files.set("/m/b/b.go", "package b\n\nvar B = map[int]string{}\n"),
    () => files.set("/m/b/never.go", "package b\n\nvar N = 1\n"),
    () => files.set("/m/broken/broken.go", "package broken\n\nfunc f() {}\n"),
    () => files.set("/m/a/a.go", "package a\n\nvar A = 2\n"),
    () => files.set("/m/c/more.go", "package c\n\nfunc g( {\n"),
    () => files.delete("/m/a/a_test.go"),
    () => files.set("/m/d/d.go", 'package d\n\nimport "m/a"\n\nvar D = a.A\n'),
    () => files.delete("/m/c/more.go"),
  ];
  let { kept } = first;
  for (const edit of edits) {
    const before = keysOf(files, kept).made;
    edit();
    const after = keysOf(files, kept);
    assert.notDeepEqual(after.made, before);
    kept = after.kept ?? kept;
  }
  assert.equal(keysOf(files, kept).kept, undefined);
});

test("a directory whose files are as they were is not read as source again", () => {
  const files = sources();
  const { kept } = keysOf(files);
  const witness = new Witness(files);
  const heads = new Heads(witness, build, kept);
  const head = heads.find("/m/b", "m/b", true);
  assert.deepEqual(
    head?.files.map(({ name }) => name),
    ["b.go"],
  );
  assert.equal(heads.find("/m/b", "m/b", false), undefined, "without tests it is another question");
  files.set("/m/b/never.go", "package b\n");
  assert.equal(new Heads(new Witness(files), build, kept).find("/m/b", "m/b", true), undefined);
});

test("an import is known by one file that is called as its path suggests, and no regular file is asked for its kind", () => {
  const files = (second: string) =>
    new MemoryFiles({
      "/m/go.mod": "module m\n\ngo 1.24\n\nrequire example.com/dep v1.0.0\n",
      "/m/a/a.go": 'package a\n\nimport "example.com/dep"\n\nfunc f(s string) string { return s }\n',
      "/cache/example.com/dep@v1.0.0/go.mod": "module example.com/dep\n",
      "/cache/example.com/dep@v1.0.0/a.go": `package ${second}\n\nvar A = 1\n`,
      "/cache/example.com/dep@v1.0.0/b.go": `package ${second}\n\nvar B = 1\n`,
    });
  const asked = (memory: MemoryFiles) => {
    const witness = new Witness(memory);
    finish(load(witness).lowering("/m/a"));
    return witness;
  };
  const known = asked(files("dep"));
  assert.notEqual(known.answer("read", "/cache/example.com/dep@v1.0.0/a.go"), undefined);
  assert.equal(known.answer("read", "/cache/example.com/dep@v1.0.0/b.go"), undefined);
  assert.equal(known.answer("kind", "/m/a/a.go"), undefined);
  const other = asked(files("other"));
  assert.notEqual(other.answer("read", "/cache/example.com/dep@v1.0.0/b.go"), undefined);
});

function load(files: Witness): Analysis {
  const analysis = new Analysis({ files, toolchain, build, tests: true }, "/m");
  analysis.load("/m/a");
  return analysis;
}

test("what is no list of heads is none", () => {
  const files = sources();
  const { made, kept = new Uint8Array(0) } = keysOf(files);
  for (const bytes of [
    Buffer.from("{}"),
    Buffer.from("[[1,2]]"),
    Buffer.from(kept).subarray(0, 50),
    Buffer.from('[["k",{}]]'),
  ])
    assert.deepEqual(keysOf(files, bytes).made, made);
});
