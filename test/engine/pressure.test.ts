import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { scopes } from "../../common/src/scope.ts";
import { type Load, Pressure } from "../../server/src/engine/pressure.ts";
import { seed } from "../harness/random.ts";

const idle: Load = { memory: 0, delay: 0, scan: 0, crashes: 0 };
const minute = 60_000;

/** When it is back at everything, with nothing weighing on it. */
function recovered(pressure: Pressure, since: number): number {
  let now = since;
  while (pressure.scope !== "full") {
    now += 1000;
    pressure.observe(idle, now);
  }
  return now;
}

test("each measure leads to its steps, and one says which", () => {
  const reached = (load: Partial<Load>) => {
    const pressure = new Pressure();
    pressure.observe({ ...idle, ...load }, 0);
    return `${pressure.scope} ${pressure.cause}`;
  };
  assert.equal(reached({}), "full undefined");
  assert.equal(reached({ memory: 0.69, delay: 199, scan: 59, crashes: 2 }), "full undefined");
  assert.equal(reached({ memory: 0.7 }), "changed memory");
  assert.equal(reached({ memory: 0.85 }), "open memory");
  assert.equal(reached({ memory: 0.95 }), "paused memory");
  assert.equal(reached({ delay: 200 }), "changed delay");
  assert.equal(reached({ delay: 5000, scan: 60 }), "open delay");
  assert.equal(reached({ scan: 180 }), "open scan");
  assert.equal(reached({ crashes: 3, memory: 0.7 }), "paused crashes");
});

test("it recovers a step at a time, after a minute below half of the trigger", () => {
  const pressure = new Pressure();
  pressure.observe({ ...idle, memory: 0.96 }, 0);
  assert.equal(pressure.observe({ ...idle, memory: 0.5 }, 10 * minute), false);
  pressure.observe({ ...idle, memory: 0.4 }, 11 * minute);
  assert.equal(pressure.observe({ ...idle, memory: 0.4 }, 12 * minute - 1), false);
  assert.equal(pressure.observe({ ...idle, memory: 0.4 }, 12 * minute), true);
  assert.equal(pressure.scope, "open");
  pressure.observe({ ...idle, memory: 0.4 }, 13 * minute);
  assert.equal(pressure.observe({ ...idle, memory: 0.4 }, 14 * minute), true);
  assert.equal(pressure.scope, "changed");
  // Below the trigger, not below half of it.
  assert.equal(pressure.observe({ ...idle, memory: 0.4 }, 60 * minute), false);
});

test("who falls again soon waits longer each time, up to an hour", () => {
  const pressure = new Pressure();
  let now = 0;
  const waits: number[] = [];
  for (let round = 0; round < 10; round++) {
    pressure.observe({ ...idle, memory: 0.75 }, now);
    const fell = now;
    now = recovered(pressure, now);
    waits.push(Math.round((now - fell) / minute));
  }
  assert.deepEqual(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60, 60]);
  now += 11 * minute;
  pressure.observe({ ...idle, memory: 0.75 }, now);
  const fell = now;
  now = recovered(pressure, now);
  assert.equal(Math.round((now - fell) / minute), 1);
});

test("whatever is measured, it never goes up more than a step, nor within a minute of the last one", () => {
  const load = fc.record({
    memory: fc.double({ min: 0, max: 1.2, noNaN: true }),
    delay: fc.double({ min: 0, max: 1000, noNaN: true }),
    scan: fc.double({ min: 0, max: 300, noNaN: true }),
    crashes: fc.nat(4),
    pause: fc.integer({ min: 0, max: 120_000 }),
  });
  fc.assert(
    fc.property(fc.array(load, { maxLength: 200 }), (loads) => {
      const pressure = new Pressure();
      let now = 0;
      let last = 0;
      for (const { pause, ...one } of loads) {
        now += pause;
        const before = scopes.indexOf(pressure.scope);
        const changed = pressure.observe(one, now);
        const after = scopes.indexOf(pressure.scope);
        assert.equal(changed, after !== before);
        assert.equal(pressure.cause === undefined, after === 0);
        if (after < before) {
          assert.equal(before - after, 1);
          assert.ok(now - last >= minute);
        }
        if (changed) last = now;
      }
    }),
    { seed, numRuns: 300 },
  );
});
