import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import { resolveFrame } from "../../../common/src/protocol.ts";

const place = /((?:[A-Za-z]:)?[^\s:"'()]+\.go):(\d+)/g;
const call = /^\s*(\S.*)\(.*\)\s*$/;
/** Longer logs have links in their first part. */
const maxLines = 20_000;

class FrameLink extends vscode.DocumentLink {
  readonly frame: { readonly function: string; readonly file: string; readonly line: number };

  constructor(range: vscode.Range, frame: FrameLink["frame"]) {
    super(range);
    this.frame = frame;
  }
}

/** Links of race reports, dumps and the verification log to sources of the workspace, its dependencies and Go itself. */
export class FrameLinks implements vscode.DocumentLinkProvider<FrameLink> {
  readonly #client: LanguageClient;

  constructor(client: LanguageClient) {
    this.#client = client;
  }

  provideDocumentLinks(document: vscode.TextDocument): FrameLink[] {
    const links: FrameLink[] = [];
    let name = "";
    for (let line = 0; line < Math.min(document.lineCount, maxLines); line++) {
      const { text } = document.lineAt(line);
      for (const found of text.matchAll(place)) {
        const [whole, file = "", at = "0"] = found;
        const range = new vscode.Range(line, found.index, line, found.index + whole.length);
        links.push(new FrameLink(range, { function: name, file, line: Number(at) }));
      }
      name = call.exec(text)?.[1] ?? "";
    }
    return links;
  }

  /** What the log names is followed only to places that the server knows. */
  async resolveDocumentLink(link: FrameLink): Promise<FrameLink> {
    const found = await this.#client.sendRequest<{ path: string; line: number } | null>(
      resolveFrame.method,
      link.frame,
    );
    if (found !== null) link.target = vscode.Uri.file(found.path).with({ fragment: `L${found.line}` });
    return link;
  }
}
