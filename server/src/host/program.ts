import { digest } from "../base/fingerprint.ts";
import { disk } from "./disk.ts";

/** Written into the bundles when they are built: the same for all that are built from the same sources. */
declare const MAPRACE_SOURCES: string | undefined;

/** Tells versions of this program apart: what one has kept another does not take for its own. */
export function programVersion(): string {
  if (typeof MAPRACE_SOURCES === "string") return MAPRACE_SOURCES;
  const bytes = disk.read(__filename);
  return bytes === undefined ? "" : digest(bytes);
}
