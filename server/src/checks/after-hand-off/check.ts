import type { Check } from "../check.ts";
import { heldIn } from "../ways.ts";
import { doc } from "./doc.ts";
import { fix } from "./fix.ts";

export const check: Check = {
  rule: "MR110",
  name: "after-hand-off",
  stage: "stable",
  doc,
  fix,
  precedence: 22,
  matches: (conflict) => heldIn(conflict.primary, ["received", "sent", "atomic", "pool", "put"]),
  message: (conflict, words) =>
    heldIn(conflict.primary, ["put"])
      ? `${words.map} is ${words.action} after it was put back into its pool, which may have given it to another goroutine`
      : heldIn(conflict.primary, ["atomic"])
        ? `${words.map} is ${words.action} in place after it was published, while it may be ${words.otherAction} at ${words.otherPlace}`
        : `${words.map} is ${words.action} after it was sent on a channel, while it may be ${words.otherAction} at ${words.otherPlace}`,
};
