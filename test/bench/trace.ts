import { closeSync, openSync, readSync, statSync } from "node:fs";
import { TraceReader } from "../../server/src/evidence/trace/reader.ts";
import { analyse } from "../../server/src/evidence/trace/waits/analyse.ts";

// Prints MB/s of reading all events, or with `analyse` of the whole analysis, and the peak memory in MB.
const [path = "", what = "read"] = process.argv.slice(2);
const file = openSync(path, "r");
const reader = new TraceReader({
  read: (into, offset) => readSync(file, into, offset, into.length - offset, null),
});
const began = performance.now();
if (what === "analyse") analyse(reader);
else while (reader.next() !== undefined);
const seconds = (performance.now() - began) / 1000;
closeSync(file);
console.log(
  `${(statSync(path).size / 1e6 / seconds).toFixed(1)} ${(process.resourceUsage().maxRSS / 1000).toFixed(0)}`,
);
