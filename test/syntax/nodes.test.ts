import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { NodeMap } from "../../server/src/syntax/nodes.ts";
import { seed } from "../harness/random.ts";

test("what is known of nodes is what was said since all was forgotten", () => {
  const step = fc.oneof(
    { weight: 8, arbitrary: fc.tuple(fc.nat(900), fc.nat(5)) },
    { weight: 1, arbitrary: fc.constant("clear" as const) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const nodes = new NodeMap<number>();
      const expected = new Map<number, number>();
      for (const one of steps) {
        if (one === "clear") {
          nodes.clear();
          expected.clear();
        } else {
          nodes.set(...one);
          expected.set(...one);
        }
        for (let node = 0; node <= 900; node += 7) assert.equal(nodes.get(node), expected.get(node));
        for (const [node, value] of expected) assert.equal(nodes.get(node), value);
      }
    }),
    { seed, numRuns: 200 },
  );
});
