import assert from "node:assert/strict";
import { chmodSync, copyFileSync, cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { maprace, root, run, scratch } from "../harness/tools.ts";

const wide = ["--format", "json", "--fail-on", "never", "--min-confidence", "possible"];

/** The sample module with the example's makefile, and `maprace` as a program. */
function project() {
  const dir = join(scratch(), "module");
  cpSync(join(root, "sample"), dir, { recursive: true, filter: (path) => !path.includes(".maprace") });
  copyFileSync(join(root, "docs/distributed/maprace.mk"), join(dir, "maprace.mk"));
  const program = join(dir, "..", "maprace");
  writeFileSync(program, `#!/bin/sh\nexec "${process.execPath}" "${join(root, "dist/maprace.js")}" "$@"\n`);
  chmodSync(program, 0o755);
  const make = () => {
    const args = ["-f", "maprace.mk", "-j2", "maprace", `MAPRACE=${program}`, `MAPRACE_FLAGS=${wide.join(" ")}`];
    const env = { ...process.env, GOTOOLCHAIN: "local", GOFLAGS: "-mod=mod", MAPRACE_CACHE: "off" };
    const result = run("make", args, { cwd: dir, env });
    assert.equal(result.status, 0, result.stderr);
    return {
      findings: (JSON.parse(result.stdout.slice(result.stdout.indexOf("{"))) as { findings: unknown[] }).findings,
      summarized: [...result.stdout.matchAll(/summarize (\S+) -o/g)].map(([, name = ""]) => name).sort(),
    };
  };
  return { dir, make, program };
}

function scanned(dir: string): unknown[] {
  return (JSON.parse(maprace(["scan", "-C", dir, ...wide]).stdout) as { findings: unknown[] }).findings;
}

const withoutMake = (() => {
  try {
    return run("make", ["--version"]).status !== 0;
  } catch {
    return true;
  }
})();

test("in make's job graph a package is summarized when it or what it imports changed", { skip: withoutMake }, () => {
  const { dir, make } = project();
  const first = make();
  assert.ok(first.findings.length > 0);
  assert.deepEqual(first.findings, scanned(dir));
  assert.ok(first.summarized.length >= 3, first.summarized.join());
  assert.deepEqual(make(), { findings: first.findings, summarized: [] });

  const file = join(dir, "web/server.go");
  writeFileSync(file, readFileSync(file, "utf8").replace("visits[sku]++", "_ = visits"));
  const second = make();
  assert.deepEqual(second.findings, scanned(dir));
  assert.notDeepEqual(second.findings, first.findings);
  assert.deepEqual(second.summarized, ["./.", "./web"]);
});

/** What the steps of a workflow's job run, with expressions of the matrix filled in. */
function stepsOf(job: string, share: number): string[] {
  const workflow = readFileSync(join(root, "docs/distributed/workflow.yml"), "utf8");
  const from = workflow.indexOf(`\n  ${job}:\n`);
  assert.ok(from > 0, job);
  const rest = workflow.slice(from + 1);
  const next = rest.search(/\n {2}\S/);
  const text = next < 0 ? rest : rest.slice(0, next);
  return [...text.matchAll(/^\s*(?:- )?run: (.*)$/gm)].map(([, line = ""]) =>
    line.replaceAll(/\$\{\{ matrix\.share \}\}/g, `${share}`),
  );
}

test("the jobs of the CI matrix, each in a checkout of its own, find what one scan finds", {
  skip: withoutMake,
}, () => {
  const { dir, program } = project();
  const away = scratch();
  writeFileSync(join(away, "npx"), `#!/bin/sh\nshift\nexec "${program}" "$@"\n`);
  chmodSync(join(away, "npx"), 0o755);
  const path = `${away}:${process.env["PATH"]}`;
  const env = { ...process.env, PATH: path, GOTOOLCHAIN: "local", GOFLAGS: "-mod=mod", MAPRACE_CACHE: "off" };
  /** A job in its checkout; answers its output. */
  const job = (name: string, share: number, checkout: string, more = "") => {
    cpSync(dir, checkout, { recursive: true });
    return stepsOf(name, share).map((step) => {
      const result = run("bash", ["-e", "-c", `${step}${more}`], { cwd: checkout, env });
      assert.equal(result.status, 0, `${step}\n${result.stderr}`);
      return result.stdout;
    });
  };
  const linking = join(away, "link");
  for (const share of [0, 1, 2, 3]) {
    const checkout = join(away, `share${share}`);
    assert.equal(job("summarize", share, checkout).length, 1);
    cpSync(join(checkout, "share.facts"), join(linking, `facts-${share}/share.facts`));
  }
  const [json = ""] = job("link", 0, linking, ` ${wide.join(" ")}`);
  assert.deepEqual((JSON.parse(json) as { findings: unknown[] }).findings, scanned(dir));
});
