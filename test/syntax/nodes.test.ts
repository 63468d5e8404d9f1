import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { NodeMap } from "../../server/src/syntax/nodes.ts";
import { seed } from "../harness/random.ts";

/** Nodes of one function lie side by side, but an inner type may have been read in another file's place. */
const node = fc.oneof(fc.nat(200), fc.integer({ min: 4_000, max: 4_200 }), fc.integer({ min: 65_500, max: 100_200 }));

test("what is known of nodes is what was said last of each", () => {
  const steps = fc.array(fc.tuple(node, fc.option(fc.nat(5))), { maxLength: 200 });
  fc.assert(
    fc.property(steps, (all) => {
      const rows = new NodeMap<number>();
      const map = new Map<number, number>();
      for (const [at, value] of all) {
        assert.equal(rows.get(at), map.get(at));
        if (value === null) continue;
        rows.set(at, value);
        map.set(at, value);
      }
      for (const [at] of all) assert.equal(rows.get(at), map.get(at));
    }),
    { seed, numRuns: 500 },
  );
});

test("what was forgotten is not known any more, in lists that are used again neither", () => {
  const said = fc.array(fc.tuple(node, fc.nat(5)), { maxLength: 60 });
  fc.assert(
    fc.property(fc.array(said, { maxLength: 5 }), (functions) => {
      const rows = new NodeMap<number>();
      const asked = functions.flat().flatMap(([at]) => [at - 1, at, at + 1]);
      for (const all of functions) {
        const map = new Map<number, number>();
        for (const [at, value] of all) {
          rows.set(at, value);
          map.set(at, value);
        }
        for (const at of asked) if (at >= 0) assert.equal(rows.get(at), map.get(at));
        rows.clear();
        for (const at of asked) if (at >= 0) assert.equal(rows.get(at), undefined);
      }
    }),
    { seed, numRuns: 300 },
  );
});
