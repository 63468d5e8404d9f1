import type { Finding } from "../../../../common/src/finding.ts";
import { pointerReceiver, type Repair, type Trees } from "../repairs.ts";

export function fix(finding: Finding, trees: Trees): Repair[] {
  return pointerReceiver(finding, trees);
}
