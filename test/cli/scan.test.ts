import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import Ajv from "ajv-draft-04";
import { goroot, maprace, root, run, scratch } from "../harness/tools.ts";

const racy = "package p\n\nfunc f() {\n\tm := map[int]int{}\n\tgo func() { m[1] = 1 }()\n\tm[2] = 2\n}\n";
const clean = "package p\n\nfunc f() {}\n";

function tree(files: Readonly<Record<string, string>>): string {
  const dir = scratch();
  for (const [name, text] of Object.entries({ "go.mod": "module example.com/m\n\ngo 1.24\n", ...files })) {
    const path = join(dir, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  return dir;
}

test("exit codes: 0 clean, 1 findings, 2 usage or nothing to scan", () => {
  assert.equal(maprace(["scan", "-C", tree({ "a.go": clean })]).status, 0);
  assert.equal(maprace(["scan", "-C", tree({ "a.go": racy })]).status, 1);
  assert.equal(maprace(["scan", "-C", tree({ "a.go": racy }), "--fail-on", "never"]).status, 0);
  assert.equal(maprace(["scan", "-C", tree({ "a.go": racy }), "--fail-on", "confirmed"]).status, 0);
  assert.equal(maprace(["scan", "-C", tree({})]).status, 2);
  assert.equal(maprace(["scan", "--format", "xml"]).status, 2);
  assert.equal(maprace(["scan", "-C", "/nowhere/at/all"]).status, 2);
  assert.equal(maprace(["no-such-command"]).status, 2);
  assert.equal(maprace(["scan", "-C", tree({ "a.go": clean }), "./missing"]).status, 2);
});

test("large scans read ahead; where that thread dies the findings are the same", (t) => {
  if (availableParallelism() < 2) return t.skip("one processor reads for itself");
  const names = Array.from({ length: 450 }, (_, index) => `p${index % 30}/f${index}.go`);
  const dir = tree(
    Object.fromEntries(
      names.map((name, index) => [name, `package p\n\nvar m${index} = map[int]int{}\n\nfunc f${index}() {}\n`]),
    ),
  );
  writeFileSync(join(dir, "p7/racy.go"), racy);
  // What comments say is found out where files are read, too.
  writeFileSync(join(dir, "p8/racy.go"), racy.replace("}()", "}() //maprace:ignore intended"));
  const built = scratch();
  copyFileSync(join(root, "dist/maprace.js"), join(built, "maprace.js"));
  const found = (reader: string) => {
    writeFileSync(join(built, "reader.js"), reader);
    const scan = [join(built, "maprace.js"), "scan", "-C", dir, "--format", "json", "--fail-on", "never"];
    const { stdout, stderr } = run(process.execPath, scan, { env: { ...process.env, MAPRACE_CACHE: "off" } });
    // Where the share of tested code is measured, Node says this of a thread that is ended.
    assert.equal(stderr.replace("Failed to stringify coverage profile result\n", ""), "");
    const { findings, summary } = JSON.parse(stdout) as { findings: unknown[]; summary: { suppressed: number } };
    assert.equal(summary.suppressed, 1);
    return findings;
  };
  const used = join(built, "used");
  const reader = JSON.stringify(join(root, "dist/reader.js"));
  const whole = found(`require("fs").writeFileSync(${JSON.stringify(used)}, ""); require(${reader});`);
  assert.ok(existsSync(used));
  assert.equal(whole.length, 1);
  assert.deepEqual(found("process.exit(1)"), whole);
  assert.deepEqual(found(`require(${reader}); setTimeout(() => process.exit(1), 100);`), whole);
  assert.deepEqual(found("throw new Error('broken')"), whole);
});

test("a scan ends at once, but not before the last of its output was read", async () => {
  const names = Array.from({ length: 400 }, (_, index) => `f${index}`);
  const dir = tree({
    "a.go": `package p\n\n${names.map((name) => racy.replace("package p\n\n", "").replace("f()", `${name}()`)).join("\n")}`,
  });
  const args = [join(root, "dist/maprace.js"), "scan", "-C", dir, "--format", "json"];
  const child = spawn(process.execPath, args, { env: { ...process.env, MAPRACE_CACHE: "off" } });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  // Far more than a pipe holds waits for its reader.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const { findings } = JSON.parse(await text(child.stdout)) as { findings: unknown[] };
  assert.equal(findings.length, names.length);
  assert.equal(await ended, 1);
});

test("text output names the map, shows both sites and keeps to 80 columns", () => {
  const result = maprace(["scan", "-C", join(root, "sample")]);
  assert.equal(result.status, 1);
  for (const word of ["stock", "cents", "visits", "inventory.go:41:9", "inv.mu", "http.ServeMux.HandleFunc"])
    assert.ok(result.stdout.includes(word), word);
  assert.deepEqual(
    result.stdout.split("\n").filter((line) => Array.from(line).length > 80),
    [],
  );
  assert.ok(!result.stdout.includes("\u001b"), "colour codes in a pipe");
});

test("the correct twins of the sample are not reported", () => {
  const json = JSON.parse(
    maprace(["scan", "-C", join(root, "sample"), "--format", "json", "--min-confidence", "possible"]).stdout,
  ) as {
    findings: { map: string; primary: { function: string } }[];
  };
  assert.deepEqual(
    json.findings.filter((one) => /Safe|Snapshot|countHit|loadSafe/.test(one.primary.function)),
    [],
  );
  assert.deepEqual([...new Set(json.findings.map((one) => one.map))].sort(), ["cents", "stock", "visits"]);
});

test("JSON output carries the summary and follows its schema", () => {
  const result = maprace(["scan", "-C", tree({ "a.go": racy }), "--format", "json"]);
  const data = JSON.parse(result.stdout) as {
    summary: Record<string, number>;
    findings: { rule: string; primary: { location: { path: string } } }[];
  };
  assert.deepEqual(Object.keys(data.summary).sort(), [
    "bytes",
    "files",
    "findings",
    "functions",
    "intended",
    "packages",
    "seconds",
    "suppressed",
    "unchanged",
  ]);
  assert.equal(data.summary["files"], 1);
  assert.equal(data.summary["findings"], data.findings.length);
  assert.equal(data.findings[0]?.primary.location.path, "a.go");
  const ajv = new Ajv({ allErrors: true });
  const valid = ajv.validate(JSON.parse(readFileSync(join(root, "docs/scan.schema.json"), "utf8")) as object, data);
  assert.ok(valid, ajv.errorsText());
});

test("SARIF output is valid against the 2.1.0 schema", () => {
  const dir = run("go", ["list", "-m", "-f", "{{.Dir}}", "github.com/owenrumney/go-sarif/v3"], {
    cwd: join(root, "test/go"),
  });
  run("go", ["mod", "download"], { cwd: join(root, "test/go") });
  const module =
    dir.stdout.trim() ||
    run("go", ["list", "-m", "-f", "{{.Dir}}", "github.com/owenrumney/go-sarif/v3"], {
      cwd: join(root, "test/go"),
    }).stdout.trim();
  const source = readFileSync(join(module, "pkg/report/v210/sarif/schema.go"), "utf8");
  const schema = JSON.parse(/const schema = `([^`]*)`/.exec(source)?.[1] ?? "") as object;
  const result = maprace(["scan", "-C", join(root, "test/cases/small"), "--format", "sarif"]);
  const log = JSON.parse(result.stdout) as Sarif;
  const ajv = new Ajv({ allErrors: true, validateFormats: false, strict: false });
  assert.ok(ajv.validate(schema, log), ajv.errorsText());
  const results = log.runs[0]?.results ?? [];
  assert.ok(results.length > 20);
  for (const one of results) {
    assert.equal(one.locations.length, 1);
    assert.equal(one.codeFlows[0]?.threadFlows.length, 2);
    assert.ok(one.partialFingerprints["maprace/v1"]);
    assert.ok(["possible", "likely", "confirmed"].includes(one.properties.confidence));
    assert.ok(one.relatedLocations.length > 0);
    assert.ok(!one.locations[0]?.physicalLocation.artifactLocation.uri.startsWith("/"));
  }
});

interface Sarif {
  runs: {
    results: {
      locations: { physicalLocation: { artifactLocation: { uri: string } } }[];
      relatedLocations: unknown[];
      codeFlows: { threadFlows: unknown[] }[];
      partialFingerprints: Record<string, string>;
      properties: { confidence: string };
    }[];
  }[];
}

test("GitHub output is one annotation a finding", () => {
  const result = maprace(["scan", "-C", tree({ "a.go": racy }), "--format", "github"]);
  assert.match(result.stdout, /^::warning file=a\.go,line=\d+,endLine=\d+,col=\d+,title=maprace MR10\d::/);
});

test("bad input is named, the rest is scanned, nothing hangs", () => {
  const dir = tree({
    "good/a.go": racy.replace("package p", "package good"),
    "broken/a.go": "package broken\n\nfunc f() {\n\tm := map[string]int{\n",
    "cycle/a/a.go": 'package a\n\nimport "example.com/m/cycle/b"\n\nvar A = b.B\n',
    "cycle/b/b.go": 'package b\n\nimport "example.com/m/cycle/a"\n\nvar B = a.A\n',
    "missing/a.go": 'package missing\n\nimport "example.org/not/there"\n\nvar _ = there.X\n',
    "badutf/a.go": "package badutf\n",
  });
  writeFileSync(
    join(dir, "badutf/b.go"),
    Buffer.concat([Buffer.from('package badutf\n\nvar s = "'), Buffer.from([0xff, 0xfe]), Buffer.from('"\n')]),
  );
  writeFileSync(
    join(dir, "good/big.go"),
    `package good\n\n// Code generated by a test. DO NOT EDIT.\n\nvar table = []int{\n${"\t1, 2, 3, 4, 5, 6, 7, 8,\n".repeat(850_000)}}\n`,
  );
  mkdirSync(join(dir, "good/directory.go"));
  symlinkSync(dir, join(dir, "good/loop"));
  symlinkSync(join(dir, "good/nowhere.go"), join(dir, "good/dangling.go"));
  execFileSync("mkfifo", [join(dir, "good/x.go")]);
  const result = maprace(["scan", "-C", dir]);
  assert.equal(result.status, 1, result.stderr);
  assert.ok(result.stdout.includes("good/a.go"));
  for (const place of ["good/x.go", "good/dangling.go", "broken/a.go:5", "example.org/not/there"])
    assert.ok(result.stderr.includes(place), `${place} is not named:\n${result.stderr}`);
});

