import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  made,
  numbered,
  Place,
  parameter,
  Root,
  result,
  type Step,
  spelling,
} from "../../server/src/summaries/place.ts";
import { seed } from "../harness/random.ts";

const field = fc
  .constantFrom("p.T.a", "p.T.b", "p.U.a")
  .map((key): Step => ({ kind: "field", key, name: key.slice(4), inline: false, shares: true, link: false }));
const element = fc.constantFrom("", "0", "p.F/i@0", "p.T.a").map((index): Step => ({ kind: "elem", index }));
const path = fc.array(fc.oneof(field, element), { maxLength: 7 });

function root(id: string | number): Root {
  return new Root(id, { name: "x", frame: "p.F", declared: 3 });
}

function told(steps: readonly Step[]): string {
  return steps.map((step) => (step.kind === "field" ? `.${step.key}` : `[${step.index}]`)).join("");
}

test("equal places of one root are one, others are not, in whatever order they are asked for", () => {
  fc.assert(
    fc.property(fc.array(path, { minLength: 1, maxLength: 12 }), (paths) => {
      const start = new Place(root("p.F/x@0"));
      const known = new Map<string, Place>();
      for (const steps of paths) {
        const place = steps.reduce((at, step) => at.child(step), start);
        assert.equal(told(place.steps()), told(steps));
        for (const [other, one] of known) assert.equal(one === place, other === told(steps));
        known.set(told(steps), place);
      }
    }),
    { seed, numRuns: 500 },
  );
});

test("the end of a path that has no end stays where it is", () => {
  const step: Step = { kind: "field", key: "p.N.next", name: "next", inline: false, shares: true, link: true };
  let place = new Place(root("p.F/x@0"));
  for (let i = 0; i < 20; i++) place = place.child(step);
  assert.equal(place.child(step), place);
  assert.ok(place.depth < 20);
});

test("an id that follows from the rest is spelled as it would be written", () => {
  const source = { targets: [], args: [], start: 0, index: 1 };
  const called = new Root(spelling(result, 4), { name: "", frame: "p.F", declared: 3, origin: "call", source });
  const ids = [parameter, numbered, made].map((form) => root(spelling(form, 2)).id);
  assert.deepEqual(ids, ["p.F/x#2", "p.F/x@2", "p.F/made@2"]);
  // A result takes the name of the variable that it goes to, and keeps its id.
  called.name = "err";
  assert.equal(called.id, "p.F/call@4#1");
  assert.deepEqual(called.spelled, { form: result, number: 4 });
  assert.equal(root("p.F/x@0").spelled, undefined);
});
