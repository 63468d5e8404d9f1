import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { long } from "../harness/random.ts";
import { maprace, root, run, scratch } from "../harness/tools.ts";

const racy = "package p\n\nfunc f() {\n\tm := map[int]int{}\n\tgo func() { m[1] = 1 }()\n\tm[2] = 2\n}\n";

interface Scan {
  readonly findings: readonly { readonly rule: string }[];
  readonly problems: readonly unknown[];
  readonly summary: { readonly unchanged: boolean; readonly files: number; readonly findings: number };
}

/** A module of two packages, and a way to scan it with a cache of its own. */
function project() {
  const dir = scratch();
  const cache = join(dir, "cache");
  const module = join(dir, "module");
  const write = (name: string, text: string) => {
    mkdirSync(join(module, name, ".."), { recursive: true });
    writeFileSync(join(module, name), text);
  };
  write("go.mod", "module example.com/m\n\ngo 1.24\n");
  write("p/p.go", racy);
  write("q/q.go", 'package q\n\nimport "example.com/m/r"\n\nvar Q = r.R\n');
  write("r/r.go", "package r\n\nvar R = 1\n");
  const scan = (...args: string[]): Scan => {
    const { stdout } = maprace(["scan", "-C", module, "--format", "json", ...args], {
      env: { ...process.env, MAPRACE_CACHE: cache, GOMODCACHE: join(dir, "modcache") },
    });
    return JSON.parse(stdout) as Scan;
  };
  /** What is kept of whole scans, or of packages. */
  const entries = (kind: "scan" | "facts" | "heads") =>
    readdirSync(cache).flatMap((name) => (name.endsWith(`.${kind}`) ? [join(cache, name)] : []));
  const entry = () => entries("scan")[0] ?? "";
  return { cache, module, write, scan, entry, entries };
}

const said = ({ findings, problems, summary: { files } }: Scan) => ({ findings, problems, files });

test("a scan of what has not changed says what was said before", () => {
  const { scan, module } = project();
  const first = scan();
  assert.equal(first.summary.unchanged, false);
  assert.deepEqual(
    first.findings.map(({ rule }) => rule),
    ["MR101"],
  );
  // Only contents count: a clock that jumps, or a copy, changes nothing.
  utimesSync(join(module, "p/p.go"), new Date(0), new Date(0));
  const second = scan();
  assert.equal(second.summary.unchanged, true);
  assert.deepEqual(said(second), said(first));
  assert.deepEqual(said(scan("--no-cache")), said(first));
  assert.equal(scan("--no-cache").summary.unchanged, false);
  assert.equal(scan("--no-tests").summary.unchanged, false, "other options are another question");
  assert.equal(scan("./p").summary.unchanged, false, "other packages are another question");
});

test("a scan notices what has changed: a file, one of a package beside it, a new file, a removed one, go.mod", () => {
  const { scan, write, module } = project();
  scan();
  write("p/p.go", racy.replace("m[2] = 2", "_ = m"));
  const mended = scan();
  assert.equal(mended.summary.unchanged, false);
  assert.deepEqual(mended.findings, []);
  for (const change of [
    () => write("r/r.go", "package r\n\nvar R = 2\n"),
    () => write("p/more.go", racy.replace("func f", "func g")),
    () => rmSync(join(module, "p/more.go")),
    () => write("p/p_windows.go", "package p\n"),
    () => write("go.mod", "module example.com/m\n\ngo 1.25\n"),
  ]) {
    assert.equal(scan().summary.unchanged, true);
    change();
    const changed = scan();
    assert.equal(changed.summary.unchanged, false);
    assert.deepEqual(said(changed), said(scan("--no-cache")));
  }
});

