import type { Check } from "../check.ts";
import { heldIn } from "../ways.ts";
import { doc } from "./doc.ts";
import { fix } from "./fix.ts";

export const check: Check = {
  rule: "MR109",
  name: "mutable-content",
  stage: "stable",
  doc,
  fix,
  precedence: 24,
  matches: (conflict) => conflict.guard === undefined && heldIn(conflict.primary, ["syncmap"]),
  message: (_conflict, words) =>
    `${words.map} is kept in a sync.Map, which guards itself and not what it holds: it is ${words.action} here and may be ${words.otherAction} at ${words.otherPlace}`,
};
