// A scan against `go vet ./...` in a real module, with nothing kept by either, and after one edited file.
import { appendFileSync, chmodSync, cpSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { note } from "./history.mjs";
import { root } from "./setup.mjs";

/** Large, with dependencies that are larger; fetched when the step is run, and no part of anything else. */
const wanted = "github.com/prometheus/prometheus@v0.316.0";
/** From what most packages see to what none does. */
const edited = ["model/labels/labels_common.go", "tsdb/head.go", "promql/engine.go", "cmd/prometheus/main.go"];

/** A copy of the module that may be written to, and the environment to work in it; undefined where it cannot be fetched. */
function fetched(out, capture) {
  const dir = join(out, "vet");
  const module = join(dir, "module");
  const env = { ...process.env, GOMODCACHE: join(dir, "modcache"), GOWORK: "off", GOFLAGS: "-buildvcs=false" };
  mkdirSync(dir, { recursive: true });
  const { stdout } = capture("go", ["mod", "download", "-json", wanted], { cwd: dir, env });
  const from = stdout === "" ? undefined : JSON.parse(stdout).Dir;
  if (from === undefined) return undefined;
  rmSync(module, { recursive: true, force: true });
  cpSync(from, module, { recursive: true });
  for (const one of readdirSync(module, { recursive: true, withFileTypes: true }))
    chmodSync(join(one.parentPath, one.name), one.isDirectory() ? 0o755 : 0o644);
  return capture("go", ["mod", "download"], { cwd: module, env }).status === 0 ? { dir, module, env } : undefined;
}

/** `capture` runs a command and says how long it took. */
export function vet(out, capture) {
  const real = fetched(out, capture);
  if (real === undefined) return console.log(`${wanted} cannot be fetched here`);
  const { dir, module } = real;
  const env = { ...real.env, GOCACHE: join(dir, "gocache"), MAPRACE_CACHE: join(dir, "cache") };
  for (const kept of [env.GOCACHE, env.MAPRACE_CACHE]) rmSync(kept, { recursive: true, force: true });
  const scan = [join(root, "dist/maprace.js"), "scan", "--fail-on", "never", "--quiet", "./..."];
  const both = (what) => {
    const theirs = capture("go", ["vet", "./..."], { cwd: module, env }).seconds;
    const ours = capture(process.execPath, scan, { cwd: module, env }).seconds;
    note(`scan over go vet, ${what}`, ours / theirs);
    console.log(`${what}: go vet ${theirs.toFixed(1)} s, ours ${ours.toFixed(1)} s, ${(theirs / ours).toFixed(1)}x`);
  };
  both("nothing kept");
  for (const path of edited) {
    if (!existsSync(join(module, path))) continue;
    appendFileSync(join(module, path), "\nfunc addedForTheBenchmark() int { return 1 }\n");
    both(`after an edit of ${path}`);
  }
}
