import assert from "node:assert/strict";
import { cpSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { EditorWindow } from "../harness/editor.ts";
import { maprace, root, scratch } from "../harness/tools.ts";

let editor: EditorWindow;
const source = join(scratch(), "shop");

before(async () => {
  cpSync(join(root, "sample"), source, { recursive: true, filter: (path) => !path.endsWith("/.maprace") });
  const args = ["profile", "-C", source, "--run", "./store", "--benchtime", "100ms", "--save", "--quiet"];
  const made = maprace(args);
  assert.equal(made.status, 0, made.stderr);
  const whole = maprace(["profile", "-o", join(source, "merged.pprof"), ...kept("mutex")]);
  assert.equal(whole.status, 0, whole.stderr);
  editor = await EditorWindow.open(source, { open: "store/inventory.go", runs: true });
});

after(async () => {
  await editor.close();
});

function kept(kind: string): string[] {
  const runs = join(source, ".maprace/runs");
  return readdirSync(runs).flatMap((id) =>
    readdirSync(join(runs, id))
      .filter((name) => name.includes(kind))
      .map((name) => join(runs, id, name)),
  );
}

test("a run that the command line kept is in the overlay when the editor opens", async () => {
  await editor.goToLine(23);
  const texts = await editor.overlayThat((list) => list.some((text) => text.includes("waited")));
  assert.ok(!texts.some((text) => text.startsWith("~")), texts.join("\n"));
});

test("the flame graph is rooted at the locks, zooms, searches and opens sources by keyboard", async () => {
  const { page } = editor;
  await editor.command("Maprace: Show Flame Graph");
  await editor.pick("mutex");
  const graph = page.frameLocator("iframe.webview").first().frameLocator("#active-frame");
  const details = graph.locator("#details");
  await graph.locator("#details", { hasText: /^all · / }).waitFor();
  await graph.locator("#graph").focus();
  await page.keyboard.press("ArrowDown");
  await graph.locator("#details", { hasText: /^store\.Inventory\.mu · / }).waitFor();
  await graph.locator("#search").fill("Inventory).Take");
  await graph.locator("#matches", { hasText: /\d+ frames, \d+ %/ }).waitFor();
  await editor.screenshot("flame");
  await graph.locator("#search").fill("");
  await graph.locator("#graph").focus();
  const selected = await details.textContent();
  await page.keyboard.press("Enter");
  await graph.locator("#trail button").nth(1).waitFor();
  assert.equal((await details.textContent())?.split(" · ")[0], selected?.split(" · ")[0]);
  await page.keyboard.press("Escape");
  await graph.locator("#root").selectOption("all");
  await graph.locator("#graph[aria-busy=false]").waitFor();
  await editor.screenshot("flame-all");
  await graph.locator("#root").selectOption("locks");
  await graph.locator("#graph[aria-busy=false]").waitFor();
  await graph.locator("#graph").focus();
  await page.keyboard.press("ArrowDown");
  await graph.locator("#details", { hasText: /^store\.Inventory\.mu · / }).waitFor();
  await page.keyboard.press("o");
  await page.locator(".tab.active", { hasText: "inventory.go" }).waitFor();
  assert.match(
    (await page
      .locator(".statusbar-item", { hasText: /^Ln \d+/ })
      .first()
      .textContent()) ?? "",
    /^Ln (24|26|31|3\d)/,
  );
});

test("the webview has a strict policy and no inline script", async () => {
  const { page } = editor;
  await page.locator(".tab", { hasText: "mutex" }).first().click();
  const graph = page.frameLocator("iframe.webview").first().frameLocator("#active-frame");
  const policy = await graph.locator("meta[http-equiv='Content-Security-Policy']").getAttribute("content");
  assert.match(policy ?? "", /^default-src 'none'; script-src 'nonce-[^']+'; style-src 'nonce-[^']+'$/);
  assert.equal(await graph.locator("script:not([src]):not(#_vscodeApiScript)").count(), 0);
});

test("a profile in the explorer opens as a flame graph", async () => {
  const { page } = editor;
  await editor.openFile("merged.pprof");
  await page.locator("text=The file is not displayed in the text editor").waitFor();
  await page.keyboard.press("F1");
  await page.locator(".quick-input-widget input").fill(">View: Reopen Editor With");
  await editor.pick("Reopen Editor With...");
  await editor.pick("Maprace Flame Graph");
  const graph = page.frameLocator("iframe.webview >> nth=-1").frameLocator("#active-frame");
  await graph.locator("#details", { hasText: /^all · / }).waitFor();
});

test("overlay and flame graph in a dark and a high contrast theme", async () => {
  const { page } = editor;
  for (const [theme, file, base] of [
    ["Default Dark Modern", "dark", "vs-dark"],
    ["Default High Contrast", "contrast", "hc-black"],
  ] as const) {
    mkdirSync(join(editor.folder, ".vscode"), { recursive: true });
    writeFileSync(join(editor.folder, ".vscode/settings.json"), JSON.stringify({ "workbench.colorTheme": theme }));
    await page.locator(`.monaco-workbench.${base}`).waitFor();
    await page.locator(".tab", { hasText: "mutex" }).first().click();
    await page
      .frameLocator("iframe.webview")
      .first()
      .frameLocator("#active-frame")
      .locator("#details", { hasText: "·" })
      .first()
      .waitFor();
    await page.waitForTimeout(300);
    await editor.screenshot(`flame-${file}`);
    await editor.openFile("inventory.go");
    await editor.goToLine(23);
    await editor.overlayThat((list) => list.some((text) => text.includes("waited")));
    await editor.screenshot(`overlay-${file}`);
  }
});
