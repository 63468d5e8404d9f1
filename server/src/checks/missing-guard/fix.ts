import type { Finding } from "../../../../common/src/finding.ts";
import { lockWithGuard } from "../repairs/guard.ts";
import type { Repair, Trees } from "../repairs/repair.ts";
import { extendSection } from "../repairs/section.ts";

export function fix(finding: Finding, trees: Trees): Repair[] {
  return [...lockWithGuard(finding, trees), ...extendSection(finding, trees)];
}
