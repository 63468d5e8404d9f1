import type { Finding } from "../../../../common/src/finding.ts";
import type { Repair, Trees } from "../repairs/repair.ts";
import { moveBehindWait } from "../repairs/wait.ts";

export function fix(finding: Finding, trees: Trees): Repair[] {
  return moveBehindWait(finding, trees);
}
