import type { Finding } from "../../../../common/src/finding.ts";
import { introduceMutex } from "../repairs/mutex.ts";
import type { Repair, Trees } from "../repairs/repair.ts";
import { replaceMap } from "../repairs/replace.ts";

export function fix(finding: Finding, trees: Trees): Repair[] {
  return [...introduceMutex(finding, trees), ...replaceMap(finding, trees)];
}
