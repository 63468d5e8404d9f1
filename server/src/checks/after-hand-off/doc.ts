import type { CheckDoc } from "../check.ts";

export const doc: CheckDoc = {
  title: "Map changed after it was handed on",
  summary: "A map is changed after it was sent, published through an atomic, or put back into a pool.",
  why: "Sending a map on a channel, storing it in an atomic or putting it back into a pool hands on a reference, not a copy. From then on somebody else reads it. Let go of the map when you hand it on: send a copy, or build the next one from scratch.",
  bad: `package p

func report(updates chan map[string]int) {
	go func() {
		for update := range updates {
			for key := range update {
				println(key)
			}
		}
	}()
	counts := map[string]int{}
	for i := 0; i < 10; i++ {
		counts["rounds"] = i // want
		updates <- counts
	}
}
`,
  good: `package p

import "maps"

func report(updates chan map[string]int) {
	go func() {
		for update := range updates {
			for key := range update {
				println(key)
			}
		}
	}()
	counts := map[string]int{}
	for i := 0; i < 10; i++ {
		counts["rounds"] = i
		updates <- maps.Clone(counts)
	}
}
`,
  silent: [
    "The variable gets a new map before the next round.",
    "The sender waits for an answer before it changes the map.",
    "Who received the map changes it: it is theirs then.",
    "The map is copied, changed, and the copy stored: copy on write.",
  ],
  limits: [
    "Of a struct that is sent by value, maps behind pointers in it are not followed.",
    "A map that a field holds and that is sent as it is counts as escaping (MR107), if at all.",
  ],
};
