import type { Finding } from "../../../../common/src/finding.ts";
import { introduceMutex, type Repair, type Trees } from "../repairs.ts";

export function fix(finding: Finding, trees: Trees): Repair[] {
  return introduceMutex(finding, trees);
}
