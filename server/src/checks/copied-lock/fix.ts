import type { Finding } from "../../../../common/src/finding.ts";
import { pointerReceiver } from "../repairs/receiver.ts";
import type { Repair, Trees } from "../repairs/repair.ts";

export function fix(finding: Finding, trees: Trees): Repair[] {
  return pointerReceiver(finding, trees);
}
