import assert from "node:assert/strict";
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { readCases, writeModule } from "../harness/archive.ts";
import { maprace, root, scratch } from "../harness/tools.ts";

const wide = ["--format", "json", "--fail-on", "never", "--min-confidence", "possible"];

function findings(args: readonly string[]): unknown[] {
  const result = maprace([...args, ...wide]);
  assert.equal(result.status, 0, result.stderr);
  return (JSON.parse(result.stdout) as { findings: unknown[] }).findings;
}

/** Directories with Go files, as patterns. */
function packages(dir: string): string[] {
  const files = readdirSync(dir, { recursive: true }).map(String);
  return [...new Set(files.filter((file) => file.endsWith(".go")).map((file) => `./${dirname(file)}`))].sort();
}

function summarize(dir: string, out: string, groups: readonly (readonly string[])[]): string[] {
  return groups.map((group, index) => {
    const file = join(out, `${index}.facts`);
    const result = maprace(["summarize", ...group, "-C", dir, "-o", file, "--quiet"]);
    assert.equal(result.status, 0, result.stderr);
    return file;
  });
}

/** Calls that do nothing by themselves, and what findings know from them all the same. */
const idle = `package idle

type box struct{ m map[string]int }

func same(b *box) *box { return b }

func (b *box) size() int { return len("") }

// The goroutine is seen to have the value by a call that does nothing with it.
func Run() int {
	b := &box{m: map[string]int{}}
	go func() { same(b).m["a"] = 1 }()
	b.m["b"] = 2
	return b.size()
}

type pool struct{ jobs map[int]bool }

func (p *pool) StopAndWait() {}

func (p *pool) start(f func()) { go f() }

// What waits by its name waits, whatever it does.
func Wait() bool {
	p := &pool{jobs: map[int]bool{}}
	p.start(func() { p.jobs[1] = true })
	p.StopAndWait()
	return p.jobs[1]
}
`;

/** Locks, callbacks, interfaces and channels across packages: what one package's facts must say to another's. */
function crossPackages(dir: string): void {
  const files: Record<string, string> = {
    "go.mod": "module example.com/cross\n\ngo 1.24\n",
    "lock/lock.go": `package lock

import "sync"

type Guard struct{ mu sync.Mutex }

func (g *Guard) Lock()   { g.mu.Lock() }
func (g *Guard) Unlock() { g.mu.Unlock() }

func (g *Guard) With(f func()) {
	g.Lock()
	defer g.Unlock()
	f()
}
`,
    "store/store.go": `package store

import "example.com/cross/lock"

type Store struct {
	g lock.Guard
	m map[string]int
}

func New() *Store { return &Store{m: map[string]int{}} }

func (s *Store) Add(k string) { s.g.With(func() { s.m[k]++ }) }

// What these do, another package's facts say.
func (s *Store) lock()   { s.g.Lock() }
func (s *Store) unlock() { s.g.Unlock() }

func (s *Store) Drop(k string) {
	s.lock()
	defer s.unlock()
	delete(s.m, k)
}

func (s *Store) Len() int { return len(s.m) }

func (s *Store) All() map[string]int {
	s.g.Lock()
	defer s.g.Unlock()
	return s.m
}
`,
    "idle/idle.go": idle,
    "cmd/main.go": `package main

import "example.com/cross/store"

var seen = map[string]bool{}

func main() {
	s := store.New()
	for range 3 {
		go func() {
			s.Add("a")
			seen["a"] = true
		}()
	}
	for k := range s.All() {
		println(k, s.Len()) //maprace:ignore MR105 only printed
	}
}
`,
  };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), text);
  }
}

for (const [name, write] of [
  ["the sample", (dir: string) => cpSync(join(root, "sample"), dir, { recursive: true })],
  ["packages that lock for each other", crossPackages],
  ["shapes", (dir: string) => writeModule(dir, readCases(join(root, "test/fixtures/shapes/loud")))],
  ["shapes that are no races", (dir: string) => writeModule(dir, readCases(join(root, "test/fixtures/shapes/quiet")))],
] as const) {
  test(`facts of packages apart, linked, give the findings of one scan: ${name}`, () => {
    const dir = join(scratch(), "module");
    write(dir);
    const whole = findings(["scan", "-C", dir]);
    assert.ok(whole.length > 0);
    const all = packages(dir);
    const groups = name.startsWith("shapes") ? [all.slice(0, 20), all.slice(20)] : all.map((one) => [one]);
    const files = summarize(dir, scratch(), groups);
    assert.deepEqual(findings(["link", ...files, "-C", dir]), whole);
    assert.deepEqual(findings(["link", ...files.reverse(), "-C", dir]), whole);
  });
}

test("facts hold in another copy of the sources", () => {
  const dir = join(scratch(), "module");
  crossPackages(dir);
  const whole = findings(["scan", "-C", dir]);
  const files = summarize(dir, scratch(), [packages(dir)]);
  const moved = join(scratch(), "elsewhere");
  renameSync(dir, moved);
  assert.deepEqual(findings(["link", ...files, "-C", moved]), whole);
});

test("what has changed since, what is missing and what are no facts is told", () => {
  const dir = join(scratch(), "module");
  crossPackages(dir);
  const [file = ""] = summarize(dir, scratch(), [packages(dir)]);
  writeFileSync(join(dir, "cmd/main.go"), `// A line more.\n${readFileSync(join(dir, "cmd/main.go"), "utf8")}`);
  assert.match(maprace(["link", file, "-C", dir]).stderr, /cmd\/main\.go: has changed since it was summarised/);
  const broken = join(scratch(), "broken.facts");
  const whole = readFileSync(file);
  const damaged = Buffer.from(whole);
  damaged[whole.length >> 1] = ~(whole[whole.length >> 1] ?? 0) & 255;
  for (const [bytes, message] of [
    [Buffer.from("text"), /not a facts file/],
    [Buffer.from("maprace facts 0 \n"), /facts of version 0/],
    [damaged, /damaged/],
    [whole.subarray(0, -1), /damaged/],
  ] as const) {
    writeFileSync(broken, bytes);
    const result = maprace(["link", broken, "-C", dir]);
    assert.equal(result.status, 2);
    assert.match(result.stderr, message);
  }
  assert.match(maprace(["link", join(dir, "none.facts")]).stderr, /no such file/);
  assert.equal(maprace(["summarize", "./none", "-C", dir, "-o", broken]).status, 2);
});
