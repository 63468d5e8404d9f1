// `npm run new-check -- NAME RULE`: makes the directory of a new check, ready to be filled in.
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fail, root } from "./setup.mjs";

const [name = "", rule = ""] = process.argv.slice(2);
if (!/^[a-z]+(-[a-z]+)*$/.test(name) || !/^MR1\d\d$/.test(rule)) fail("usage: npm run new-check -- some-name MR1nn");
const dir = join(root, "server/src/checks", name);
if (existsSync(dir)) fail(`${dir} exists`);
mkdirSync(join(dir, "fixtures"), { recursive: true });
writeFileSync(
  join(dir, "check.ts"),
  `import type { Check } from "../check.ts";
import { doc } from "./doc.ts";
import { fix } from "./fix.ts";

export const check: Check = {
  rule: "${rule}",
  name: "${name}",
  stage: "preview",
  doc,
  fix,
  precedence: 5,
  matches: (conflict) => conflict.key === "",
  message: (_conflict, words) => \`\${words.map} is \${words.action}\`,
};
`,
);
writeFileSync(
  join(dir, "doc.ts"),
  `import type { CheckDoc } from "../check.ts";

export const doc: CheckDoc = {
  title: "",
  summary: "",
  why: "",
  bad: \`package p
\`,
  good: \`package p
\`,
  silent: [],
  limits: [],
};
`,
);
writeFileSync(
  join(dir, "fix.ts"),
  `import type { Finding } from "../../../../common/src/finding.ts";
import { lockWithGuard } from "../repairs/guard.ts";
import type { Repair, Trees } from "../repairs/repair.ts";

export function fix(finding: Finding, trees: Trees): Repair[] {
  return lockWithGuard(finding, trees);
}
`,
);
console.log(`made ${dir}; fill in doc.ts, then npm run gen`);
