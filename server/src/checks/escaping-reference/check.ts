import type { Check } from "../check.ts";
import { doc } from "./doc.ts";
import { fix } from "./fix.ts";

export const check: Check = {
  rule: "MR107",
  name: "escaping-reference",
  stage: "stable",
  doc,
  fix,
  precedence: 20,
  matches: (conflict) => conflict.escaped,
  message: (_conflict, words) =>
    `${words.map} was fetched under its lock and is ${words.action} without it, while it may be ${words.otherAction} at ${words.otherPlace}`,
};