test("released modules are known by their versions; that they are gone, or are what is scanned, is noticed", () => {
  const { scan, write, module } = project();
  write("go.mod", "module example.com/m\n\ngo 1.24\n\nrequire example.com/dep v1.0.0\n");
  write("d/d.go", 'package d\n\nimport "example.com/dep"\n\nvar D = dep.D\n\nfunc Get() int { return D[1] }\n');
  const dep = "../modcache/example.com/dep@v1.0.0";
  write(`${dep}/go.mod`, "module example.com/dep\n\ngo 1.24\n");
  write(`${dep}/dep.go`, "package dep\n\nvar D map[int]int\n");
  assert.deepEqual(scan().problems, []);
  write(`${dep}/dep.go`, "package dep\n\n// D is a map.\nvar D map[int]int\n");
  assert.equal(scan().summary.unchanged, true);
  rmSync(join(module, dep), { recursive: true });
  const without = scan();
  assert.equal(without.summary.unchanged, false);
  assert.equal(without.problems.length, 1);
  write(`${dep}/go.mod`, "module example.com/dep\n\ngo 1.24\n");
  write(`${dep}/dep.go`, racy.replace("package p", "package dep"));
  const inside = () => scan("-C", join(module, dep));
  assert.equal(inside().summary.findings, 1);
  write(`${dep}/dep.go`, racy.replace("package p", "package dep").replace("go func", "func"));
  assert.equal(inside().summary.findings, 0);
});

test("a damaged, cut off or foreign entry is as if it was not there", () => {
  const { scan, entry } = project();
  const first = scan();
  const bytes = readFileSync(entry());
  for (const [index, damaged] of [
    bytes.subarray(0, bytes.length / 2),
    Buffer.alloc(0),
    Buffer.concat([bytes.subarray(0, -8), Buffer.alloc(8)]),
    Buffer.from("not an entry"),
  ].entries()) {
    writeFileSync(entry(), damaged);
    const again = scan();
    assert.equal(again.summary.unchanged, false, String(index));
    assert.deepEqual(said(again), said(first));
    assert.equal(scan().summary.unchanged, true, "and it is written anew");
  }
});

test("damaged facts of packages are worked out again", () => {
  const { scan, entries } = project();
  const first = scan();
  assert.equal(entries("facts").length, 3);
  const damages: readonly ((bytes: Buffer) => Uint8Array)[] = [
    (bytes) => bytes.subarray(0, bytes.length / 2),
    (bytes) => Buffer.concat([bytes.subarray(0, -8), Buffer.alloc(8)]),
    () => Buffer.alloc(0),
    (bytes) => bytes,
  ];
  for (const damage of damages) {
    for (const path of entries("facts")) writeFileSync(path, damage(readFileSync(path)));
    for (const path of entries("scan")) rmSync(path);
    assert.deepEqual(said(scan()), said(first));
  }
  // One that is whole, but another package's.
  const [one = "", other = ""] = entries("facts");
  for (const path of entries("scan")) rmSync(path);
  writeFileSync(one, readFileSync(other));
  assert.deepEqual(said(scan()), said(first));
});

test("a scan after an edit says what one without a cache says, whatever was edited", () => {
  const { scan, write, entries } = project();
  scan();
  const texts = [
    ["r/r.go", "package r\n\nvar R = map[int]int{}\n"],
    ["q/q.go", 'package q\n\nimport "example.com/m/r"\n\nfunc F() {\n\tgo func() { r.R[1] = 1 }()\n\tr.R[2] = 2\n}\n'],
    ["p/p.go", racy.replace("go func", "func")],
    ["s/s.go", racy.replace("package p", "package s")],
  ] as const;
  for (const [name, text] of texts) {
    write(name, text);
    assert.deepEqual(said(scan()), said(scan("--no-cache")), name);
  }
  // p, q, r; r and q that sees it; q; p; s.
  assert.equal(entries("facts").length, 3 + 2 + 1 + 1 + 1);
});

test("what a reading thread tells of files is what others find out, and heads of directories are what is read again", () => {
  const { scan, write, entries } = project();
  const [count, each] = [41, 10];
  const text = (index: number, type = "T") =>
    `package p${index}\n\nimport "example.com/m/r"\n\ntype ${type} struct{ m map[string]int }\n\nfunc (t *${type}) Set() int {\n\tt.m["a"] = r.R\n\treturn 1\n}\n`;
  for (let index = 0; index < count; index++) {
    write(`p${index}/p.go`, text(index));
    for (let file = 1; file < each; file++) write(`p${index}/f${file}.go`, text(index, `T${file}`));
  }
  scan();
  assert.equal(entries("facts").length, 3 + count);
  for (const path of entries("heads")) rmSync(path);
  const edits = [
    ["p7/p.go", text(7).replace('"a"', '"b"'), 1],
    ["p8/p.go", text(8).replace("return 1", "return 2"), 1],
    // A build constraint leaves it out, and a declaration that nobody imports is its own package's business.
    ["p9/q.go", "//go:build never\n\npackage p9\n\nfunc init() {}\n", 0],
    ["p9/q.go", "package p9\n\nfunc init() {}\n", 1],
    ["r/r.go", "package r\n\nvar R = 2\n\nfunc New() {}\n", 1 + 1 + count],
  ] as const;
  let kept = 3 + count;
  for (const [name, edited, more] of edits) {
    write(name, edited);
    assert.deepEqual(said(scan()), said(scan("--no-cache")), name);
    kept += more;
    assert.equal(entries("facts").length, kept, name);
    assert.equal(entries("heads").length, 1);
  }
  for (const path of entries("heads")) writeFileSync(path, readFileSync(path).subarray(0, -9));
  write("p7/p.go", text(7));
  assert.deepEqual(said(scan()), said(scan("--no-cache")));
});

