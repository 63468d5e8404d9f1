import type { Check } from "../check.ts";
import { doc } from "./doc.ts";
import { fix } from "./fix.ts";

export const check: Check = {
  rule: "MR105",
  name: "missing-guard",
  stage: "stable",
  doc,
  fix,
  precedence: 60,
  matches: (conflict) => conflict.guard !== undefined,
  message: (_conflict, words) =>
    `${words.map} is ${words.action} without ${words.guard}, which its other accesses hold`,
};
