import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { AnchoredFile } from "../../server/src/overlay/anchor.ts";
import { parse } from "../../server/src/syntax/parser.ts";
import { long, seed } from "../harness/random.ts";
import { goroot } from "../harness/tools.ts";

const open = (text: string) => new AnchoredFile(parse(new TextEncoder().encode(text)));

const source = `package p

func (s *Store[K]) Add(k K) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.m[k]++
}

func (s *Store[K]) Drop(k K) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.m, k)
}
`;

test("an anchor names the function, the text, and which of equal lines", () => {
  const { function: name, text, occurrence, count } = open(source).anchor(10) ?? assert.fail();
  assert.deepEqual(
    { name, text, occurrence, count },
    { name: "Store.Drop", text: "s.mu.Lock()", occurrence: 0, count: 1 },
  );
  assert.equal(open(source).anchor(2), undefined);
  assert.equal(open(source).anchor(99), undefined);
});

test("lines are found again: unmoved, moved, changed, deleted, their function renamed", () => {
  const anchor = open(source).anchor(10) ?? assert.fail();
  const find = (text: string) => open(text).locate(anchor);
  assert.deepEqual(find(source), { line: 10, state: "exact" });
  assert.deepEqual(find(`// one\n${source}`), { line: 11, state: "moved" });
  assert.deepEqual(find(source.replaceAll("\n\ts.mu.Lock()", "\n\n\t  s.mu.Lock()")), { line: 12, state: "moved" });
  const lines = source.split("\n");
  assert.deepEqual(find(lines.with(9, "\ts.mu.RLock()").join("\n")), { line: 10, state: "changed" });
  assert.equal(find(lines.toSpliced(9, 1).join("\n")), undefined);
  assert.deepEqual(find(source.replace("Drop", "Remove")), { line: 10, state: "exact" });
  assert.equal(find("package p\n"), undefined);
  assert.equal(find(""), undefined);
});

test("of equal lines in one function the neighbours tell which one is meant", () => {
  const twice = `package p\n\nfunc f() {\n\tmu.Lock()\n\ta()\n\tmu.Unlock()\n\tmu.Lock()\n\tb()\n\tmu.Unlock()\n}\n`;
  const second = open(twice).anchor(7) ?? assert.fail();
  assert.equal(second.occurrence, 1);
  const more = twice.replace("func f() {\n", "func f() {\n\tmu.Lock()\n\tc()\n\tmu.Unlock()\n");
  assert.deepEqual(open(more).locate(second), { line: 10, state: "moved" });
});

test("after random edits of a real file nearly every line is found, and next to none is wrong", () => {
  const lines = readFileSync(join(goroot(), "src/net/http/transport.go"), "utf8").split("\n");
  const file = open(lines.join("\n"));
  let right = 0;
  let wrong = 0;
  let lost = 0;
  const kinds = fc.constantFrom("insert", "delete", "copy", "change");
  fc.assert(
    fc.property(
      fc.array(fc.tuple(kinds, fc.nat(lines.length - 2)), { minLength: 1, maxLength: 20 }),
      fc.infiniteStream(fc.nat(lines.length - 1)),
      (edits, picks) => {
        // Each line keeps its number of the beginning, so that it is known which one was meant.
        let now = lines.map((text, id) => ({ text, id }));
        for (const [kind, at] of edits) {
          const index = at % now.length;
          const line = now[index];
          if (line === undefined) continue;
          if (kind === "insert") now = now.toSpliced(index, 0, { text: `\tnew(${at})`, id: -1 });
          else if (kind === "delete") now = now.toSpliced(index, 1);
          else if (kind === "copy") now = now.toSpliced(index, 0, { text: line.text, id: -1 });
          else now = now.with(index, { text: `${line.text} // ${at}`, id: line.id });
        }
        const edited = open(now.map(({ text }) => text).join("\n"));
        for (const pick of picks) {
          const anchor = file.anchor(pick + 1);
          if (anchor === undefined) continue;
          const found = edited.locate(anchor);
          const still = now.some(({ id }) => id === pick);
          if (found === undefined) lost += still ? 1 : 0;
          else if (now[found.line - 1]?.id === pick) right++;
          else wrong++;
          if ((right + wrong + lost) % 50 === 0) break;
        }
      },
    ),
    { numRuns: long ? 1000 : 60, seed },
  );
  const all = right + wrong + lost;
  assert.ok(all > 1000);
  console.log(
    `${((100 * right) / all).toFixed(2)} % right, ${((100 * wrong) / all).toFixed(2)} % wrong, ${((100 * lost) / all).toFixed(2)} % lost`,
  );
  assert.ok(right / all > 0.97 && wrong / all < 0.005, `${right} right, ${wrong} wrong, ${lost} lost`);
});
