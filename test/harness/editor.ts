import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from "playwright-core";
import { root, scratch } from "./tools.ts";

/** What scripts/editor.mjs offers. */
interface EditorScripts {
  ensureBrowser(): string;
  startEditor(options: {
    dataDir: string;
    trust?: boolean;
    env?: NodeJS.ProcessEnv;
  }): Promise<{ port: number; stop(): void; log(): string }>;
  editorUrl(port: number, folder: string, options?: { tests?: string; open?: string }): string;
}

const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
export const patience = 40_000;

export async function editorScripts(): Promise<EditorScripts> {
  return (await import(pathToFileURL(join(root, "scripts/editor.mjs")).href)) as EditorScripts;
}

/** A real VS Code in a real browser, on a temporary copy of a folder. */
export class EditorWindow {
  readonly page: Page;
  readonly folder: string;
  readonly port: number;
  /** Where this editor keeps everything it writes. */
  readonly data: string;
  readonly #browser: Browser;
  readonly #context: BrowserContext;
  readonly #stop: () => void;

  private constructor(
    page: Page,
    folder: string,
    port: number,
    data: string,
    browser: Browser,
    context: BrowserContext,
    stop: () => void,
  ) {
    this.page = page;
    this.folder = folder;
    this.port = port;
    this.data = data;
    this.#browser = browser;
    this.#context = context;
    this.#stop = stop;
  }

  /** `source` is copied; `open` is a file in it. */
  static async open(
    source: string,
    options: {
      open?: string;
      trust?: boolean;
      tests?: string;
      /** Copy the runs that were kept beside the sources too. */
      runs?: boolean;
      /** Further files, `path -> content`. */
      files?: Readonly<Record<string, string | Uint8Array>>;
      expose?: Record<string, (...args: never[]) => unknown>;
    } = {},
  ): Promise<EditorWindow> {
    const scripts = await editorScripts();
    const folder = join(scratch(), "workspace");
    // Runs that were kept beside the sources belong to whoever made them.
    cpSync(source, folder, { recursive: true, filter: (path) => options.runs === true || !path.endsWith("/.maprace") });
    for (const [name, text] of Object.entries(options.files ?? {})) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    const data = scratch();
    const server = await scripts.startEditor({ dataDir: data, trust: options.trust ?? false });
    const browser = await chromium.launch({ executablePath: scripts.ensureBrowser(), args: flags });
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    const page = await context.newPage();
    page.setDefaultTimeout(patience);
    for (const [name, run] of Object.entries(options.expose ?? {})) await page.exposeFunction(name, run);
    const wanted = {
      ...(options.open === undefined ? {} : { open: join(folder, options.open) }),
      ...(options.tests === undefined ? {} : { tests: options.tests }),
    };
    await page.goto(scripts.editorUrl(server.port, folder, wanted));
    return new EditorWindow(page, folder, server.port, data, browser, context, () => server.stop());
  }

  async close(): Promise<void> {
    await this.#context.close();
    await this.#browser.close();
    this.#stop();
  }

  async screenshot(name: string): Promise<void> {
    const dir = join(root, "out/screenshots");
    mkdirSync(dir, { recursive: true });
    await this.page.screenshot({ path: join(dir, `${name}.png`) });
  }

  /** Texts that the overlay paints at line ends, from the browser's own styles. */
  async overlay(): Promise<string[]> {
    const texts = await this.page.evaluate<string[]>(
      `[...document.querySelectorAll(".monaco-editor .view-lines [class*='ced-']")]
        .map((one) => getComputedStyle(one, "::after").content)`,
    );
    return texts
      .filter((text) => text !== "none" && text !== "normal")
      .map((text) => text.replace(/^"|"$/g, "").replaceAll("\u00a0", " ").trim());
  }

  /** Waits until the overlay's texts pass, and returns them. */
  async overlayThat(test: (texts: string[]) => boolean): Promise<string[]> {
    const end = Date.now() + patience;
    for (;;) {
      const texts = await this.overlay();
      if (test(texts)) return texts;
      if (Date.now() > end) throw new Error(`the overlay shows ${JSON.stringify(texts)}`);
      await this.page.waitForTimeout(100);
    }
  }

  /** Waits until the overlay's texts pass and stay the same for half a second: they are painted heat by heat. */
  async overlayAtRest(test: (texts: string[]) => boolean): Promise<string[]> {
    let last = "";
    let since = Date.now();
    return this.overlayThat((texts) => {
      const shown = JSON.stringify(texts);
      if (shown !== last) since = Date.now();
      last = shown;
      return test(texts) && Date.now() - since >= 500;
    });
  }

  /** Waits until a run that shows its progress has come and gone; a message that stays is an error. */
  async profiled(title: string): Promise<void> {
    const toasts = this.page.locator(".notifications-toasts .notification-toast");
    await toasts.filter({ hasText: title }).first().waitFor();
    const end = Date.now() + patience;
    while ((await toasts.count()) > 0) {
      if (Date.now() > end) throw new Error(`still shown: ${(await toasts.allTextContents()).join(" | ")}`);
      await this.page.waitForTimeout(50);
    }
  }

  squiggles(): Locator {
    return this.page.locator(".squiggly-warning");
  }

  /** Runs a palette command by its title. */
  async command(title: string): Promise<void> {
    await this.#quickInput("F1", `>${title}`, title);
    await this.page.keyboard.press("Enter");
  }

  /** Puts the cursor on a line of the open file. */
  async goToLine(line: number, column = 1): Promise<void> {
    await this.page.locator(".monaco-editor .view-lines").first().waitFor();
    await this.page.keyboard.press("Control+1");
    await this.#quickInput("Control+g", `:${line}:${column}`, String(line));
    await this.page.keyboard.press("Enter");
    await this.page.locator(".quick-input-widget").waitFor({ state: "hidden" });
  }

  async openFile(name: string): Promise<void> {
    const base = name.slice(name.lastIndexOf("/") + 1);
    await this.#quickInput("Control+p", name, base);
    await this.page.keyboard.press("Enter");
    await this.page.locator(".tab.active", { hasText: base }).waitFor();
  }

  /**
   * Takes the row of an open quick pick, with the keys: the hint of a button that came to be under the pointer would
   * keep a click from it.
   */
  async pick(text: string): Promise<void> {
    const rows = this.page.locator(".quick-input-list .monaco-list-row");
    await rows.filter({ hasText: text }).first().waitFor();
    const focused = this.page.locator(".quick-input-list .monaco-list-row.focused", { hasText: text });
    for (let moves = await rows.count(); (await focused.count()) === 0 && moves > 0; moves--)
      await this.page.keyboard.press("ArrowDown");
    await focused.waitFor({ timeout: 5_000 });
    await this.page.keyboard.press("Enter");
  }

  /** A webview that finishes loading takes the focus, which closes the input: then it is opened again. */
  async #quickInput(key: string, text: string, row: string): Promise<void> {
    const focused = this.page.locator(".quick-input-list .monaco-list-row.focused", { hasText: row }).first();
    for (let attempt = 1; ; attempt++) {
      await this.page.keyboard.press(key);
      try {
        await this.page.locator(".quick-input-widget input").fill(text, { timeout: 10_000 });
        return await focused.waitFor({ timeout: 10_000 });
      } catch (error) {
        if (attempt === 4) throw error;
        await this.page.keyboard.press("Escape");
      }
    }
  }
}
