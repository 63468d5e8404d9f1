import type { Check } from "../check.ts";
import { doc } from "./doc.ts";
import { fix } from "./fix.ts";

export const check: Check = {
  rule: "MR104",
  name: "write-under-read-lock",
  stage: "stable",
  doc,
  fix,
  precedence: 10,
  matches: (conflict) => conflict.sharedOnly,
  message: (_conflict, words) =>
    `${words.map} is ${words.action} under the read lock of ${words.guard}, which lets other readers in`,
};
