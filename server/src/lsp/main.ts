import { compileLess, goFirst } from "../host/compiling.ts";
import { serveAsDecoder } from "../host/decoding.ts";
import { serveAsTimeline } from "../host/timeline.ts";
import { serveAsWatchdog } from "../host/watchdog.ts";
import { serve } from "./server.ts";

if (!serveAsDecoder() && !serveAsTimeline() && !serveAsWatchdog()) {
  compileLess();
  goFirst();
  serve();
}
