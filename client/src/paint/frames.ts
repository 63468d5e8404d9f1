import type { LanguageClient } from "vscode-languageclient/node";
import { resolveFrame } from "../../../common/src/protocol.ts";
import { openSite } from "./hotspots.ts";

/** Opens the source of a frame that a page named; the page shows hostile text, so every field is looked at. */
export async function openFrame(client: LanguageClient, raw: unknown): Promise<void> {
  if (typeof raw !== "object" || raw === null || !("name" in raw && "file" in raw && "line" in raw)) return;
  const { name, file, line } = raw;
  if (typeof name !== "string" || typeof file !== "string" || typeof line !== "number") return;
  const frame = { function: name, file, line };
  const at = await client.sendRequest<{ path: string; line: number } | null>(resolveFrame.method, frame);
  await openSite(at?.path ?? file, at?.line ?? line, at !== null);
}
