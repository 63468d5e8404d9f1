// Time and memory of a cold scan against the size of a module: real packages of the standard library, copied as often as it takes.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "./setup.mjs";

const sizes = [10_000, 100_000, 1_000_000, 2_000_000];

/** Go files of GOROOT/src with their lines; commands, tests and what is no package left out. */
function sources(dir) {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /(?<!_test)\.go$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(dir.length + 1))
    .filter((path) => !/(^|\/)(cmd|testdata|vendor)\//.test(path))
    .sort()
    .map((path) => ({ path, lines: readFileSync(join(dir, path), "latin1").split("\n").length }));
}

/** Writes a module of at least `wanted` lines; answers how many it has. */
function generate(from, files, to, wanted) {
  rmSync(to, { recursive: true, force: true });
  mkdirSync(to, { recursive: true });
  writeFileSync(join(to, "go.mod"), "module example.com/growth\n\ngo 1.24\n");
  let lines = 0;
  for (let copy = 0; lines < wanted; copy++)
    for (const { path, lines: more } of files) {
      if (lines >= wanted) break;
      const target = join(to, `copy${copy}`, path);
      mkdirSync(dirname(target), { recursive: true });
      copyFileSync(join(from, path), target);
      lines += more;
    }
  return lines;
}

/** A module of at least `wanted` lines: where it is, and how many it has. */
export function grown(goroot, out, wanted) {
  const from = join(goroot, "src");
  const dir = join(out, "growth");
  return { dir, lines: generate(from, sources(from), dir, wanted) };
}

/** The exponent of y = c * x^e that fits best: 1 is linear. */
export function exponent(points) {
  const logs = points.map(([x, y]) => [Math.log(x), Math.log(y)]);
  const mean = (index) => logs.reduce((sum, point) => sum + point[index], 0) / logs.length;
  const [x, y] = [mean(0), mean(1)];
  const over = logs.reduce((sum, [a, b]) => sum + (a - x) * (b - y), 0);
  return over / logs.reduce((sum, [a]) => sum + (a - x) ** 2, 0);
}

/** `capture` runs a command and says how long it took. */
export function growth(goroot, out, capture) {
  return sizes.map((wanted) => {
    const { dir, lines } = grown(goroot, out, wanted);
    const args = ["scan", "-C", dir, "--format", "json", "--fail-on", "never"];
    const env = { ...process.env, MAPRACE_CACHE: join(out, "growth-cache") };
    rmSync(env.MAPRACE_CACHE, { recursive: true, force: true });
    const command = [join(root, "dist/maprace.js"), ...args];
    const cold = capture(process.execPath, ["--require", join(root, "scripts/memory.cjs"), ...command], { env });
    const warm = capture(process.execPath, command, { env });
    const memory = Math.max(...[...cold.stderr.matchAll(/peak (\d+) MB/g)].map((match) => Number(match[1])));
    rmSync(dir, { recursive: true, force: true });
    return { lines, cold: cold.seconds, warm: warm.seconds, memory };
  });
}
