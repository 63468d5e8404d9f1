import type { Finding } from "../../../../common/src/finding.ts";
import { cloneUnderLock, lockWithGuard, type Repair, type Trees } from "../repairs.ts";

export function fix(finding: Finding, trees: Trees): Repair[] {
  return [...cloneUnderLock(finding, trees), ...lockWithGuard(finding, trees)];
}
