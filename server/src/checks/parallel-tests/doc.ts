import type { CheckDoc } from "../check.ts";

export const doc: CheckDoc = {
  title: "Parallel tests share a map",
  summary: "Parallel subtests or RunParallel bodies share a map.",
  why: "Subtests that call `t.Parallel` run beside each other once the parent returns, and the body of `b.RunParallel` runs in several goroutines at once. A map declared outside is shared by all of them.",
  bad: `package p

import "testing"

func TestTable(t *testing.T) {
	seen := map[string]bool{}
	for _, name := range []string{"a", "b"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seen[name] = true // want
		})
	}
}
`,
  good: `package p

import "testing"

func TestTable(t *testing.T) {
	for _, name := range []string{"a", "b"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seen := map[string]bool{}
			seen[name] = true
		})
	}
}
`,
  silent: ["Each subtest makes its own map.", "The parallel tests only read."],
  limits: ["Maps shared through testify suites and other test runners are not followed."],
};
