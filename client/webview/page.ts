/** The page's element of an id; one that is missing or another kind is a mistake of ours. */
export function element<T extends HTMLElement>(id: string, type: { new (): T }): T {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`#${id} is missing`);
  return found;
}

export interface Theme {
  readonly light: boolean;
  readonly contrast: boolean;
  readonly foreground: string;
  readonly background: string;
  readonly accent: string;
  readonly font: string;
}

/** The editor's theme as it is now. */
export function currentTheme(): Theme {
  const style = getComputedStyle(document.body);
  const value = (name: string, fallback: string) => style.getPropertyValue(name).trim() || fallback;
  const { classList } = document.body;
  return {
    light: classList.contains("vscode-light") || classList.contains("vscode-high-contrast-light"),
    contrast: classList.contains("vscode-high-contrast"),
    foreground: value("--vscode-editor-foreground", "#888"),
    background: value("--vscode-editor-background", "#000"),
    accent: value("--vscode-focusBorder", "#0090f1"),
    font: `12px ${value("--vscode-editor-font-family", "monospace")}`,
  };
}

/** A canvas as large as it is shown, in its device's pixels, and empty. */
export function cleared(canvas: HTMLCanvasElement): CanvasRenderingContext2D | undefined {
  const context = canvas.getContext("2d");
  if (context === null) return undefined;
  const ratio = window.devicePixelRatio || 1;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  context.textBaseline = "middle";
  return context;
}
