import { type Check, walks } from "../check.ts";
import { doc } from "./doc.ts";
import { fix } from "./fix.ts";

export const check: Check = {
  rule: "MR103",
  name: "iterate-while-written",
  stage: "stable",
  doc,
  fix,
  precedence: 70,
  matches: (conflict) => walks(conflict.primaryUse.access.kind) || walks(conflict.otherUse.access.kind),
  message: (_conflict, words) =>
    `${words.map} is ${words.action} while another goroutine may have it ${words.otherAction} at ${words.otherPlace}`,
};
