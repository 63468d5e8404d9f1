import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { after, before, test } from "node:test";
import { EditorWindow } from "../harness/editor.ts";
import { root, run } from "../harness/tools.ts";
import { stopsAtWrites } from "../harness/watchpoint.ts";

const raceless =
  spawnSync("gcc", ["--version"]).status === 0 ? false : "the race detector needs a C compiler, and there is none";
const delve = (process.env["PATH"] ?? "")
  .split(delimiter)
  .map((dir) => join(dir, "dlv"))
  .find(existsSync);
const undebugged = delve === undefined ? "Delve could not be installed" : false;

/** Writes one map from four goroutines until the runtime ends it. */
const crashing = `package main

import "time"

var seen = map[int]int{}

func main() {
	for g := range 4 {
		go func() {
			for {
				seen[g]++
			}
		}()
	}
	time.Sleep(time.Minute)
}
`;

/** Two goroutines in turns: they never collide by chance. */
const slow = `package main

import "time"

var slow = map[int]int{}

func main() {
	go func() {
		for {
			time.Sleep(200 * time.Millisecond)
			slow[1]++
			time.Sleep(200 * time.Millisecond)
		}
	}()
	for i := 0; i < 100; i++ {
		// In turns with the other.
		slow[2]++
		time.Sleep(400 * time.Millisecond)
	}
}
`;

const racing = `package racing

import "testing"

func TestRacing(t *testing.T) {
	m := map[int]int{}
	done := make(chan bool)
	go func() { m[1] = 1; close(done) }()
	m[2] = 2
	<-done
}
`;

let editor: EditorWindow;

before(async () => {
  editor = await EditorWindow.open(join(root, "sample"), {
    open: "web/server.go",
    files: {
      "cmd/crash/crash.go": crashing,
      "cmd/slow/slow.go": slow,
      "racing/racing_test.go": racing,
      ".vscode/settings.json": JSON.stringify({ "maprace.verify.delve": delve }),
    },
  });
});

after(async () => {
  await editor.screenshot("verify-last");
  await editor.close();
});

test("a finding is verified from the lightbulb to the badge", { skip: raceless }, async () => {
  const { page } = editor;
  await editor.goToLine(39, 5);
  await editor.squiggles().first().waitFor({ state: "attached" });
  await page.keyboard.press("Control+.");
  const action = page.locator(".action-widget .action", { hasText: "Verify: run tests until it collides" }).first();
  await action.waitFor();
  await editor.screenshot("verify-lightbulb");
  const focused = page.locator(".action-widget .action.focused", { hasText: "Verify" });
  for (let step = 0; step < 10 && (await focused.count()) === 0; step++) await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.locator(".notification-list-item", { hasText: "Confirmed: the race detector saw" }).first().waitFor();
  await page.locator(".squiggly-error").first().waitFor({ state: "attached" });
  await editor.screenshot("verify-confirmed");
  await editor.command("Notifications: Clear All Notifications");
  await editor.goToLine(39, 3);
  await editor.command("Show or Focus Hover");
  const card = page.locator(".monaco-hover:visible").first();
  await card.locator("text=Verified").first().waitFor();
  const text = ((await card.textContent()) ?? "").replaceAll("\u00a0", " ");
  for (const word of ["Confirmed", "MR101", "race detector saw the collision", "go1."])
    assert.ok(text.includes(word), text);
  await editor.screenshot("verify-hover");
  await page.keyboard.press("Escape");
  await editor.command("Maprace: Focus on Findings View");
  const tree = page.locator(".pane-body .monaco-list");
  await tree.locator(".monaco-list-row", { hasText: "Confirmed" }).first().waitFor();
});

test("an imported log is joined with its finding, and both stacks are walked", { skip: raceless }, async () => {
  const { page } = editor;
  const binary = join(editor.data, "shop");
  assert.equal(run("go", ["build", "-race", "-o", binary, "."], { cwd: editor.folder }).status, 0);
  // The service listens until it is ended; its races at start are in the log by then.
  const log = spawnSync(binary, [], { encoding: "utf8", timeout: 3000, killSignal: "SIGKILL" }).stderr;
  assert.match(log, /DATA RACE/);
  writeFileSync(join(editor.folder, "race.log.1"), log.replaceAll("\n", "\r\n"));
  await editor.openFile("race.log.1");
  await page.locator(".statusbar-item", { hasText: "Go Race Report" }).first().waitFor();
  await page.locator(".detected-link").first().waitFor();
  await editor.screenshot("race-log");
  await editor.command("Maprace: Import Race Report or Crash Log...");
  await editor.pick("From race.log.1");
  const tree = page.locator(".pane", { hasText: "Race Reports" }).locator(".monaco-list");
  const report = tree.locator(".monaco-list-row", { hasText: "data race" }).first();
  await report.waitFor();
  assert.match((await report.textContent()) ?? "", /MR101 stock/);
  await report.click();
  await page.keyboard.press("ArrowRight");
  await tree.locator(".monaco-list-row", { hasText: "by goroutine" }).nth(1).waitFor();
  await editor.screenshot("race-reports");
  for (const at of [0, 1]) {
    await editor.openFile("inventory.go");
    await tree.locator(".monaco-list-row", { hasText: "main.load.func1" }).nth(at).click();
    await page.locator(".tab.active", { hasText: "main.go" }).waitFor();
  }
});

test("tests run with the race detector; no race proves nothing", { skip: raceless }, async () => {
  const { page } = editor;
  await editor.openFile("store/inventory_test.go");
  await editor.command("Maprace: Run Tests with Race Detector...");
  await editor.pick("Tests of this package");
  await page.locator(".statusbar-item", { hasText: "no race was seen; that proves nothing" }).first().waitFor();
});

