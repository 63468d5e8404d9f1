import type { Finding } from "../../../../common/src/finding.ts";
import { writeLock } from "../repairs/guard.ts";
import type { Repair, Trees } from "../repairs/repair.ts";

export function fix(finding: Finding, trees: Trees): Repair[] {
  return writeLock(finding, trees);
}
