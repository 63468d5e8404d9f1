import type { Check } from "../check.ts";
import { locked } from "../conflict.ts";
import { doc } from "./doc.ts";
import { fix } from "./fix.ts";

export const check: Check = {
  rule: "MR106",
  name: "different-locks",
  stage: "stable",
  doc,
  fix,
  precedence: 50,
  matches: (conflict) => locked(conflict.primary) && locked(conflict.other),
  message: (_conflict, words) =>
    `${words.map} is ${words.action} under ${words.primaryLocks}, but at ${words.otherPlace} under ${words.otherLocks}: no lock is common to both`,
};
