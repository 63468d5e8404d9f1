import type { CheckDoc } from "../check.ts";

export const doc: CheckDoc = {
  title: "Map walked while it may be written",
  summary: "A goroutine may iterate over, clone or print the map while another one writes it.",
  why: "Iteration, `maps.Clone`, `fmt` and `encoding/json` read every element, so the window for a collision is the whole walk. The runtime stops with `fatal error: concurrent map iteration and map write`.",
  bad: `package p

import "fmt"

func watch(stop chan bool) {
	load := map[string]int{}
	go func() {
		for k, v := range load {
			fmt.Println(k, v)
		}
		stop <- true
	}()
	load["a"] = 1 // want
	<-stop
}
`,
  good: `package p

import "fmt"

func watch(stop chan bool) {
	load := map[string]int{}
	go func() {
		for k, v := range load {
			fmt.Println(k, v)
		}
		stop <- true
	}()
	<-stop
	load["a"] = 1
}
`,
  silent: [
    "The loop runs over a copy that was made under the lock.",
    "A value that says itself how it is printed or encoded, with `String` or `MarshalJSON`, is not looked into.",
    'Unexported fields and those tagged `json:"-"` are left out for encoders.',
  ],
  limits: [
    "What a custom formatter or encoder reads is known for functions in the table of known libraries alone.",
    "Interfaces inside the printed value are not looked into.",
  ],
};
