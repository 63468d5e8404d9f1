import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Numbers } from "../../server/src/summaries/numbers.ts";
import { Place, Root, type Step } from "../../server/src/summaries/place.ts";
import { seed } from "../harness/random.ts";

test("what stands at one offset has one number, and is found by it", () => {
  const asked = fc.array(fc.tuple(fc.constantFrom("x", "err", "made", ""), fc.nat(20)), { maxLength: 60 });
  fc.assert(
    fc.property(asked, (all) => {
      const numbers = new Numbers();
      const expected = new Map<string, number>();
      for (const [name, offset] of all) {
        const own = [...expected].filter(([key]) => key.startsWith(`${name}@`));
        const known = own.findIndex(([, at]) => at === offset);
        const number = known < 0 ? own.length : known;
        assert.equal(numbers.of(name, offset), number);
        expected.set(`${name}@${number}`, offset);
      }
      assert.equal(numbers.size, expected.size);
      assert.deepEqual(new Map(numbers), expected);
      for (const [key, offset] of expected) assert.equal(numbers.get(key), offset);
      assert.equal(numbers.get("x@99"), undefined);
      assert.equal(numbers.get("y@0"), undefined);
    }),
    { seed, numRuns: 500 },
  );
});

test("parts of a place are the same objects, however many there are", () => {
  const place = new Place(new Root("m", { name: "m", frame: "", declared: 0 }));
  const steps = Array.from({ length: 30 }, (_, index): Step => {
    if (index % 2 === 0) return { kind: "elem", index: String(index) };
    return { kind: "field", key: `T.f${index}`, name: `f${index}`, inline: false, shares: true, link: false };
  });
  for (let count = 1; count <= steps.length; count++) {
    const parts = steps.slice(0, count).map((step) => place.child({ ...step }));
    assert.equal(new Set(parts).size, count);
    for (const [index, part] of parts.entries()) assert.equal(part.step?.kind, steps[index]?.kind);
    assert.deepEqual(
      steps.slice(0, count).map((step) => place.child(step)),
      parts,
    );
  }
});
