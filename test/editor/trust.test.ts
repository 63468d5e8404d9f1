import { join } from "node:path";
import { after, test } from "node:test";
import { EditorWindow } from "../harness/editor.ts";
import { root } from "../harness/tools.ts";

let editor: EditorWindow | undefined;

after(async () => {
  await editor?.close();
});

test("an untrusted workspace is analysed too", async () => {
  editor = await EditorWindow.open(join(root, "sample"), { open: "web/server.go", trust: true });
  await editor.page.locator(".statusbar-item", { hasText: "Restricted Mode" }).first().waitFor();
  await editor.goToLine(39, 1);
  await editor.squiggles().first().waitFor({ state: "attached" });
  await editor.screenshot("untrusted");
});
