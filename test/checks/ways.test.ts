import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Exclusion, excluded } from "../../server/src/checks/ways.ts";
import { seed } from "../harness/random.ts";

const mode = fc.constantFrom<"exclusive" | "shared">("exclusive", "shared");
const locks = fc
  .array(fc.tuple(fc.constantFrom(".T.mu", ".T.rw", "p.mu"), mode), { maxLength: 3 })
  .map((held) => new Map(held));

test("of many ways it is known of each two what is true of them alone", () => {
  fc.assert(
    fc.property(fc.array(locks, { maxLength: 12 }), (held) => {
      const exclusion = new Exclusion(held.map((one) => ({ own: one })));
      for (const [i, a] of held.entries())
        for (const [j, b] of held.entries()) assert.equal(exclusion.between(i, j), excluded(a, b));
    }),
    { seed, numRuns: 300 },
  );
});
