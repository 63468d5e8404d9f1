import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";
import { markup } from "../../client/src/timeline/markup.ts";
import { styles } from "../../client/src/timeline/style.ts";
import type { TimelineRequest } from "../../common/src/timeline.ts";
import { TraceReader } from "../../server/src/evidence/trace/reader.ts";
import { Recording } from "../../server/src/evidence/trace/timeline/recording.ts";
import { Timeline } from "../../server/src/evidence/trace/timeline/timeline.ts";
import { TraceAnalysis } from "../../server/src/evidence/trace/waits/analyse.ts";
import { TraceFile } from "../../server/src/host/traces.ts";

// Zooms and pans the timeline of a trace in a browser for ten seconds, one step a frame, and prints milliseconds
// between frames: the median, the 95th and the 99th percentile, the longest, and how many frames there were.
const [path = "", script = "", browserPath = "", picture = ""] = process.argv.slice(2);

const file = new TraceFile(path);
const recording = new Recording();
const analysis = new TraceAnalysis(new TraceReader(file), { recording });
const timeline = new Timeline(
  analysis,
  recording,
  file.size,
  (point) => new TraceReader(file.from(point.offset), point),
);
while (timeline.read(1 << 17));

type Message =
  | { readonly type: "window"; readonly request: Omit<TimelineRequest, "file"> }
  | { readonly type: "slice"; readonly rows: TimelineRequest["rows"]; readonly row: number; readonly slice: number }
  | { readonly type: "waits" | "ready" | "trace" | "open" };

function answer(message: Message): object | undefined {
  if (message.type === "window") {
    const window = timeline.window({ ...message.request, file: path });
    const refine = (): void => {
      if (timeline.refine(1 << 17)) setImmediate(refine);
    };
    if (window.refining) setImmediate(refine);
    return { type: "window", window };
  }
  if (message.type === "slice")
    return { type: "slice", slice: timeline.slice(message.rows, message.row, message.slice) ?? null };
  return message.type === "waits" ? { type: "waits", waits: timeline.waits() } : undefined;
}

const shim = `globalThis.acquireVsCodeApi = () => ({
  postMessage: async (message) => {
    const answer = await globalThis.answer(message);
    if (answer !== undefined && answer !== null) window.postMessage(answer, "*");
  },
});`;
const steps = `new Promise((resolve) => {
  const canvas = document.getElementById("timeline");
  const times = [];
  const wheel = (options) => canvas.dispatchEvent(new WheelEvent("wheel", { cancelable: true, ...options }));
  const began = performance.now();
  let before = began;
  let frame = 0;
  const step = (now) => {
    if (frame > 0) times.push(now - before);
    before = now;
    frame++;
    const phase = Math.floor(frame / 60) % 4;
    if (phase === 0) wheel({ deltaY: -40, ctrlKey: true, clientX: 700 });
    else if (phase === 2) wheel({ deltaY: 40, ctrlKey: true, clientX: 700 });
    else wheel({ deltaY: phase === 1 ? 30 : -30, shiftKey: true });
    if (now - began < 10000) requestAnimationFrame(step);
    else resolve(times);
  };
  requestAnimationFrame(step);
})`;

async function measure(): Promise<void> {
  const browser = await chromium.launch({ executablePath: browserPath, args: ["--no-sandbox"] });
  try {
    const page = await browser.newPage({ viewport: { width: 1600, height: 900 } });
    await page.exposeFunction("answer", answer);
    const bundle = readFileSync(script, "utf8").replaceAll("</script", "<\\/script");
    await page.setContent(
      `<html><head><style>${styles}</style></head><body class="vscode-dark" style="background:#1f1f1f;color:#ccc">${markup((text) => text)}<script>${shim}</script><script>${bundle}</script></body></html>`,
    );
    await page.locator("#timeline[aria-busy=false]").waitFor();
    const times: number[] = await page.evaluate(steps);
    if (picture !== "") await page.screenshot({ path: picture });
    times.sort((a, b) => a - b);
    const at = (share: number) => (times[Math.floor(times.length * share)] ?? 0).toFixed(1);
    console.log([at(0.5), at(0.95), at(0.99), (times.at(-1) ?? 0).toFixed(1), times.length].join(" "));
  } finally {
    await browser.close();
    file.close();
  }
}

void measure();