test("the Test Explorer runs a test with the race detector, and its race is listed", { skip: raceless }, async () => {
  const { page } = editor;
  await editor.command("Testing: Focus on Test Explorer View");
  const explorer = page.locator(".test-explorer");
  const row = explorer.locator(".monaco-list-row", { hasText: "racing_test.go" }).first();
  await row.waitFor();
  await row.click({ button: "right" });
  await page.locator(".monaco-menu .action-label", { hasText: "Execute Using Profile" }).first().hover();
  await page.keyboard.press("Enter");
  await editor.pick("Race Detector");
  await explorer.locator(".codicon-testing-failed-icon").first().waitFor();
  await editor.screenshot("test-explorer-race");
  await editor.command("Maprace: Focus on Race Reports View");
  await page
    .locator(".pane", { hasText: "Race Reports" })
    .locator(".monaco-list-row", { hasText: "TestRacing" })
    .first()
    .waitFor();
});

test("text without a report is said to hold none", async () => {
  const { page } = editor;
  await editor.openFile("go.mod");
  await editor.command("Maprace: Import Race Report or Crash Log...");
  await editor.pick("From go.mod");
  await page.locator(".notification-list-item", { hasText: "holds no race report" }).first().waitFor();
  await editor.command("Notifications: Clear All Notifications");
});

test("a finding is called intended with a reason, and comes back when that is forgotten", async () => {
  const { page } = editor;
  await editor.openFile("store/inventory.go");
  await editor.goToLine(41, 14);
  await editor.squiggles().first().waitFor({ state: "attached" });
  await editor.command("Maprace: Mark as intended...");
  await page.locator(".quick-input-widget input").fill("only called before the shop opens");
  await page.keyboard.press("Enter");
  await editor.squiggles().first().waitFor({ state: "detached" });
  await editor.command("Maprace: Focus on Findings View");
  const silenced = page.locator(".pane-body .monaco-list-row", { hasText: "Intended, suppressed or refuted" }).first();
  await silenced.waitFor();
  await silenced.click();
  await page.keyboard.press("ArrowRight");
  await editor.screenshot("intended");
  const storage = readFileSync(
    run("find", [editor.data, "-name", "verdicts.json", "-path", "*maprace*"]).stdout.trim().split("\n")[0] ?? "",
    "utf8",
  );
  assert.match(storage, /only called before the shop opens/);
  await editor.openFile("store/inventory.go");
  await editor.goToLine(41, 14);
  await editor.command("Maprace: Forget Verdict");
  await editor.squiggles().first().waitFor({ state: "attached" });
});

test("a map is watched in the debugger: accesses are logged, the fatal stop shows both sites", {
  skip: undebugged,
}, async () => {
  const { page } = editor;
  await editor.openFile("cmd/crash/crash.go");
  await editor.goToLine(11, 6);
  await editor.squiggles().first().waitFor({ state: "attached" });
  await editor.command("Maprace: Watch This Map in Debugger");
  await editor.pick("This program");
  await page.locator(".debug-toolbar").waitFor();
  await page.locator(".notification-list-item", { hasText: "concurrent map writes: both accesses" }).first().waitFor();
  await editor.screenshot("debug-stop");
  const tree = page.locator(".pane", { hasText: "Race Reports" }).locator(".monaco-list");
  await tree.locator(".monaco-list-row", { hasText: "concurrent map writes" }).first().waitFor();
  await page.keyboard.press("Shift+F5");
  await page.locator(".debug-toolbar").waitFor({ state: "hidden" });
  const gutter = page.locator(".codicon-debug-breakpoint-log");
  await gutter.first().waitFor({ state: "detached" });
  await page.locator(".debug-toolbar").waitFor({ state: "hidden" });
  const left = run("ps", ["-eo", "args"])
    .stdout.split("\n")
    .filter((line) => line.includes("/watched") && line.includes(editor.data));
  assert.deepEqual(left, []);
});

test("a watch is narrowed to one map, and stops at each write of it", { skip: undebugged }, async (t) => {
  const { page } = editor;
  await editor.command("Notifications: Clear All Notifications");
  await editor.openFile("cmd/slow/slow.go");
  await editor.goToLine(17, 5);
  await editor.squiggles().first().waitFor({ state: "attached" });
  await editor.command("Maprace: Watch This Map in Debugger");
  await editor.pick("This program");
  await page.locator(".repl .monaco-list-row", { hasText: "write slow" }).first().waitFor();
  await editor.command("Maprace: Narrow Map Watch...");
  await page.locator(".quick-input-list .monaco-list-row", { hasText: "Only map 0x" }).first().waitFor();
  await editor.screenshot("debug-narrow");
  await editor.pick("Only map 0x");
  await editor.command("Maprace: Narrow Map Watch...");
  await editor.pick("Stop at each write");
  if (!stopsAtWrites(delve ?? "")) {
    t.diagnostic("this machine's debug registers do nothing, so that it would stop was not seen");
    await page.keyboard.press("Shift+F5");
    return page.locator(".debug-toolbar").waitFor({ state: "hidden" });
  }
  // It stops in the runtime, behind the toggle of the map's own flag.
  const stop = page.locator(".debug-call-stack", { hasText: "runtime.mapassign_fast64" }).first();
  await stop.waitFor({ timeout: 15_000 }).catch(async (error: unknown) => {
    const seen = await page.locator(".debug-call-stack, .notification-list-item, .repl").allTextContents();
    throw new Error(`${String(error)}\n${seen.join("\n")}`);
  });
  await editor.screenshot("debug-write");
  await page.keyboard.press("Shift+F5");
  await page.locator(".debug-toolbar").waitFor({ state: "hidden" });
});
