import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { EditorWindow } from "../harness/editor.ts";
import { liveFiles, startLive } from "../harness/live.ts";
import { root, run, scratch } from "../harness/tools.ts";

let editor: EditorWindow;
const dir = scratch();
const settings = { "maprace.profile.seconds": 1, "maprace.profile.benchtime": "60s" };

before(async () => {
  editor = await EditorWindow.open(join(root, "sample"), {
    open: "store/inventory_test.go",
    files: { ...liveFiles, ".vscode/settings.json": JSON.stringify(settings) },
  });
  await editor.page.locator(".codelens-decoration", { hasText: "Profile" }).first().waitFor();
});

after(async () => {
  await editor.close();
});

function writeSettings(more: object): void {
  writeFileSync(join(editor.folder, ".vscode/settings.json"), JSON.stringify({ ...settings, ...more }));
}

async function capture(url: string): Promise<void> {
  const { page } = editor;
  await editor.command("Maprace: Capture from Running Process...");
  await page.locator(".quick-input-widget", { hasText: "net/http/pprof" }).waitFor();
  await page.locator(".quick-input-widget input").fill(url);
  await page.keyboard.press("Enter");
}

/** The message that comes, which is then put away. */
async function message(text: RegExp): Promise<string> {
  const { page } = editor;
  const toast = page.locator(".notification-toast", { hasText: text }).first();
  await toast.waitFor();
  const shown = (await toast.textContent()) ?? "";
  await editor.command("Notifications: Clear All Notifications");
  await page.locator(".notification-toast").first().waitFor({ state: "detached" });
  return shown;
}

/** Through the editor's own file dialog. */
async function openProfile(name: string): Promise<void> {
  const { page } = editor;
  await editor.command("Maprace: Open Profile...");
  const rows = page.locator(".quick-input-list .monaco-list-row");
  await rows.filter({ hasText: ".." }).first().waitFor();
  const row = rows.filter({ hasText: name }).first();
  for (let i = 0; i < 20 && (await row.count()) === 0; i++) {
    // The dialog overwrites what is typed while it still reads its first directory.
    await page.locator(".quick-input-widget input").first().fill(`${dir}/`);
    await page.waitForTimeout(300);
  }
  // And it takes no choice while it reads.
  const closed = () => page.locator(".quick-input-widget").waitFor({ state: "hidden", timeout: 5_000 });
  for (let tries = 1; ; tries++) {
    await row.click();
    const left = await closed().catch((error: unknown) => error);
    if (left === undefined) return;
    if (tries === 3) throw left;
  }
}

test("a live service is profiled by its URL", async () => {
  const live = await startLive(editor.folder);
  try {
    await capture(live.address);
    await editor.profiled(live.address);
    await editor.openFile("inventory.go");
    await editor.goToLine(23);
    const texts = await editor.overlayAtRest((list) => list.some((text) => text.includes("waited")));
    assert.ok(
      texts.some((text) => text.includes("caused")),
      texts.join("\n"),
    );
    await editor.screenshot("live");
    writeSettings({ "maprace.profile.kinds": ["mutex", "trace"] });
    const graph = editor.page.frameLocator("iframe.webview:visible").frameLocator("#active-frame");
    const drawn = graph.locator("#timeline[aria-busy=false]");
    // The editor reads changed settings when it comes to it: a run that began before has no trace.
    for (let tries = 0; tries < 4 && (await drawn.count()) === 0; tries++) {
      await capture(live.address);
      await editor.profiled(live.address);
      await editor.command("Maprace: Show Goroutine Timeline");
      await drawn.waitFor({ timeout: 10_000 }).catch(() => undefined);
    }
    await drawn.waitFor();
    await graph.locator("#waits button", { hasText: "inventory.go" }).first().waitFor();
    writeSettings({});
  } finally {
    live.stop();
  }
});

test("a service that records nothing is told from one without contention", async () => {
  const live = await startLive(editor.folder, ["-rates=false"]);
  try {
    await capture(live.address);
    assert.match(await message(/rate not set/), /mutex profile: rate not set.*SetMutexProfileFraction/);
  } finally {
    live.stop();
  }
});

test("an endpoint where nobody listens, and one that is no URL", async () => {
  await capture("http://127.0.0.1:9/debug/pprof/");
  assert.match(await message(/Profile Contention:/), /127\.0\.0\.1:9: nobody listens there/);
  await capture("ftp://localhost/");
  assert.match(await message(/Profile Contention:/), /only http and https are fetched/);
  await capture("http://169.254.169.254/latest/");
  await editor.page.locator(".monaco-dialog-box", { hasText: "169.254.169.254 is not this machine" }).waitFor();
  await editor.page.locator(".monaco-dialog-box .monaco-button", { hasText: "Connect" }).click();
  assert.match(await message(/Profile Contention:/), /never asked for profiles/);
});

