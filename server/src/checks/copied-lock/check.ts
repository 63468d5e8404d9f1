import type { Check } from "../check.ts";
import { doc } from "./doc.ts";
import { fix } from "./fix.ts";

export const check: Check = {
  rule: "MR108",
  name: "copied-lock",
  stage: "stable",
  doc,
  fix,
  precedence: 15,
  matches: (conflict) => conflict.copied,
  message: (_conflict, words) =>
    `${words.map} is ${words.action} under a copy of its lock: each call locks a mutex of its own`,
};
