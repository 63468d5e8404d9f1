import { writes } from "../../summaries/effects.ts";
import type { Check } from "../check.ts";
import { doc } from "./doc.ts";
import { fix } from "./fix.ts";

export const check: Check = {
  rule: "MR102",
  name: "read-while-written",
  stage: "stable",
  doc,
  fix,
  precedence: 80,
  matches: (conflict) => !writes(conflict.primaryUse.access.kind) || !writes(conflict.otherUse.access.kind),
  message: (_conflict, words) =>
    `${words.map} is ${words.action} while another goroutine may have it ${words.otherAction} at ${words.otherPlace}`,
};
