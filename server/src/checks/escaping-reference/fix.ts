import type { Finding } from "../../../../common/src/finding.ts";
import { cloneUnderLock } from "../repairs/copy.ts";
import { lockWithGuard } from "../repairs/guard.ts";
import type { Repair, Trees } from "../repairs/repair.ts";
import { extendSection } from "../repairs/section.ts";

export function fix(finding: Finding, trees: Trees): Repair[] {
  return [...cloneUnderLock(finding, trees), ...lockWithGuard(finding, trees), ...extendSection(finding, trees)];
}
