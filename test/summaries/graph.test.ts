import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { finish } from "../../server/src/base/steps.ts";
import { GraphError } from "../../server/src/summaries/columns.ts";
import { decodingGraph } from "../../server/src/summaries/decode.ts";
import { encodingGraph } from "../../server/src/summaries/encode.ts";
import { Place, type Root } from "../../server/src/summaries/place.ts";
import { seed } from "../harness/random.ts";

const same = (text: string) => text;
const encodeGraph = (value: object) => finish(encodingGraph(value, [], same));
const decodeGraph = (bytes: Uint8Array, globals = new Map<string, Place>()) =>
  finish(decodingGraph(bytes, same, globals));

function copy(value: object): unknown {
  return decodeGraph(encodeGraph(value));
}

const { value } = fc.letrec<{ value: unknown; leaf: unknown }>((tie) => ({
  leaf: fc.oneof(
    fc.string({ unit: "binary" }),
    fc.integer(),
    fc.nat(),
    fc.boolean(),
    fc.constantFrom(undefined, null, "", "a long common start", "a long common startle"),
  ),
  value: fc.oneof(
    { depthSize: "small" },
    tie("leaf"),
    fc.array(tie("value"), { maxLength: 5 }),
    fc.array(fc.tuple(fc.string(), tie("value")), { maxLength: 4 }).map((pairs) => new Map(pairs)),
    fc.array(tie("leaf"), { maxLength: 4 }).map((all) => new Set(all)),
    fc.record(
      { start: fc.nat(), end: fc.nat(), args: fc.array(tie("value"), { maxLength: 3 }) },
      { noNullPrototype: true },
    ),
    fc.record({ place: tie("leaf"), load: fc.constant(undefined) }, { noNullPrototype: true }),
  ),
}));

test("whatever is written is read again", () => {
  fc.assert(
    fc.property(value, (one) => assert.deepEqual(copy([one]), [one])),
    { seed, numRuns: 300 },
  );
});

test("what was one object stays one, and equal ones stay apart", () => {
  const one = { start: 1, end: 2 };
  const [a, b, c] = copy([one, one, { start: 1, end: 2 }]) as object[];
  assert.equal(a, b);
  assert.notEqual(a, c);
  assert.deepEqual(a, c);
});

test("places of package variables are the program's own, others keep their steps", () => {
  const root = (kind: Root["kind"], id: string): Root => ({
    kind,
    id,
    name: id,
    frame: "",
    origin: "unknown",
    param: -1,
    byValue: false,
    declared: -1,
    source: undefined,
  });
  const known = new Place(root("global", "p.cache"));
  const local = new Place(root("local", "p.F/m@0"));
  const step = { kind: "elem", index: "k" } as const;
  const bytes = encodeGraph([new Place(root("global", "p.cache")).child(step), local.child(step)]);
  const [a, b] = decodeGraph(bytes, new Map([["p.cache", known]])) as [Place, Place];
  assert.equal(a, known.child(step));
  assert.equal(b.text(), local.child(step).text());
});

test("damaged bytes are refused or read as something else, never more", () => {
  const bytes = encodeGraph([
    { start: 3, end: 9, args: [[{ place: "x", load: undefined }]] },
    new Map([["k", [1, 2]]]),
  ]);
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
      (changes) => {
        const damaged = Uint8Array.from(bytes);
        for (const [at, byte] of changes) damaged[at] = byte;
        try {
          decodeGraph(damaged);
        } catch (error) {
          assert.ok(error instanceof GraphError, String(error));
        }
      },
    ),
    { seed, numRuns: 3000 },
  );
  for (let length = 0; length < bytes.length; length++)
    assert.throws(() => decodeGraph(bytes.subarray(0, length)), GraphError);
});