test("cancel ends the benchmark and everything it started", async () => {
  const { page } = editor;
  const left = () => run("pgrep", ["-f", `outputdir=${editor.data}`]).stdout.trim();
  assert.equal(left(), "");
  await editor.openFile("inventory_test.go");
  await editor.goToLine(38);
  await editor.command("Maprace: Profile Contention...");
  await editor.pick("BenchmarkInventory");
  const toast = page.locator(".notification-toast", { hasText: "BenchmarkInventory" }).first();
  await toast.waitFor();
  // By its own flags: what the go command has just forked is called as it is for a moment.
  const runs = () => run("pgrep", ["-fa", `outputdir=${editor.data}`]).stdout.includes("-test.outputdir=");
  let ran = runs();
  for (let i = 0; i < 200 && !ran; i++) {
    await page.waitForTimeout(50);
    ran = runs();
  }
  assert.ok(ran, "the go command and its benchmark never ran");
  await toast.hover();
  await toast.locator(".monaco-button", { hasText: "Cancel" }).first().click();
  await toast.waitFor({ state: "detached" });
  for (let i = 0; i < 100 && left() !== ""; i++) await page.waitForTimeout(50);
  assert.equal(left(), "", "a process is left");
});

/** A run without contention: in one of six the test's own runtime waits for a lock. */
function recordQuiet(): void {
  const args = ["-run=TestInventory", `-outputdir=${dir}`, "-mutexprofile=quiet.pprof", `-o=${join(dir, "y")}`];
  for (let tries = 0; tries < 20; tries++) {
    const made = run("go", ["test", ...args, "./store"], { cwd: editor.folder });
    assert.equal(made.status, 0, made.stderr);
    const { stdout } = run("go", ["tool", "pprof", "-raw", join(dir, "quiet.pprof")]);
    if (/nanoseconds\s+Locations/.test(stdout)) return;
  }
  assert.fail("every run had contention");
}

test("files that are no profile, cut off or empty are told apart", async () => {
  const whole = join(dir, "mutex.pprof");
  const args = [
    "test",
    "-run=^$",
    "-bench=.",
    "-benchtime=50ms",
    `-outputdir=${dir}`,
    "-mutexprofile=mutex.pprof",
    "-memprofile=heap.pprof",
    `-o=${join(dir, "x")}`,
    "./store",
  ];
  assert.equal(run("go", args, { cwd: editor.folder }).status, 0);
  const bytes = readFileSync(whole);
  writeFileSync(join(dir, "cut.pprof"), bytes.subarray(0, bytes.length - 40));
  writeFileSync(join(dir, "random.pprof"), Buffer.from("what is this"));
  recordQuiet();
  await openProfile("cut.pprof");
  assert.match(await message(/cut\.pprof/), /damaged or cut off at byte \d+/);
  await openProfile("random.pprof");
  assert.match(await message(/random\.pprof/), /at byte \d+/);
  await openProfile("heap.pprof");
  assert.match(await message(/heap\.pprof/), /no mutex, block or CPU profile; it has alloc_objects/);
  await openProfile("quiet.pprof");
  assert.match(
    await message(/quiet\.pprof/),
    /no contention was recorded; or its rate was not set: runtime\.SetMutexProfileFraction\(1\)/,
  );
  await openProfile("mutex.pprof");
  await editor.openFile("inventory.go");
  await editor.goToLine(23);
  await editor.overlayThat((list) => list.some((text) => text.includes("caused")));
});

test("a program is built with a profile server beside it and watched; its tree stays untouched", async () => {
  const { page } = editor;
  const before = run("git", ["-C", root, "status", "--porcelain", "--", "sample"]).stdout;
  await editor.openFile("cmd/live/main.go");
  await editor.command("Maprace: Profile Contention...");
  await editor.pick("This program");
  await page.locator(".quick-input-widget", { hasText: "Arguments of the program" }).waitFor();
  await page.keyboard.press("Enter");
  await editor.profiled("live");
  await editor.openFile("inventory.go");
  await editor.goToLine(23);
  await editor.overlayThat((list) => list.some((text) => text.includes("waited")));
  assert.equal(run("git", ["-C", root, "status", "--porcelain", "--", "sample"]).stdout, before);
  assert.deepEqual(run("ls", [join(editor.folder, "cmd/live")]).stdout.trim(), "main.go");
  assert.equal(run("pgrep", ["-f", `^${editor.data}.*/program`]).stdout.trim(), "");
});
