import assert from "node:assert/strict";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { FrameLocator } from "playwright-core";
import { EditorWindow } from "../harness/editor.ts";
import { goTool, root, scratch } from "../harness/tools.ts";

let editor: EditorWindow;
const outside = scratch();

before(async () => {
  const whole = join(outside, "whole.trace");
  assert.equal(goTool("tracework", "", [whole, "300", "2500"]).status, 0);
  const bytes = readFileSync(whole);
  editor = await EditorWindow.open(join(root, "sample"), {
    open: "store/inventory_test.go",
    files: {
      ".vscode/settings.json": JSON.stringify({
        "maprace.profile.benchtime": "100ms",
        "maprace.profile.kinds": ["mutex", "trace"],
      }),
    },
  });
  writeFileSync(join(editor.folder, "cut.trace"), bytes.subarray(0, bytes.length - 50));
  writeFileSync(join(editor.folder, "tasks.trace"), bytes);
  writeFileSync(join(editor.folder, "letter.trace"), "Dear reader,\n");
});

after(async () => {
  await editor.close();
});

function graph(): FrameLocator {
  return editor.page.frameLocator("iframe.webview:visible").frameLocator("#active-frame");
}

test("a benchmark is traced, and the hover tells the longest wait and its waker", async () => {
  const { page } = editor;
  await page.locator(".codelens-decoration", { hasText: "Profile" }).first().waitFor();
  await editor.goToLine(38);
  await editor.command("Maprace: Profile Contention...");
  await page.locator(".quick-input-list .monaco-list-row", { hasText: "BenchmarkInventory" }).first().waitFor();
  await page.keyboard.press("Enter");
  await editor.profiled("BenchmarkInventory");
  await editor.openFile("inventory.go");
  await editor.overlayThat((list) => list.some((text) => text.includes("waited")));
  await editor.goToLine(23, 8);
  await page.keyboard.press("Control+k");
  await page.keyboard.press("Control+i");
  const card = page.locator(".monaco-hover:visible").first();
  await card.locator("text=longest wait").first().waitFor();
  assert.match((await card.textContent()) ?? "", /goroutine \d+ ended it at inventory\.go:\d+/);
  await page.keyboard.press("Escape");
});

test("the timeline of the run: waits, selection, who woke it, and the source", async () => {
  const { page } = editor;
  await editor.command("Maprace: Show Goroutine Timeline");
  await graph().locator("#waits tr").first().waitFor();
  const worst = graph()
    .locator("#waits button", { hasText: /Mutex\.R?Lock inventory\.go:\d+/ })
    .first();
  await worst.click();
  const waits = /^G\d+ .*Mutex\.R?Lock inventory\.go:\d+ · .* woken by G\d+/;
  await graph().locator("#details", { hasText: waits }).waitFor();
  const waiting = (await graph().locator("#details").textContent()) ?? "";
  await graph().locator("#timeline").focus();
  await page.keyboard.press("w");
  const waker = / woken by (G\d+)/.exec(waiting)?.[1] ?? "";
  await graph()
    .locator("#details", { hasText: new RegExp(`^${waker} `) })
    .waitFor();
  await page.keyboard.press("n");
  await page.keyboard.press("p");
  await page.keyboard.press("Escape");
  await worst.click();
  await graph().locator("#details", { hasText: waiting }).waitFor();
  await editor.screenshot("timeline");
  await graph().locator("#stack button").first().waitFor();
  await graph().locator("#search").fill("inventory.go:23");
  await graph()
    .locator("#matches", { hasText: /^\d+ of \d+$/ })
    .waitFor();
  await worst.click();
  await graph().locator("#stack button", { hasText: "inventory.go" }).first().click();
  await page.locator(".tab.active", { hasText: "inventory.go" }).waitFor();
});

test("from a line of the source to the goroutines that waited there", async () => {
  const { page } = editor;
  await editor.goToLine(30);
  await editor.command("Maprace: Show Line in Goroutine Timeline");
  await page.locator(".tab.active", { hasText: "trace" }).waitFor();
  // The tab is active before the page has got its message.
  const searched = () => graph().locator("#search").inputValue();
  for (let i = 0; i < 100 && (await searched()) !== "inventory.go:30"; i++) await page.waitForTimeout(50);
  assert.equal(await searched(), "inventory.go:30");
});

test("processors as rows, in a dark theme", async () => {
  writeFileSync(
    join(editor.folder, ".vscode/settings.json"),
    JSON.stringify({ "workbench.colorTheme": "Default Dark Modern" }),
  );
  await editor.page.locator(".monaco-workbench.vs-dark").waitFor();
  await graph().locator("#search").fill("");
  await graph().locator("#rows").selectOption("processors");
  await graph().locator("#timeline[aria-busy=false]").waitFor();
  await graph()
    .locator("#matches", { hasText: /^\d+ of \d+$/ })
    .waitFor();
  await editor.screenshot("timeline-dark");
});

test("tasks, regions and logs of the program are in the timeline", async () => {
  await editor.openFile("tasks.trace");
  await graph().locator("#annotations button", { hasText: "task step" }).waitFor();
  await graph().locator("#annotations button", { hasText: "task step" }).click();
  await graph()
    .locator("#details", { hasText: /^task step · longest / })
    .waitFor();
  await graph().locator("#timeline[aria-busy=false]").waitFor();
  await graph().locator("#timeline").focus();
  const note = graph().locator("#stack .note", { hasText: /^in task step, / });
  // The first slices in view may be those before the task.
  for (let i = 0; i < 40 && (await note.count()) === 0; i++) {
    await editor.page.keyboard.press("n");
    await editor.page.waitForTimeout(100);
  }
  await note.first().waitFor();
  await graph().locator("#search").fill("round: 1");
  await graph()
    .locator("#matches", { hasText: /^[1-9]\d* of \d+$/ })
    .waitFor();
  await editor.screenshot("timeline-tasks");
});

test("a log of the scheduler is drawn as a chart", async () => {
  const { page } = editor;
  copyFileSync(join(root, "test/samples/schedtrace.txt"), join(editor.folder, "sched.log"));
  await editor.openFile("sched.log");
  await editor.command("Maprace: Import Race Report or Crash Log...");
  await editor.pick("From sched.log");
  await page
    .locator(".view-line", { hasText: /busy\sPs\s.*most\s\d+/ })
    .first()
    .waitFor();
});

test("a trace that is cut off shows what there is and says so; what is no trace says that", async () => {
  await editor.openFile("cut.trace");
  await graph().locator("#message", { hasText: "The trace is not whole" }).waitFor();
  await editor.openFile("letter.trace");
  await graph()
    .locator("#message", { hasText: /letter\.trace: .*(trace|header)/ })
    .waitFor();
});
