import type { Check } from "../check.ts";
import { readTooEarly } from "../conflict.ts";
import { doc } from "./doc.ts";
import { fix } from "./fix.ts";

export const check: Check = {
  rule: "MR112",
  name: "late-wait",
  stage: "stable",
  doc,
  fix,
  precedence: 40,
  matches: (conflict) => readTooEarly(conflict),
  message: (_conflict, words) =>
    `${words.map} is ${words.action} before the goroutine that may have it ${words.otherAction} at ${words.otherPlace} is waited for`,
};
