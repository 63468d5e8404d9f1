import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { serveAsWatchdog, watchMainThread } from "../../server/src/host/watchdog.ts";

/** What this file does where a test runs it as a program of its own. */
const role = process.env["MAPRACE_TEST_ROLE"];

function runAs(wanted: "hangs" | "is busy in pieces") {
  const env: NodeJS.ProcessEnv = { ...process.env, MAPRACE_TEST_ROLE: wanted };
  // Else it would report to this test's runner.
  Reflect.deleteProperty(env, "NODE_TEST_CONTEXT");
  return spawnSync(process.execPath, [__filename], { env, encoding: "utf8", timeout: 60_000 });
}

if (serveAsWatchdog()) {
  // In the watching thread.
} else if (role === "hangs") {
  watchMainThread(2);
  for (;;);
} else if (role === "is busy in pieces") {
  watchMainThread(2);
  const end = performance.now() + 5000;
  const timer = setInterval(() => {
    for (const until = performance.now() + 900; performance.now() < until; );
    if (performance.now() > end) clearInterval(timer);
  }, 1);
} else {
  test("a process whose main thread hangs is ended, and says so", () => {
    const { signal, stderr } = runAs("hangs");
    assert.equal(signal, "SIGKILL");
    assert.match(stderr, /no answer for 2 s, this server ends itself/);
  });

  test("one that is busy and comes to itself between is not", () => {
    const { signal, status, stderr } = runAs("is busy in pieces");
    assert.deepEqual([signal, status, stderr], [null, 0, ""]);
  });
}
