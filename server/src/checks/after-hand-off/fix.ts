import type { Finding } from "../../../../common/src/finding.ts";
import { cloneAtHandOff } from "../repairs/copy.ts";
import { lockWithGuard } from "../repairs/guard.ts";
import type { Repair, Trees } from "../repairs/repair.ts";

export function fix(finding: Finding, trees: Trees): Repair[] {
  return [...cloneAtHandOff(finding, trees), ...lockWithGuard(finding, trees)];
}
