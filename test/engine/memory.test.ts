import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { Server } from "../bench/server.ts";
import { long } from "../harness/random.ts";
import { goroot, root, run, scratch } from "../harness/tools.ts";

/** Megabytes that a module of a million lines may take. */
const allowed = { cold: 1200, idle: 600 };

process.env["MAPRACE_CACHE"] = "off";

interface GrowthScript {
  readonly grown: (goroot: string, out: string, wanted: number) => { dir: string; lines: number };
}

test("a million lines are scanned, and kept by a server, in the memory that is allowed", {
  skip: !long || process.platform !== "linux",
}, async (t) => {
  const { grown } = (await import(pathToFileURL(join(root, "scripts/growth.mjs")).href)) as GrowthScript;
  const { dir, lines } = grown(goroot(), scratch(), 1_000_000);
  assert.ok(lines >= 1_000_000);
  const program = join(root, "dist/maprace.js");
  const scan = ["--require", join(root, "scripts/memory.cjs"), program, "scan", "-C", dir, "--fail-on", "never"];
  const { status, stderr } = run(process.execPath, scan);
  assert.equal(status, 0, stderr);
  // Each thread tells the most that the process ever had.
  const peaks = [...stderr.matchAll(/peak (\d+) MB/g)].map((match) => Number(match[1]));
  assert.ok(peaks.length > 0 && Math.max(...peaks) <= allowed.cold, `${peaks.join(", ")} MB`);

  const server = new Server(program);
  t.after(() => server.end());
  await server.begin(dir);
  const open = join(dir, "copy0/net/http/server.go");
  await server.open(open, readFileSync(open, "utf8"));
  // Until what the scan alone needed is collected.
  await pause(30_000);
  const { now } = server.memory();
  assert.ok(now > 0 && now <= allowed.idle, `${now} MB`);
});
