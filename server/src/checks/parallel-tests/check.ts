import type { Check } from "../check.ts";
import { inParallelBody } from "../conflict.ts";
import { doc } from "./doc.ts";
import { fix } from "./fix.ts";

export const check: Check = {
  rule: "MR111",
  name: "parallel-tests",
  stage: "stable",
  doc,
  fix,
  precedence: 30,
  matches: (conflict) => conflict.overlap?.how === "parallel-test" || inParallelBody(conflict),
  message: (_conflict, words) =>
    `${words.map} is ${words.action} by tests that run in parallel, and ${words.otherAction} at ${words.otherPlace}`,
};
