import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import type { Mark } from "../../../common/src/contention.ts";
import { overlayMarks } from "../../../common/src/protocol.ts";

interface Marks {
  readonly version: number;
  readonly marks: readonly Mark[];
}

const heats = ["high", "medium", "low"] as const;
type Heat = (typeof heats)[number];

/** Lines beyond the visible ones that get their text too, so that scrolling does not flicker. */
const margin = 60;
const delay = 150;
const rulerMarks = 500;
const hiddenKey = "maprace.overlayHidden";

/** Paints what the server measured on the open Go files: text at line ends and marks on the overview ruler. */
export class Overlay implements vscode.Disposable {
  readonly #client: LanguageClient;
  readonly #memory: vscode.Memento;
  readonly #marks = new Map<string, Marks>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #texts: Readonly<Record<Heat, vscode.TextEditorDecorationType>>;
  readonly #ruler: Readonly<Record<Heat, vscode.TextEditorDecorationType>>;
  readonly #subscriptions: vscode.Disposable[];
  readonly #onRuler = new WeakMap<vscode.TextEditor, string>();
  #hidden: boolean;

  constructor(client: LanguageClient, memory: vscode.Memento) {
    this.#client = client;
    this.#memory = memory;
    this.#hidden = memory.get<boolean>(hiddenKey) ?? false;
    this.#texts = { high: textType("high"), medium: textType("medium"), low: textType("low") };
    this.#ruler = { high: rulerType("high"), medium: rulerType("medium"), low: rulerType("low") };
    this.#subscriptions = [
      vscode.window.onDidChangeVisibleTextEditors(() => this.refresh()),
      vscode.window.onDidChangeTextEditorVisibleRanges(({ textEditor }) => this.#paintText(textEditor)),
      vscode.workspace.onDidChangeTextDocument(({ document }) => this.#later(document)),
      vscode.workspace.onDidCloseTextDocument((document) => this.#marks.delete(document.uri.toString())),
    ];
  }

  get hidden(): boolean {
    return this.#hidden;
  }

  async setHidden(hidden: boolean): Promise<void> {
    this.#hidden = hidden;
    await this.#memory.update(hiddenKey, hidden);
    this.refresh();
  }

  /** Asks for the marks of every visible Go file anew. */
  refresh(): void {
    for (const editor of vscode.window.visibleTextEditors)
      if (isGoFile(editor.document)) void this.#update(editor.document);
  }

  /** Marks of a document as they are painted. */
  marksOf(document: vscode.TextDocument): readonly Mark[] {
    const known = this.#marks.get(document.uri.toString());
    return known?.version === document.version && !this.#hidden ? known.marks : [];
  }

  /** Until the edit settles, the editor itself moves what is painted. */
  #later(document: vscode.TextDocument): void {
    if (!isGoFile(document)) return;
    const key = document.uri.toString();
    clearTimeout(this.#timers.get(key));
    this.#timers.set(
      key,
      setTimeout(() => {
        this.#timers.delete(key);
        void this.#update(document);
      }, delay),
    );
  }

  async #update(document: vscode.TextDocument): Promise<void> {
    const key = document.uri.toString();
    const { version } = document;
    const answer = await this.#client
      .sendRequest<{ version: number | null; marks: readonly Mark[] }>(overlayMarks.method, { uri: key })
      .catch(() => undefined);
    // Numbers are painted only on the very text they were computed for.
    if (answer === undefined || document.version !== version) return;
    if (answer.version !== null && answer.version !== version) {
      this.#later(document);
      return;
    }
    this.#marks.set(key, { version, marks: answer.marks });
    for (const editor of vscode.window.visibleTextEditors) if (editor.document === document) this.#paint(editor);
  }

  #paint(editor: vscode.TextEditor): void {
    const marks = hottest(this.marksOf(editor.document));
    const signature = marks.map(({ line, heat }) => `${line}:${heat}`).join();
    // The editor itself moves ruler marks with the text; they are set anew only where they are others.
    if (this.#onRuler.get(editor) !== signature) {
      this.#onRuler.set(editor, signature);
      for (const heat of heats) {
        const own = marks.filter((mark) => heatOf(mark) === heat);
        editor.setDecorations(
          this.#ruler[heat],
          own.map((mark) => endOf(editor.document, mark)),
        );
      }
    }
    this.#paintText(editor);
  }

  #paintText(editor: vscode.TextEditor): void {
    const marks = this.marksOf(editor.document);
    if (marks.length === 0 && this.#marks.get(editor.document.uri.toString())?.version !== editor.document.version)
      return;
    const near = marks.filter((mark) =>
      editor.visibleRanges.some(
        (range) => mark.line > range.start.line - margin && mark.line < range.end.line + margin,
      ),
    );
    for (const heat of heats) {
      const own = near.filter((mark) => heatOf(mark) === heat);
      editor.setDecorations(
        this.#texts[heat],
        own.map((mark) => textOf(editor.document, mark)),
      );
    }
  }

  dispose(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    for (const one of this.#subscriptions) one.dispose();
    for (const heat of heats) {
      this.#texts[heat].dispose();
      this.#ruler[heat].dispose();
    }
  }
}

export function isGoFile(document: vscode.TextDocument): boolean {
  return document.languageId === "go" && document.uri.scheme === "file";
}

function heatOf({ heat, self, state }: Mark): Heat {
  if (!self || state === "changed") return "low";
  return heat >= 1 / 3 ? "high" : heat >= 0.1 ? "medium" : "low";
}

/** A ruler is some hundred pixels high: more marks than these cannot be told apart. */
function hottest(marks: readonly Mark[]): readonly Mark[] {
  if (marks.length <= rulerMarks) return marks;
  return [...marks].sort((a, b) => b.heat - a.heat).slice(0, rulerMarks);
}

function endOf(document: vscode.TextDocument, mark: Mark): vscode.Range {
  const line = document.lineAt(Math.min(mark.line, document.lineCount) - 1);
  return new vscode.Range(line.range.end, line.range.end);
}

function textOf(document: vscode.TextDocument, mark: Mark): vscode.DecorationOptions {
  const contentText = `\u00a0\u00a0${mark.text.replaceAll(" ", "\u00a0")}`;
  const faint = mark.state === "changed" ? { opacity: "0.6" } : {};
  return { range: endOf(document, mark), renderOptions: { after: { contentText, ...faint } } };
}

function color(heat: Heat): vscode.ThemeColor {
  return new vscode.ThemeColor(`maprace.contention.${heat}`);
}

function textType(heat: Heat): vscode.TextEditorDecorationType {
  return vscode.window.createTextEditorDecorationType({
    after: { color: color(heat), fontStyle: "normal", margin: "0 0 0 1em" },
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
  });
}

function rulerType(heat: Heat): vscode.TextEditorDecorationType {
  return vscode.window.createTextEditorDecorationType({
    overviewRulerColor: color(heat),
    overviewRulerLane: vscode.OverviewRulerLane.Right,
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
  });
}
