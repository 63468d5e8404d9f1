import type { Finding } from "../../../../common/src/finding.ts";
import { type Repair, type Trees, writeLock } from "../repairs.ts";

export function fix(finding: Finding, trees: Trees): Repair[] {
  return writeLock(finding, trees);
}