test("an unreadable file is named", () => {
  const dir = tree({ "a.go": racy, "b.go": clean });
  chmodSync(dir, 0o755);
  chmodSync(join(dir, "b.go"), 0);
  // Root reads everything, so it looks as somebody else.
  const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  const result = spawnSync(process.execPath, [join(root, "dist/maprace.js"), "scan", "-C", dir], {
    encoding: "utf8",
    ...nobody,
  });
  assert.equal(result.status, 1, result.stderr);
  assert.ok(result.stderr.includes("b.go: cannot be read"));
});

test("a broken go.mod, no go.mod and a go.mod for another toolchain: scanned with a remark, nothing is run", () => {
  const broken = maprace([
    "scan",
    "-C",
    tree({ "go.mod": "module example.com/m\n\nrequire (\n\tnonsense\n", "a.go": racy }),
  ]);
  assert.equal(broken.status, 1);
  assert.match(broken.stderr, /go\.mod:4: require needs a path and a version/);
  const dir = scratch();
  writeFileSync(join(dir, "a.go"), racy);
  const none = maprace(["scan", "-C", dir]);
  assert.equal(none.status, 1);
  assert.match(none.stderr, /no go\.mod/);
  const bin = scratch();
  writeFileSync(join(bin, "go"), `#!/bin/sh\ntouch ${bin}/was-run\n`);
  chmodSync(join(bin, "go"), 0o755);
  const newer = maprace(
    ["scan", "-C", tree({ "go.mod": "module example.com/m\n\ngo 1.99\n\ntoolchain go1.99.1\n", "a.go": racy })],
    { env: { ...process.env, PATH: `${bin}:${process.env["PATH"] ?? ""}` } },
  );
  assert.equal(newer.status, 1);
  assert.match(newer.stderr, /go\.mod.*1\.99/);
  assert.throws(() => readFileSync(join(bin, "was-run")));
});

