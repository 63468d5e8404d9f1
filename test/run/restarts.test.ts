import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { RestartPlan } from "../../common/src/plan/restarts.ts";
import { seed } from "../harness/random.ts";

test("a server that keeps ending is started later each time, and stays down in the end", () => {
  const plan = new RestartPlan();
  const pauses = Array.from({ length: 7 }, (_, second) => plan.ended(second * 1000).pause);
  assert.deepEqual(pauses, [0, 1000, 4000, 9000, 16000, undefined, undefined]);
});

test("ends long ago do not count", () => {
  const plan = new RestartPlan();
  for (let end = 0; end < 5; end++) plan.ended(end);
  assert.deepEqual(plan.ended(299_999), { pause: undefined, count: 6 });
  assert.deepEqual(plan.ended(700_000), { pause: 0, count: 1 });
});

test("whenever it ends, it is never started more than five times in five minutes", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(120_000), { maxLength: 60 }), (gaps) => {
      const plan = new RestartPlan();
      const starts: number[] = [];
      let now = 0;
      for (const gap of gaps) {
        now += gap;
        const { pause } = plan.ended(now);
        if (pause === undefined) continue;
        starts.push(now);
        assert.ok(starts.filter((start) => now - start < 300_000).length <= 5);
      }
    }),
    { seed },
  );
});
