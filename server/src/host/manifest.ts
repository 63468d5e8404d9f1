import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The product's version, read from the manifest beside the bundle's directory. */
export function readManifestVersion(): string {
  try {
    const manifest: unknown = JSON.parse(readFileSync(join(__dirname, "..", "package.json"), "utf8"));
    if (typeof manifest === "object" && manifest !== null && "version" in manifest) return String(manifest.version);
  } catch {
    // A bundle copied elsewhere still works; it only cannot say which version it is.
  }
  return "0.0.0";
}
