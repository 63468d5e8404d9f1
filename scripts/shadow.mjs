// Shadow run: the rules of another revision and those of the working tree, side by side over the same code. Prints what
// differs. With --strict, a labelled race lost or a labelled false alarm gained fails. Usage: shadow [REF] [--strict] [DIR...]
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fail, node, root, step } from "./setup.mjs";

const args = process.argv.slice(2);
const strict = args.includes("--strict");
const [ref = "HEAD~1", ...dirs] = args.filter((arg) => !arg.startsWith("--"));

function output(command, list, options = {}) {
  const result = spawnSync(command, list, { cwd: root, encoding: "utf8", maxBuffer: 1 << 29, ...options });
  return result.status === null || result.error !== undefined ? undefined : result;
}

if (output("git", ["rev-parse", "--verify", "--quiet", `${ref}^{commit}`])?.status !== 0) {
  console.log(`shadow: not run, there is no revision ${ref} here`);
  process.exit(0);
}

const other = mkdtempSync(join(tmpdir(), "maprace-shadow-"));
process.on("exit", () => rmSync(other, { recursive: true, force: true }));
const archive = spawnSync("git", ["archive", "--format=tar", ref], { cwd: root, maxBuffer: 1 << 29 });
if (spawnSync("tar", ["-x", "-C", other], { input: archive.stdout }).status !== 0)
  fail("the revision cannot be unpacked");
symlinkSync(join(root, "node_modules"), join(other, "node_modules"));
step(`build of ${ref}`);
if (spawnSync(process.execPath, ["scripts/build.mjs"], { cwd: other, stdio: "inherit" }).status !== 0)
  fail(`${ref} does not build`);
step("build of the working tree");
if (node(["scripts/build.mjs"]) !== 0) fail("the build failed");

const goroot = output("go", ["env", "GOROOT"], { cwd: tmpdir() })?.stdout.trim() ?? "";
const builds = { old: join(other, "dist/maprace.js"), new: join(root, "dist/maprace.js") };
const scan = (build, dir) => {
  const result = output(process.execPath, [
    build,
    "scan",
    "-C",
    dir,
    "--format",
    "json",
    "--fail-on",
    "never",
    "./...",
  ]);
  if (result?.status !== 0) fail(`${dir}: ${result?.stderr ?? "the scan failed"}`);
  const { findings } = JSON.parse(result.stdout);
  return new Map(
    findings.map((one) => {
      const { location } = one.primary;
      return [`${location.path}:${location.line} ${one.map}`, `${one.rule} ${one.message}`];
    }),
  );
};

const corpora = [join(root, "sample"), join(root, "test/cases/small"), join(goroot, "src/net/http"), ...dirs];
for (const dir of corpora.filter((one) => existsSync(one))) {
  const [before, after] = [scan(builds.old, dir), scan(builds.new, dir)];
  const gone = [...before].filter(([key]) => !after.has(key));
  const come = [...after].filter(([key]) => !before.has(key));
  console.log(`${dir}: ${before.size} findings before, ${after.size} after`);
  for (const [key, text] of gone) console.log(`  - ${key}: ${text}`);
  for (const [key, text] of come) console.log(`  + ${key}: ${text}`);
}

let worse = 0;
for (const list of [[join(root, "test/cases/small")], [join(goroot, "src/runtime/race/testdata")]]) {
  const [before, after] = ["old", "new"].map((which) =>
    JSON.parse(output(process.execPath, [builds[which], "eval", "--format", "json", ...list])?.stdout ?? "{}"),
  );
  const lost = (after.missed ?? []).filter((one) => !(before.missed ?? []).includes(one));
  const alarms = (after.falseAlarms ?? []).filter((one) => !(before.falseAlarms ?? []).includes(one));
  console.log(`${list[0]}: F1 ${before.f1?.toFixed(3)} before, ${after.f1?.toFixed(3)} after`);
  for (const one of lost) console.log(`  lost: ${one}`);
  for (const one of alarms) console.log(`  new false alarm: ${one}`);
  worse += lost.length + alarms.length;
}
if (strict && worse > 0) fail(`${worse} labelled verdicts got worse`);
