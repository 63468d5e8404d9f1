import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { EditorWindow } from "../harness/editor.ts";
import { root } from "../harness/tools.ts";

let editor: EditorWindow;

before(async () => {
  editor = await EditorWindow.open(join(root, "sample"), {
    open: "store/inventory_test.go",
    files: { ".vscode/settings.json": JSON.stringify({ "maprace.profile.benchtime": "100ms" }) },
  });
});

after(async () => {
  await editor.close();
});

test("Profile Contention takes a benchmark from the palette to numbers on its lines", async () => {
  const { page } = editor;
  await page.locator(".codelens-decoration", { hasText: "Profile" }).first().waitFor();
  await editor.goToLine(38);
  await editor.command("Maprace: Profile Contention...");
  await page.locator(".quick-input-list .monaco-list-row", { hasText: "BenchmarkInventory" }).first().waitFor();
  await editor.screenshot("profile-pick");
  await page.keyboard.press("Enter");
  await editor.profiled("BenchmarkInventory");
  await editor.openFile("inventory.go");
  const texts = await editor.overlayAtRest((list) => list.some((text) => text.includes("waited")));
  assert.ok(
    texts.some((text) => /^[▁-█] [\d.]+ (ms|s) waited · \d+(\.\d)? % \([\d.]+K? waits(, few samples)?\)/.test(text)),
    texts.join("\n"),
  );
  assert.ok(
    texts.some((text) => / caused · /.test(text)),
    texts.join("\n"),
  );
  await page
    .locator(".codelens-decoration", { hasText: /waited .* · caused / })
    .first()
    .waitFor();
  await editor.screenshot("overlay");
});

test("hovering a lock shows its wait stats, caused and suffered apart", async () => {
  const { page } = editor;
  await editor.goToLine(23, 8);
  await page.keyboard.press("Control+k");
  await page.keyboard.press("Control+i");
  const card = page.locator(".monaco-hover:visible").first();
  await card.locator("text=Measured").first().waitFor();
  const text = ((await card.textContent()) ?? "").replaceAll("\u00a0", " ");
  for (const word of [
    "RWMutex.Lock",
    "wait suffered here (at Lock)",
    "BenchmarkInventory",
    "this minute",
    "store.Inventory.mu",
  ])
    assert.ok(text.includes(word), `${word} is not in:\n${text}`);
  await editor.screenshot("hover-stats");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  // The lock's field, where nothing is measured itself, tells of all its call sites.
  await editor.goToLine(8, 3);
  await page.keyboard.press("Control+k");
  await page.keyboard.press("Control+i");
  await page.locator(".monaco-hover:visible", { hasText: "store.Inventory.mu" }).first().waitFor();
  await page.locator(".monaco-hover:visible a", { hasText: "inventory.go:23" }).first().waitFor();
  await page.keyboard.press("Escape");
});

test("the Contention tree leads from run to lock to call site", async () => {
  const { page } = editor;
  await editor.command("Maprace: Focus on Contention View");
  const tree = page.locator(".pane", { hasText: "Contention" }).locator(".monaco-list");
  await tree.locator(".monaco-list-row", { hasText: "BenchmarkInventory" }).first().waitFor();
  const lock = tree.locator(".monaco-list-row", { hasText: "store.Inventory.mu" }).first();
  await lock.click();
  await page.keyboard.press("ArrowRight");
  await tree.locator(".monaco-list-row", { hasText: "guards store.Inventory.stock" }).first().waitFor();
  await tree.locator(".monaco-list-row", { hasText: "RWMutex.Lock inventory.go:30" }).first().click();
  await page.locator(".statusbar-item", { hasText: "Ln 30" }).first().waitFor();
  await editor.screenshot("contention-tree");
});

test("Next and Previous Hotspot go by heat", async () => {
  const { page } = editor;
  await editor.openFile("main.go");
  await editor.command("Maprace: Next Hotspot");
  await page.locator(".tab.active", { hasText: "inventory.go" }).waitFor();
  const first = await page
    .locator(".statusbar-item", { hasText: /^Ln \d+/ })
    .first()
    .textContent();
  await editor.command("Maprace: Next Hotspot");
  await page.waitForFunction(
    `![...document.querySelectorAll(".statusbar-item")].some((one) => one.textContent === ${JSON.stringify(first)})`,
  );
  await editor.command("Maprace: Previous Hotspot");
  await page
    .locator(".statusbar-item", { hasText: first ?? "" })
    .first()
    .waitFor();
});

test("marks follow edits: moved says so, a changed line says so, a deleted one goes", async () => {
  const { page } = editor;
  await editor.openFile("inventory.go");
  const before = await editor.overlayAtRest((list) => list.length >= 2);
  await editor.goToLine(20);
  await page.keyboard.type("var unrelated = 1\n\n");
  await editor.overlayThat(
    (list) => list.length === before.length && list.every((text) => text.startsWith("~") && text.endsWith("(moved)")),
  );
  await editor.screenshot("overlay-moved");
  await editor.goToLine(25, 1);
  await page.keyboard.press("End");
  await page.keyboard.type(" // takes the lock");
  await editor.overlayThat((list) => list.some((text) => text.includes("(line changed since)")));
  await page.keyboard.press("Control+Shift+k");
  await editor.overlayThat(
    (list) => list.length === before.length - 1 && !list.some((text) => text.includes("changed")),
  );
  const edited = page.locator(".view-line", { hasText: /^var/ });
  while ((await edited.count()) > 0) await page.keyboard.press("Control+z");
  await editor.overlayThat((list) => list.length === before.length && list.every((text) => !text.startsWith("~")));
});

test("a second run is compared with the first, and both are merged", async () => {
  const { page } = editor;
  await editor.command("Maprace: Repeat Last Profiling");
  await editor.profiled("BenchmarkInventory");
  await editor.command("Maprace: Compare with Previous Run");
  await editor.overlayThat((list) => list.some((text) => /[+−±][\d.]+( \w+)? (waited|caused) \(.* → .*\)/.test(text)));
  await editor.screenshot("compare");
  await editor.command("Maprace: Merge Runs...");
  const rows = page.locator(".quick-input-list .monaco-list-row");
  await rows.nth(1).waitFor();
  await rows.nth(0).click();
  await rows.nth(1).click();
  await page.keyboard.press("Enter");
  await editor.overlayThat((list) => list.some((text) => /\[.* – .*\]/.test(text)));
  await editor.screenshot("merge");
});
