// Races that were fixed in public repositories: is each found at the commit before its fix, and gone at the fix?
// Usage: real-fixes REPOSITORIES, a folder with clones as owner/name. Clones are read only; nothing of them is kept.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fail, root } from "./setup.mjs";

const [repositories = "", labels = join(root, "test/cases/real-fixes.json")] = process.argv.slice(2);
if (!existsSync(repositories)) fail("usage: real-fixes REPOSITORIES [LABELS]: a folder with clones as owner/name");
const work = mkdtempSync(join(tmpdir(), "maprace-fixes-"));
process.on("exit", () => rmSync(work, { recursive: true, force: true }));

/** Findings of a commit's module: undefined where the commit is not in the clone. */
function findingsAt(clone, commit, moduleRoot) {
  const dir = join(work, commit);
  if (!existsSync(dir)) {
    const archive = spawnSync("git", ["archive", "--format=tar", commit], { cwd: clone, maxBuffer: 1 << 30 });
    if (archive.status !== 0) return undefined;
    mkdirSync(dir);
    if (spawnSync("tar", ["-x", "-C", dir], { input: archive.stdout }).status !== 0) return undefined;
  }
  const args = ["scan", "-C", join(dir, moduleRoot), "--no-tests", "--format", "json", "--fail-on", "never"];
  const result = spawnSync(process.execPath, [join(root, "dist/maprace.js"), ...args], {
    encoding: "utf8",
    maxBuffer: 1 << 29,
    timeout: 600_000,
  });
  rmSync(dir, { recursive: true });
  return result.status === 0 ? JSON.parse(result.stdout).findings : undefined;
}

const places = (finding) =>
  [finding.primary, finding.other, ...finding.more].map(({ location }) => `${location.path}:${location.line}`);
const inModule = (moduleRoot, [path, line]) =>
  `${moduleRoot !== "" && path.startsWith(`${moduleRoot}/`) ? path.slice(moduleRoot.length + 1) : path}:${line}`;

const counts = { found: 0, missed: 0, gone: 0, left: 0, silent: 0, loud: 0, absent: 0 };
console.log("| case | repository | map | before the fix | at the fix |\n|---|---|---|---|---|");
for (const one of JSON.parse(readFileSync(labels, "utf8"))) {
  if (one.expect === "unmatched" || (one.expect === "found" && !["S1", "S2"].includes(one.cls))) continue;
  const clone = join(repositories, one.repo);
  const before = existsSync(clone) ? findingsAt(clone, one.parent, one.module_root) : undefined;
  if (before === undefined) {
    counts.absent++;
    continue;
  }
  const racing = new Set(one.racing_before.map((place) => inModule(one.module_root, place)));
  const hits = before.filter((finding) =>
    places(finding)
      .slice(0, 2)
      .some((place) => racing.has(place)),
  );
  if (one.expect === "silent") {
    counts[hits.length === 0 ? "silent" : "loud"]++;
    console.log(
      `| ${one.n} | ${one.repo} | ${one.ident} | ${hits.length === 0 ? "silent, as it should be" : "reported"} | |`,
    );
    continue;
  }
  counts[hits.length > 0 ? "found" : "missed"]++;
  let after = "";
  if (hits.length > 0) {
    const later = findingsAt(clone, one.fix, one.module_root) ?? [];
    const pairs = new Set(hits.map(({ rule, object, primary }) => `${rule} ${object} ${primary.function}`));
    const left = later.filter(({ rule, object, primary }) => pairs.has(`${rule} ${object} ${primary.function}`));
    counts[left.length === 0 ? "gone" : "left"]++;
    after =
      left.length === 0
        ? "gone"
        : left.map(({ primary }) => `${basename(primary.location.path)}:${primary.location.line}`).join(", ");
  }
  console.log(
    `| ${one.n} | ${one.repo} | ${one.ident} | ${hits.map(({ rule }) => rule).join(", ") || "missed"} | ${after} |`,
  );
}
const { found, missed, gone, left, silent, loud, absent } = counts;
console.log(
  `\nfound ${found} of ${found + missed}; at the fix gone ${gone} of ${gone + left}; silent ${silent} of ${silent + loud}; not at hand ${absent}`,
);
