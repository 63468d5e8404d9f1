import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { disk } from "../../server/src/host/disk.ts";
import { loadDirectory } from "../../server/src/packages/load.ts";
import { cacheNeighbours } from "../../server/src/summaries/sharing.ts";
import { atoms } from "../../server/src/syntax/token.ts";
import { layoutOf } from "../../server/src/types/layout.ts";
import { Package } from "../../server/src/types/package.ts";
import { underlying } from "../../server/src/types/substitute.ts";
import { MemoryFiles } from "../harness/memory.ts";
import { goroot, root, run } from "../harness/tools.ts";

const arch = run("go", ["env", "GOARCH"]).stdout.trim();
const build = { goos: "linux", goarch: arch, cgo: true, minor: 26, tags: [] };
const std = join(goroot(), "src");
const loaded = new Map<string, Package | undefined>();

const library = {
  revision: 0,
  find(path: string): Package | undefined {
    if (!loaded.has(path)) {
      const files = loadDirectory(disk, build, join(std, path), path, { bodies: false, tests: false }, [])[0];
      loaded.set(path, files === undefined ? undefined : new Package(files, library));
    }
    return loaded.get(path);
  },
  nameOf(path: string): string | undefined {
    return library.find(path)?.name;
  },
};

test("offsets and sizes are those of the compiler", () => {
  const dir = join(root, "test/go/layout");
  const files = loadDirectory(disk, build, dir, "layout", { bodies: true, tests: false }, [])[0];
  assert.ok(files);
  const pkg = new Package(files, library);
  const theirs = run("go", ["run", "./layout"], { cwd: join(root, "test/go") });
  assert.equal(theirs.status, 0, theirs.stderr);
  let compared = 0;
  const ours = new Map<string, string>();
  for (const name of ["small", "nested", "locks", "shapes", "embedding"]) {
    const entity = pkg.lookup(atoms.intern(name));
    const struct = entity?.kind === "type" ? underlying(entity.type) : undefined;
    assert.ok(struct?.kind === "struct", name);
    for (const field of layoutOf(struct, arch)) ours.set(`${name} ${field.name}`, `${field.offset} ${field.size}`);
  }
  for (const line of theirs.stdout.trim().split("\n")) {
    const [type = "", field = "", offset, size] = line.replace(/\[[^ ]*\]/, "").split(" ");
    // The type parameter's size is not known, and so nothing behind it is.
    if (type === "shapes" && (field === "v" || field === "z")) {
      assert.equal(ours.get(`${type} ${field}`), undefined);
      continue;
    }
    // A length that is computed is not worked out: the field and those behind it are left out.
    if (type === "nested" && (field === "pad" || field === "last")) continue;
    assert.equal(ours.get(`${type} ${field}`), `${offset} ${size}`, line);
    compared++;
  }
  assert.ok(compared > 30, `${compared} fields`);
});

test("an atomic beside a lock is a neighbour, behind padding or in another struct it is not", () => {
  const source = `package p

import (
	"sync"
	"sync/atomic"
)

type near struct {
	mu   sync.Mutex
	hits atomic.Int64
	size int
}

func (n *near) hit() { n.hits.Add(1); n.size++ }

type far struct {
	mu   sync.Mutex
	pad  [64]byte
	away atomic.Int64
}

func (f *far) hit() { f.away.Add(1) }

type two struct {
	first, second sync.Mutex
	twin          atomic.Int64
}

func (t *two) a() { t.first.Lock() }
func (t *two) b() { t.second.Lock() }

type other struct{ twin atomic.Int64 }

func (o *other) hit() { o.twin.Add(1) }
`;
  const memory = new MemoryFiles({ "/p/p.go": source });
  const files = loadDirectory(memory, build, "/p", "p", { bodies: true, tests: false }, [])[0];
  assert.ok(files);
  const pkg = new Package(files, library);
  assert.deepEqual(cacheNeighbours(pkg, "near", "mu", arch), [{ field: "hits", distance: 8, writers: ["near.hit"] }]);
  assert.deepEqual(cacheNeighbours(pkg, "far", "mu", arch), []);
  assert.deepEqual(cacheNeighbours(pkg, "two", "first", arch), [{ field: "second", distance: 8, writers: ["two.b"] }]);
});
