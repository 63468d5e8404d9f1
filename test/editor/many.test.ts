import assert from "node:assert/strict";
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { RunStore } from "../../common/src/run/store.ts";
import { EditorWindow } from "../harness/editor.ts";
import { manyWaits } from "../harness/many.ts";
import { root, scratch } from "../harness/tools.ts";

let editor: EditorWindow;
const count = 10_000;

before(async () => {
  const shop = join(scratch(), "shop");
  cpSync(join(root, "sample"), shop, { recursive: true, filter: (path) => !path.endsWith("/.maprace") });
  const { source, profile } = manyWaits(count, join(shop, "store/many.go"));
  writeFileSync(join(shop, "store/many.go"), source);
  writeFileSync(join(shop, "block.pprof"), profile);
  const store = new RunStore(join(shop, ".maprace/runs"));
  const { id } = await store.create();
  const files = [{ kind: "block", path: join(shop, "block.pprof") }] as const;
  await store.save({
    id,
    label: "many",
    time: Date.now() + 3_600_000,
    seconds: 1,
    command: "",
    files,
    notes: [],
    ratesSet: true,
  });
  const settings = { "maprace.overlay.threshold": 0 };
  editor = await EditorWindow.open(shop, {
    open: "store/many.go",
    runs: true,
    files: { ".vscode/settings.json": JSON.stringify(settings) },
  });
});

after(async () => {
  await editor.close();
});

/** Milliseconds from a key to its drawn character: the median of many. */
async function typing(): Promise<number> {
  const { page } = editor;
  await editor.goToLine(5000);
  await page.keyboard.press("End");
  const times: number[] = [];
  for (let i = 0; i < 60; i++) {
    const began = performance.now();
    await page.keyboard.press("x");
    await page.evaluate("new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))");
    times.push(performance.now() - began);
  }
  for (let i = 0; i < 60; i++) await page.keyboard.press("Backspace");
  return times.sort((a, b) => a - b)[30] ?? 0;
}

test("ten thousand marked lines: those in view are painted, and typing goes on", async () => {
  await editor.goToLine(5000);
  const texts = await editor.overlayThat((list) => list.length > 10);
  assert.ok(
    texts.every((text) => text.includes("waited")),
    texts[0],
  );
  const shown = await typing();
  await editor.command("Maprace: Show/Hide Overlay");
  await editor.overlayThat((list) => list.length === 0);
  const hidden = await typing();
  console.log(
    `typing ${shown.toFixed(0)} ms with ${count} marks, ${hidden.toFixed(0)} ms without: ${(shown / hidden).toFixed(2)}x`,
  );
});