test("without Go's own sources the analysis still works", () => {
  const dir = tree({
    "a.go":
      'package p\n\nimport "sync"\n\ntype T struct {\n\tmu sync.Mutex\n\tm  map[int]int\n}\n\nfunc (t *T) A() { t.mu.Lock(); defer t.mu.Unlock(); t.m[1] = 1 }\nfunc (t *T) B() { t.mu.Lock(); defer t.mu.Unlock(); t.m[2] = 1 }\nfunc (t *T) C() int { return len(t.m) }\n',
  });
  const result = maprace(["scan", "-C", dir], { env: { HOME: dir, PATH: "/nowhere", MAPRACE_GOROOT_SEARCH: "off" } });
  assert.equal(result.status, 1, result.stderr);
  assert.match(result.stdout, /MR105/);
  assert.match(result.stderr, /Go's own sources were not found/);
});

test("patterns mean what they mean to go list", () => {
  const dir = tree({
    "a.go": clean,
    "x/x.go": clean,
    "x/testdata/t.go": racy,
    "x/_skip/s.go": racy,
    ".hidden/h.go": racy,
    "vendor/v/v.go": racy,
    "nested/go.mod": "module n\n",
    "nested/n.go": racy,
  });
  const count = (...patterns: string[]) =>
    (JSON.parse(maprace(["scan", "-C", dir, "--format", "json", ...patterns]).stdout) as { summary: { files: number } })
      .summary.files;
  const listed = (...patterns: string[]) =>
    run("go", ["list", "-f", "{{len .GoFiles}}", ...patterns], {
      cwd: dir,
      env: { ...process.env, GOFLAGS: "-mod=mod" },
    })
      .stdout.split("\n")
      .filter((line) => line !== "").length;
  for (const patterns of [["./..."], ["."], ["./x"], ["./x/..."], ["example.com/m/x"], ["example.com/m/..."]])
    assert.equal(count(...patterns), listed(...patterns), patterns.join(" "));
  assert.equal(count("./x/testdata"), 1);
});

test("the toolchain's own sources are scanned as one of its modules", () => {
  const result = maprace(["scan", "-C", join(goroot(), "src"), "--format", "json", "./sync/...", "net/textproto"]);
  const data = JSON.parse(result.stdout) as { summary: { packages: number }; findings: unknown[] };
  assert.ok(data.summary.packages >= 3);
  assert.deepEqual(data.findings, []);
});

test("any number of threads gives the same findings", () => {
  const scan = (jobs: number) => {
    const args = [
      "scan",
      "-C",
      join(goroot(), "src"),
      "--format",
      "json",
      "--min-confidence",
      "possible",
      "--fail-on",
      "never",
      "--jobs",
      String(jobs),
      "./net/...",
      "./crypto/...",
      "./encoding/...",
      "./go/...",
    ];
    const data = JSON.parse(maprace(args).stdout) as {
      findings: unknown[];
      problems: unknown[];
      summary: { seconds: number };
    };
    return { ...data, summary: { ...data.summary, seconds: 0 } };
  };
  const one = scan(1);
  assert.ok(one.findings.length > 0);
  assert.deepEqual(scan(3), one);
  assert.equal(maprace(["scan", "--jobs", "none"]).status, 2);
});

test("code nested without measure is named and left out, its neighbours are not", () => {
  const deep = `package p\n\nfunc g(a bool) bool {\n\treturn ${Array.from({ length: 40_000 }, () => "a").join(" ||\n\t\t")}\n}\n`;
  const result = maprace(["scan", "-C", tree({ "a.go": racy, "deep.go": deep })]);
  assert.equal(result.status, 1);
  assert.match(result.stderr, /deep\.go: .*g: is nested too deeply/);
});
