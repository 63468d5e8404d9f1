import type { Check } from "../check.ts";
import { doc } from "./doc.ts";
import { fix } from "./fix.ts";

export const check: Check = {
  rule: "MR101",
  name: "concurrent-writes",
  stage: "stable",
  doc,
  fix,
  precedence: 90,
  matches: () => true,
  message: (_conflict, words) =>
    `${words.map} is ${words.action} while another goroutine may have it ${words.otherAction} at ${words.otherPlace}`,
};
