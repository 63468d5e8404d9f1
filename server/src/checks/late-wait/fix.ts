import type { Finding } from "../../../../common/src/finding.ts";
import { moveBehindWait, type Repair, type Trees } from "../repairs.ts";

export function fix(finding: Finding, trees: Trees): Repair[] {
  return moveBehindWait(finding, trees);
}