test("where the cache cannot be written a scan is as good as without", () => {
  const { scan, cache } = project();
  writeFileSync(cache, "a file where a directory should be");
  const first = scan();
  assert.deepEqual(
    first.findings.map(({ rule }) => rule),
    ["MR101"],
  );
  assert.deepEqual(said(scan()), said(first));
  rmSync(cache);
  assert.equal(scan().summary.unchanged, false);
});

test("processes that share a cache and are killed at any moment leave nothing wrong behind", async () => {
  const { scan, module, cache, write } = project();
  for (let file = 0; file < 40; file++)
    write(`s/f${file}.go`, racy.replace("package p", "package s").replace("f()", `f${file}()`));
  const wanted = said(scan("--no-cache"));
  const runs = Array.from({ length: long ? 50 : 12 }, async (_, index) => {
    const child = spawn(process.execPath, [join(root, "dist/maprace.js"), "scan", "-C", module], {
      env: { ...process.env, MAPRACE_CACHE: cache },
      stdio: "ignore",
    });
    const timer = setTimeout(() => child.kill("SIGKILL"), 40 + (index % 12) * 30 + Math.floor(index / 12) * 7);
    await new Promise((resolve) => child.once("exit", resolve));
    clearTimeout(timer);
  });
  await Promise.all(runs);
  assert.deepEqual(said(scan()), wanted);
  const last = scan();
  assert.equal(last.summary.unchanged, true);
  assert.deepEqual(said(last), wanted);
});

/** A small file system of its own at a place; undefined where that takes rights that are not there. */
function mounted(at: string, options: string): (() => void) | undefined {
  mkdirSync(at, { recursive: true });
  if (process.platform !== "linux" || process.getuid?.() !== 0) return undefined;
  if (run("mount", ["-t", "tmpfs", "-o", options, "tmpfs", at]).status !== 0) return undefined;
  return () => run("umount", [at]);
}

for (const [name, options] of [
  ["full", "size=4k"],
  ["read only", "ro"],
] as const) {
  test(`on a disk that is ${name} a scan is as good as without a cache`, (context) => {
    const { scan, cache } = project();
    const unmount = mounted(cache, options);
    if (unmount === undefined) return context.skip("takes the right to mount a file system");
    try {
      if (name === "full") writeFileSync(join(cache, "filler"), Buffer.alloc(4096));
      const first = scan();
      assert.deepEqual(
        first.findings.map(({ rule }) => rule),
        ["MR101"],
      );
      const second = scan();
      assert.equal(second.summary.unchanged, false);
      assert.deepEqual(said(second), said(first));
      assert.deepEqual(
        readdirSync(cache).filter((one) => one !== "filler"),
        [],
      );
    } finally {
      unmount();
    }
  });
}

test("files that are replaced while they are scanned are seen as they are by the next scan", async () => {
  const { scan, module, cache, write } = project();
  const calm = racy.replace("m[2] = 2", "_ = m");
  for (let round = 0; round < (long ? 20 : 4); round++) {
    const child = spawn(process.execPath, [join(root, "dist/maprace.js"), "scan", "-C", module], {
      env: { ...process.env, MAPRACE_CACHE: cache },
      stdio: "ignore",
    });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    let at = round;
    const timer = setInterval(() => write("p/p.go", at++ % 2 === 0 ? racy : calm), 1);
    await ended;
    clearInterval(timer);
    assert.deepEqual(said(scan()), said(scan("--no-cache")), `round ${round}`);
  }
});
