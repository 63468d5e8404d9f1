import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { EditorWindow } from "../harness/editor.ts";
import { root } from "../harness/tools.ts";

let editor: EditorWindow;

before(async () => {
  editor = await EditorWindow.open(join(root, "sample"), { open: "store/inventory.go" });
});

after(async () => {
  await editor.close();
});

test("a risky access is underlined, and hovering it explains both sides", async () => {
  const { page } = editor;
  await editor.goToLine(41, 1);
  await editor.squiggles().first().waitFor({ state: "attached" });
  assert.equal(await editor.squiggles().count(), 1);
  const line = page.locator(".view-line", { hasText: "return inv.stock[sku]" }).first();
  await line.locator("span span", { hasText: "stock" }).first().hover();
  const card = page.locator(".monaco-hover:visible").first();
  await card.locator("text=Guard").waitFor();
  const text = ((await card.textContent()) ?? "").replaceAll("\u00a0", " ");
  for (const word of [
    "Likely",
    "MR105",
    "inv.mu",
    "Inventory.Add",
    "held at",
    "no caller",
    "concurrent map read and map write",
  ])
    assert.ok(text.includes(word), `${word} is not in:\n${text}`);
  await page.waitForFunction("getComputedStyle(document.querySelector('.monaco-hover:not(.hidden)')).opacity === '1'");
  await editor.screenshot("hover");
  await page.mouse.move(2, 2);
  await page.keyboard.press("Escape");
});

test("the problems panel shows the other access as related information", async () => {
  const { page } = editor;
  await editor.command("View: Focus Problems");
  const panel = page.locator(".markers-panel");
  await panel.waitFor();
  await panel.locator(".monaco-list-row", { hasText: "stock is read without inv.mu" }).first().waitFor();
  const row = panel.locator(".monaco-list-row", { hasText: "stock is read without inv.mu" }).first();
  await row.click();
  await page.keyboard.press("ArrowRight");
  await panel.locator(".monaco-list-row", { hasText: "holding inv.mu" }).first().waitFor();
  await editor.screenshot("problems");
  await editor.command("View: Hide Panel");
});

test("the quick fix takes the lock and the squiggle goes", async () => {
  const { page } = editor;
  await editor.openFile("inventory.go");
  await editor.goToLine(41, 14);
  await page.keyboard.press("Control+.");
  const action = page.locator(".action-widget .action", { hasText: "Lock with inv.mu" }).first();
  await action.waitFor();
  await editor.screenshot("quick-fix");
  await page.keyboard.press("Enter");
  await editor.squiggles().first().waitFor({ state: "detached" });
  await page.locator(".view-line", { hasText: "defer inv.mu.RUnlock()" }).first().waitFor();
  await page.keyboard.press("Control+1");
  await page.keyboard.press("Control+z");
  await editor.squiggles().first().waitFor({ state: "attached" });
});

test("typing a racy line shows it, undo clears it", async () => {
  const { page } = editor;
  await editor.goToLine(35, 1);
  await page.keyboard.press("Home");
  await page.keyboard.type("go func() { inv.stock[sku]++ }()\n");
  await page.waitForFunction("document.querySelectorAll('.squiggly-warning').length >= 2");
  await editor.screenshot("typing");
  while ((await page.locator(".view-line", { hasText: "go func" }).count()) > 0) await page.keyboard.press("Control+z");
  await page.waitForFunction("document.querySelectorAll('.squiggly-warning').length === 1");
});

test("the Findings tree lists every finding and opens its places", async () => {
  const { page } = editor;
  await editor.command("Maprace: Focus on Findings View");
  const tree = page.locator(".pane-body .monaco-list");
  await tree.locator(".monaco-list-row", { hasText: "Likely" }).first().waitFor();
  for (const name of ["stock: MR105", "cents: MR104", "cents: MR107", "visits: MR101", "stock: MR101"])
    await tree.locator(".monaco-list-row", { hasText: name }).first().waitFor();
  await tree.locator(".monaco-list-row", { hasText: "visits: MR101" }).first().click();
  await page.locator(".tab.active", { hasText: "server.go" }).waitFor();
  await page.keyboard.press("ArrowRight");
  await tree.locator(".monaco-list-row", { hasText: "goroutine: http.ServeMux.HandleFunc" }).first().waitFor();
  await editor.screenshot("findings");
});

test("the palette scans the workspace, explains a finding and walks its path", async () => {
  const { page } = editor;
  await editor.openFile("inventory.go");
  await editor.command("Maprace: Scan Workspace");
  await page.locator(".statusbar-item", { hasText: "5 findings in 3 packages" }).first().waitFor();
  await editor.goToLine(25, 4);
  await editor.command("Maprace: Why Silent Here?");
  await page.locator(".quick-input-list .monaco-list-row", { hasText: "guarded: inv.mu is held" }).first().waitFor();
  await page.keyboard.press("Escape");
  await editor.goToLine(41, 14);
  await editor.command("Maprace: Show Access Path");
  await page.locator(".quick-input-list .monaco-list-row", { hasText: "read stock" }).first().waitFor();
  await editor.screenshot("path");
  await page.keyboard.press("Escape");
  await editor.command("Maprace: Explain Finding");
  const preview = page.frameLocator("iframe.webview").first().frameLocator("#active-frame");
  await preview.locator("h1", { hasText: "MR105: Access without the map's guard" }).waitFor();
  await editor.screenshot("explain");
  const policy = await preview.locator("meta[http-equiv='Content-Security-Policy']").getAttribute("content");
  assert.match(policy ?? "", /^default-src 'none'; style-src 'nonce-[^']+'$/);
  await preview.locator("a", { hasText: "server.go:31" }).first().click();
  await page.locator(".tab.active", { hasText: "server.go" }).waitFor();
});

test("the editor's own list of running extensions tells the activation time", async () => {
  const { page } = editor;
  await editor.command("Developer: Show Running Extensions");
  const row = page.locator(".runtime-extensions-editor .monaco-list-row", { hasText: "Maprace" }).first();
  await row.locator("text=Activation").first().waitFor();
  const text = (await row.textContent()) ?? "";
  const time = /Activation: (\d+)\s*ms/.exec(text)?.[1];
  assert.ok(time !== undefined, text);
  console.log(`activation ${time} ms`);
});
